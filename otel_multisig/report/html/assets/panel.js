// The side panel: all that the record says of one event, or of one set-up.

const panel = (() => {
  const body = make("div", { class: "body" });
  const node = make(
    "aside",
    { class: "panel", attributes: { hidden: true, "aria-label": "Details", tabindex: "-1" } },
    button("×", close, { class: "close", attributes: { "aria-label": "Close the details", title: "Close (Esc)" } }),
    body,
  );

  function open(...content) {
    body.replaceChildren(...content.filter(Boolean));
    node.hidden = false;
    node.scrollTop = 0;
    timeline.redraw();
  }

  function close() {
    if (node.hidden) return;
    node.hidden = true;
    choose({ item: null, finding: null });
    timeline.focus();
    timeline.redraw();
  }

  function facts(pairs) {
    const list = make("dl", { class: "facts" });
    for (const [name, value] of pairs) {
      if (value === null || value === undefined || value === "") continue;
      list.append(make("dt", { text: name }), make("dd", {}, value instanceof Node ? value : said(String(value))));
    }
    return list;
  }

  function attributeTable(pairs) {
    if (!pairs.length) return make("p", { class: "quiet", text: "No attributes." });
    const rows = pairs.map(([key, value]) => make("tr", {}, make("th", { attributes: { scope: "row" } }, dotted(key)), make("td", {}, said(value))));
    return make("table", { class: "attributes" }, make("caption", { text: "Attributes" }), make("tbody", {}, ...rows));
  }

  /** A name that may break behind its dots. */
  function dotted(name) {
    const node = make("bdi", { class: "said" });
    name.split(/(?<=\.)/).forEach((part) => node.append(part, make("wbr")));
    return node;
  }

  function times(item) {
    const exact = (micros) => make("span", {}, said(formatRelative(micros)), make("span", { class: "quiet", text: ` ${formatAbsolute(micros, record.origin, state.clock === "utc")}` }));
    const pairs = [[item.spans ? "Started" : "Time", exact(item.start)]];
    if (item.spans) {
      pairs.push(["Ended", item.end === null ? "never, as far as the record goes" : exact(item.end)]);
      if (item.end !== null) pairs.push(["Took", formatDuration(item.end - item.start)]);
    }
    return pairs;
  }

  function numbers(item) {
    const pairs = [];
    const places = item.spans ? [[item.number, "start"], [item.endNumber, "end"], [item.failureNumber, "error"]] : [[item.number, ""]];
    const known = places.filter(([number]) => number !== null);
    if (known.length) pairs.push(["Legacy event", known.map(([number, what]) => `${number}${what && ` (${what})`}`).join(", ")]);
    if (item.sequence !== null) pairs.push(["Sequence", item.sequence]);
    return pairs;
  }

  const STATES = { [FAILED]: "failed", [OPEN]: "never ended", [INTERRUPTED]: "interrupted by the end of the process" };

  function titleOfItem(item) {
    if (item.kind === "snapshot") return `snapshot ${item.name}`;
    if (item.kind === "round") return `round ${item.round}`;
    return item.name;
  }

  function showItem(item) {
    const { setup } = item;
    open(
      make("p", { class: "kind", text: item.kind === "call" ? "call" : item.kind === "round" ? "round" : "event" }),
      make("h3", { class: item.state === FAILED ? "bad" : "" }, said(titleOfItem(item))),
      item.text ? make("p", { class: item.state === FAILED ? "bad" : "" }, said(item.text)) : null,
      facts([
        ["Escrow", button(setup.short, () => showSetup(setup), { class: "link", attributes: { title: setup.escrow } })],
        ["Role", item.role],
        ["Port", item.server],
        ["Round", item.kind === "round" ? null : item.round],
        ["State", STATES[item.state]],
        ...times(item),
        ...numbers(item),
      ]),
      ...(item.proves || []).map(findingNode),
      attributeTable(record.attributesOf(item)),
      neighbours(item),
    );
  }

  function neighbours(item) {
    const { items } = item.setup;
    const go = (other) => {
      chooseItem(other);
      showItem(other);
      timeline.reveal(other);
    };
    const [before, after] = [items[item.at - 1], items[item.at + 1]];
    return make(
      "p",
      { class: "neighbours" },
      button("← before", () => go(before), { attributes: { disabled: !before } }),
      button("after →", () => go(after), { attributes: { disabled: !after } }),
    );
  }

  function findingNode(finding) {
    const list = make("ol", { class: "evidence" }, ...finding.evidence.map((one) => evidenceNode(one, finding)));
    const inner = finding.consequences.length
      ? make("details", {}, make("summary", { text: `${count(finding.consequences.length, "consequence")}` }), ...finding.consequences.map(findingNode))
      : null;
    const name = finding.fault ? titleOf(finding.kind) : words(finding.kind);
    return make(
      "div",
      { class: finding.fault ? "finding fault" : "finding" },
      make("h4", {}, said(name), make("span", { class: "quiet", text: finding.fault ? ` ${whereOf(finding)}` : " observation, no fault" })),
      make("p", {}, said(finding.sentence)),
      finding.fault ? make("p", { class: "quiet", text: sureness(finding) }) : null,
      finding.interfering.length ? make("p", { class: "quiet" }, "took part: ", said(finding.interfering.join(", "))) : null,
      finding.evidence.length ? make("p", { class: "caption", text: "Evidence" }) : null,
      list,
      inner,
    );
  }

  function evidenceNode(one, finding) {
    const place = [formatRelative(one.time)];
    if (one.number !== null) place.push(`legacy event ${one.number}`);
    if (one.setup && one.setup !== finding.setup) place.push(`in escrow ${one.setup.short}`);
    const where = make("span", { class: "quiet", text: ` ${place.join(", ")}` });
    if (!one.item) return make("li", {}, said(one.what), where);
    const go = () => {
      chooseItem(one.item, finding);
      showItem(one.item);
      timeline.reveal(one.item);
    };
    return make("li", {}, make("button", { class: "link", attributes: { type: "button" }, on: { click: go } }, said(one.what)), where);
  }

  function showSetup(setup) {
    chooseSetup(setup, state.finding);
    open(
      make("p", { class: "kind", text: setup.context ? "set-up, shown because it took part in another's fault" : "set-up" }),
      make("h3", {}, said(`escrow ${setup.short}`)),
      facts([
        ["Escrow", setup.escrow],
        ["Set-up", setup.id],
        ["Trace", setup.trace],
        ["Outcome", setup.outcome || "not known"],
        ["Started", `${formatRelative(setup.start)}, ${formatAbsolute(setup.start, record.origin, state.clock === "utc")}`],
        ["Recorded for", formatDuration(setup.end - setup.start)],
        ["Found in", setup.sources.join(", ")],
        ["Lost", setup.lost ? count(setup.lost, "record") : null],
      ]),
      ...(setup.findings.length ? setup.findings.map(findingNode) : [make("p", { class: "quiet", text: "Nothing was found in it." })]),
      attributeTable(record.attributesOf(setup)),
      eventList(setup),
    );
  }

  function eventList(setup) {
    const list = make("ol", { class: "events" });
    const details = make("details", {}, make("summary", { text: `All ${count(setup.items.length, "event")}` }), list);
    details.addEventListener("toggle", () => {
      if (list.childElementCount || !details.open) return;
      list.append(...setup.items.map((item) => make("li", {}, make("button", { class: "link", attributes: { type: "button" }, on: { click: () => goTo(item) } }, said(titleOfItem(item))), make("span", { class: "quiet" }, said(` ${[item.role, formatRelative(item.start)].filter(Boolean).join(", ")}`)))));
    });
    return details;
  }

  function goTo(item) {
    chooseItem(item);
    showItem(item);
    timeline.reveal(item);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  whenChanged(["clock"], () => {
    if (node.hidden) return;
    if (state.item) showItem(state.item);
    else if (state.setup) showSetup(state.setup);
  });

  return { node, showItem, showSetup, close };
})();
