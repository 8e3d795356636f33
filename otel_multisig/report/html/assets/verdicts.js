// The verdicts: what went wrong, in one sentence for each set-up, and what to do about it.

const FEW_GROUPS = 3;
const FEW_VERDICTS = 6;
const SHORT_LIST = 3;

function titleOf(kind) {
  const title = record.faults[kind] ? record.faults[kind].title : words(kind);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** Where a fault is: role and round. */
function whereOf(finding) {
  const parts = [];
  if (finding.role) parts.push(shorten(finding.role, 60));
  if (finding.round === 0) parts.push("before round 1");
  else if (finding.round !== null) parts.push(finding.round > lastRound(finding.setup) ? "after the last round" : `round ${finding.round}`);
  return parts.join(", ");
}

function lastRound(setup) {
  return Math.max(3, ...setup.items.filter((item) => item.kind === "round" && item.round !== null).map((item) => item.round));
}

function sureness(finding) {
  if (finding.sure) return "the record proves it";
  const others = finding.others.map((kind) => titleOf(kind).toLowerCase());
  return others.length ? `likeliest; could also be ${others.join(" or ")}` : "likeliest";
}

function showEvidence(finding) {
  chooseSetup(finding.setup, finding);
  timeline.revealSetup(finding.setup);
  const first = finding.evidence.find((one) => one.item);
  if (first) {
    chooseItem(first.item, finding);
    panel.showItem(first.item);
    timeline.reveal(first.item);
  } else {
    panel.showSetup(finding.setup);
  }
  document.getElementById("timeline").scrollIntoView({ block: "start", behavior: calm() });
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
}

const verdicts = (() => {
  const shown = record.setups.filter((setup) => !setup.context);
  const faulty = shown.filter((setup) => setup.verdict);

  function summary() {
    const kinds = new Set(faulty.map((setup) => setup.verdict.kind));
    if (!shown.length) return "No set-up was found.";
    if (!faulty.length) return shown.length === 1 ? "No fault was found in this set-up." : `No fault was found in ${count(shown.length, "set-up")}.`;
    const well = shown.length - faulty.length;
    const first = shown.length === 1 ? "A fault was found in this set-up." : `A fault was found in ${faulty.length} of ${count(shown.length, "set-up")}`;
    if (shown.length === 1) return first;
    return `${first}${kinds.size > 1 ? `, of ${kinds.size} kinds` : ""}.${well ? ` ${well === 1 ? "One has" : `${well} have`} none.` : ""}`;
  }

  /** Set-ups by the kind of their verdict, the most frequent kind first. */
  function groups() {
    const found = new Map();
    for (const setup of faulty) {
      if (!found.has(setup.verdict.kind)) found.set(setup.verdict.kind, []);
      found.get(setup.verdict.kind).push(setup);
    }
    return [...found].sort((one, other) => other[1].length - one[1].length);
  }

  function remedyOf(kind, open) {
    const remedy = record.faults[kind];
    if (!remedy) return null;
    const steps = make("ol", {}, ...remedy.words.map((line) => make("li", {}, said(line))));
    const lines = remedy.commands.length ? make("pre", { class: "commands", attributes: { tabindex: "0", "aria-label": "commands" } }, ...remedy.commands.map((line) => make("code", { text: `${line}\n` }))) : null;
    return make(
      "details",
      { class: "remedy", attributes: { open } },
      make("summary", {}, "What to do", make("span", { class: "first" }, ": ", said(remedy.words[0]))),
      make("p", { class: "meaning" }, said(remedy.meaning)),
      steps,
      lines,
      make("p", { class: "quiet" }, "More: ", make("code", { text: remedy.page })),
    );
  }

  function lineOf(setup) {
    const finding = setup.verdict;
    const meta = [whereOf(finding), sureness(finding)];
    if (finding.delay !== null && finding.delay >= MILLISECOND) meta.push(`shown ${formatDuration(finding.delay)} later`);
    const others = setup.faults.length - 1;
    if (others > 0) meta.push(`and ${count(others, "further fault")}`);
    return make(
      "li",
      { class: "verdict" },
      make("p", { class: "sentence" }, said(finding.sentence)),
      make(
        "p",
        { class: "meta" },
        make("span", { class: "id", attributes: { title: setup.escrow } }, said(`escrow ${setup.short}`)),
        make("span", { text: meta.filter(Boolean).join(" · ") }),
        button("Show the evidence", () => showEvidence(finding), { class: "link", attributes: { "aria-label": `Show the evidence for escrow ${setup.short}` } }),
      ),
    );
  }

  function groupOf([kind, setups], kinds) {
    const open = kinds <= FEW_GROUPS && faulty.length <= FEW_VERDICTS;
    const few = kinds > FEW_VERDICTS ? 1 : SHORT_LIST;
    const shown = faulty.length > FEW_VERDICTS && setups.length > few + 1 ? few : setups.length;
    const list = make("ul", {}, ...setups.slice(0, shown).map(lineOf));
    const rest = setups.slice(shown);
    const more = rest.length
      ? make("details", { class: "more" }, make("summary", { text: `${rest.length} more with this fault` }), make("ul", {}, ...rest.map(lineOf)))
      : null;
    const heading = make("h3", {}, make("span", { class: "cross", text: "✕", attributes: { "aria-hidden": "true" } }), said(titleOf(kind)), setups.length > 1 ? make("span", { class: "number", text: count(setups.length, "set-up") }) : null);
    return make("article", { class: "fault" }, heading, list, more, remedyOf(kind, open));
  }

  function build() {
    const all = groups();
    const node = make("section", { class: "verdicts", attributes: { id: "verdicts", "aria-labelledby": "summary" } });
    node.append(make("h2", { class: faulty.length ? "summary bad" : "summary good", text: summary(), attributes: { id: "summary" } }));
    node.append(...all.map((group) => groupOf(group, all.length)));
    return node;
  }

  function problems() {
    if (!record.problems.length) return null;
    const list = make("ul", {}, ...record.problems.map(({ where, what, remedy }) => make("li", {}, said(where, "place"), ": ", said(what), "; ", said(remedy))));
    const title = `${count(record.problems.length, "thing")} could not be read, and ${record.problems.length === 1 ? "is" : "are"} not in this page`;
    return make("section", { class: "problems", attributes: { "aria-label": "What could not be read" } }, make("details", { attributes: { open: record.problems.length <= FEW_VERDICTS } }, make("summary", { text: title }), list));
  }

  return { build, problems };
})();
