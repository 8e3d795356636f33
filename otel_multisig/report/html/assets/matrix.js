// The snapshot matrix: every point of a set-up, its wallets side by side, and what changed from one to the next.

const matrix = (() => {
  const table = make("div", { class: "matrix-table", attributes: { tabindex: "0", role: "region", "aria-label": "Snapshots of the set-up" } });
  const select = make("select", { attributes: { id: "matrix-setup" }, on: { change: () => chooseSetup(record.setups[Number(select.value)]) } });
  const title = make("h2", { attributes: { id: "matrix-title" } });
  const node = make(
    "section",
    { class: "matrix", attributes: { id: "snapshots", "aria-labelledby": "matrix-title" } },
    title,
    make("p", { class: "tools" }, make("label", { text: "Set-up ", attributes: { for: "matrix-setup" } }), select),
    table,
    make("p", { class: "quiet", text: "Equal letters and colours are equal address hashes. ▲ changed since the snapshot before of the same wallet; ≠ differs from the other wallets at this point. Between make_multisig and the first exchange all wallets of an escrow have one placeholder address." }),
  );

  function offer() {
    select.replaceChildren(...record.setups.map((setup) => make("option", { text: `${setup.short}${setup.verdict ? ` ✕ ${titleOf(setup.verdict.kind)}` : ""}`, attributes: { value: String(setup.index) } })));
  }

  /** Snapshots by point and role, points in the order in which they were first reached; taken again, a point comes again. */
  function rowsOf(setup) {
    const rows = [];
    for (const snapshot of setup.snapshots) {
      const role = snapshot.item.role;
      let row = rows.findLast((one) => one.point === snapshot.point);
      if (!row || row.cells.has(role)) rows.push((row = { point: snapshot.point, cells: new Map() }));
      row.cells.set(role, snapshot);
    }
    return rows;
  }

  function lettersOf(setup) {
    const letters = new Map();
    for (const { hash } of setup.snapshots) if (hash !== null && !letters.has(hash)) letters.set(hash, letters.size);
    return letters;
  }

  function letter(number) {
    return number < 26 ? String.fromCharCode(65 + number) : `${String.fromCharCode(65 + (number % 26))}${Math.floor(number / 26)}`;
  }

  function show() {
    const { setup } = state;
    if (!setup) {
      node.hidden = true;
      return;
    }
    select.value = String(setup.index);
    title.replaceChildren("Snapshots of escrow ", said(setup.short));
    if (!setup.snapshots.length) {
      table.replaceChildren(make("p", { class: "quiet", text: "This set-up has no snapshots." }));
      return;
    }
    const rows = rowsOf(setup);
    const roles = setup.roles.filter((role) => rows.some((row) => row.cells.has(role)));
    const letters = lettersOf(setup);
    const before = new Map();
    const head = make("tr", {}, make("th", { text: "point", attributes: { scope: "col" } }), ...roles.map((role) => make("th", { attributes: { scope: "col" } }, said(shorten(role || "no role", 40)))));
    const lines = rows.map((row) => {
      const cells = roles.map((role) => {
        const snapshot = row.cells.get(role);
        const cell = snapshot ? cellOf(snapshot, before.get(role), row, letters) : make("td", { class: "missing", text: "–", attributes: { title: "no snapshot" } });
        if (snapshot) before.set(role, snapshot);
        return cell;
      });
      return make("tr", {}, make("th", { attributes: { scope: "row" } }, said(shorten(row.point || "?", 40))), ...cells);
    });
    table.replaceChildren(make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines)));
  }

  function stateOf(snapshot) {
    if (snapshot.multisig === null) return "not known";
    if (!snapshot.multisig) return "plain";
    return snapshot.threshold && snapshot.participants ? shorten(`${snapshot.threshold}-of-${snapshot.participants}`, 24) : "multisig";
  }

  const COMPARED = [
    ["state", stateOf],
    ["address", (snapshot) => snapshot.hash],
    ["port", (snapshot) => snapshot.item.server],
    ["wallet", (snapshot) => snapshot.wallet],
    ["balance", (snapshot) => snapshot.total],
    ["file", (snapshot) => snapshot.file],
    ["file permissions", (snapshot) => snapshot.permissions],
  ];

  function cellOf(snapshot, before, row, letters) {
    const changed = before ? COMPARED.filter(([, get]) => get(snapshot) !== get(before) && get(snapshot) !== null && get(before) !== null).map(([name]) => name) : [];
    const others = [...row.cells.values()].filter((one) => one !== snapshot);
    const differs = others.length > 0 && snapshot.multisig !== null && others.every((one) => one.multisig !== null && stateOf(one) !== stateOf(snapshot));
    const marks = [];
    if (changed.length) marks.push(make("span", { class: "changed", text: `▲ ${changed.join(", ")}` }));
    if (differs) marks.push(make("span", { class: "differs", text: "≠ differs" }));
    const cell = make(
      "td",
      { class: `${changed.length ? "has-changed" : ""}${differs ? " has-differed" : ""}` },
      make("button", { class: "cell", attributes: { type: "button", title: titleOfCell(snapshot) }, on: { click: () => openSnapshot(snapshot) } }, make("span", { class: "state", text: stateOf(snapshot) }), hashOf(snapshot, letters), ...marks),
    );
    if (snapshot.item.proves) cell.classList.add("proof");
    return cell;
  }

  function hashOf(snapshot, letters) {
    if (snapshot.hash === null) return make("span", { class: "hash quiet", text: "no address" });
    const number = letters.get(snapshot.hash);
    const elsewhere = [...(record.hashes.get(snapshot.hash) || [])].filter((setup) => setup.escrow !== snapshot.item.setup.escrow);
    return make(
      "span",
      { class: "hash" },
      make("span", { class: `letter c${(number % CATEGORIES) + 1}`, text: letter(number) }),
      make("code", {}, said(shortHash(snapshot.hash))),
      elsewhere.length ? make("span", { class: "elsewhere", text: ` also in ${elsewhere.map((setup) => setup.short).slice(0, 2).join(", ")}` }) : null,
    );
  }

  function titleOfCell(snapshot) {
    return [snapshot.hash && `address hash ${snapshot.hash}`, snapshot.item.server && `port ${snapshot.item.server}`, snapshot.wallet && `wallet ${snapshot.wallet}`, snapshot.file].filter(Boolean).join("\n");
  }

  function openSnapshot(snapshot) {
    chooseItem(snapshot.item);
    panel.showItem(snapshot.item);
    timeline.reveal(snapshot.item);
  }

  whenChanged(["setup"], show);
  return { node, offer, show };
})();
