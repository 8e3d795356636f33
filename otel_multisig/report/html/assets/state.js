// What the reader has chosen. Who shows it listens for changes.

const MANY_SETUPS = 12;

const state = {
  lanes: "escrow",
  dense: record.setups.length > MANY_SETUPS,
  fold: true,
  clock: "relative",
  filter: { fault: "", escrow: "", role: null, text: "" },
  item: null,
  setup: record.setups.find((setup) => setup.verdict && !setup.context) || record.setups[0] || null,
  finding: null,
};

const listeners = [];

function whenChanged(keys, listener) {
  listeners.push({ keys, listener });
}

/** Take over new choices and tell those who show them. */
function choose(changes) {
  const changed = Object.keys(changes).filter((key) => changes[key] !== state[key]);
  Object.assign(state, changes);
  for (const { keys, listener } of listeners) {
    if (keys.some((key) => changed.includes(key))) listener();
  }
}

function chooseItem(item, finding = null) {
  choose({ item, setup: item ? item.setup : state.setup, finding });
}

function chooseSetup(setup, finding = null) {
  choose({ setup, finding, item: null });
}

/** Everything in a set-up that a reader may look for. */
function textsOf(setup) {
  if (setup.searched === undefined) {
    const found = [setup.escrow, setup.id, setup.trace, ...setup.sources];
    const add = (finding) => {
      found.push(finding.sentence, words(finding.kind), finding.kind);
      finding.consequences.forEach(add);
    };
    setup.findings.forEach(add);
    for (const item of setup.items) {
      found.push(item.name, item.text, item.server);
      for (const [, value] of record.attributesOf(item)) found.push(value);
    }
    setup.searched = [...new Set(found.filter((text) => text))].join("\n").toLowerCase();
  }
  return setup.searched;
}

function matchesFault(setup, wanted) {
  if (wanted === "") return true;
  if (wanted === "any") return setup.verdict !== null;
  if (wanted === "none") return setup.verdict === null;
  return setup.faults.some((finding) => finding.kind === wanted);
}

function matches(setup) {
  const { fault, escrow, role, text } = state.filter;
  return (
    matchesFault(setup, fault) &&
    (escrow === "" || setup.escrow.toLowerCase().includes(escrow.toLowerCase())) &&
    (role === null || setup.roles.includes(role)) &&
    (text === "" || textsOf(setup).includes(text.toLowerCase()))
  );
}

function matchesRole(item) {
  return state.filter.role === null || item.role === state.filter.role || item.kind === "round" || item.role === NO_ROLE;
}

/** The set-ups that the filter lets through, in order of time. */
function wantedSetups() {
  return record.setups.filter(matches).sort((one, other) => one.start - other.start || one.index - other.index);
}

/** A time as the reader wants times. */
function showTime(micros, options = {}) {
  if (state.clock === "relative") return formatRelative(micros, options.step);
  return formatAbsolute(micros, record.origin, state.clock === "utc", options);
}
