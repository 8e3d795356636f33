// What the page was given, as objects.

const FINE = 0;
const FAILED = 1;
const OPEN = 2;
const INTERRUPTED = 3;
const USUAL_ROLES = ["buyer", "vendor", "arbiter"];
const NO_ROLE = "";

const record = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const textOf = (number) => (number < 0 ? null : data.texts[number]);
  const setups = data.setups.map((raw, index) => readSetup(raw, index));
  giveShortNames(setups);
  for (const setup of setups) setup.findings.forEach((finding) => resolve(finding, setup));
  const roles = sortRoles(new Set(setups.flatMap((setup) => setup.roles)));
  return {
    title: data.title,
    generator: data.generator,
    made: data.made,
    origin: data.origin,
    clockSkew: data.clockSkew,
    sensitive: data.sensitive,
    faults: data.faults,
    problems: data.problems.map(([where, what, remedy]) => ({ where, what, remedy })),
    setups,
    roles,
    hashes: findHashes(setups),
    attributesOf: (item) => readPairs(item.attributes),
  };

  function readSetup(raw, index) {
    const setup = {
      index,
      escrow: textOf(raw.escrow),
      id: textOf(raw.setup),
      trace: textOf(raw.trace),
      outcome: raw.outcome,
      ended: raw.ended,
      start: raw.start,
      end: raw.end,
      sources: raw.sources.map(textOf),
      context: raw.context,
      lost: raw.lost,
      attributes: raw.attributes,
    };
    setup.items = raw.items.map((row, at) => readItem(row, at, setup));
    setup.snapshots = raw.snapshots.map((row) => readSnapshot(row, setup));
    setup.findings = raw.findings.map(readFinding);
    setup.faults = setup.findings.filter((finding) => finding.fault);
    setup.verdict = setup.faults.length && setup.findings[0].fault ? setup.findings[0] : null;
    setup.roles = sortRoles(new Set(setup.items.filter((item) => item.kind !== "round").map((item) => item.role)));
    return setup;
  }

  function readItem(row, at, setup) {
    const item = { at, setup };
    data.fields.forEach((field, place) => {
      item[field] = row[place];
    });
    item.role = textOf(item.role) ?? NO_ROLE;
    item.server = textOf(item.server);
    item.name = textOf(item.name) ?? "";
    item.text = textOf(item.text);
    item.spans = item.kind === "call" || item.kind === "round" || item.kind === "other";
    item.last = item.end ?? (item.spans && item.state === OPEN ? Math.max(setup.end, item.start) : item.start);
    return item;
  }

  function readSnapshot(row, setup) {
    const snapshot = {};
    data.snapshotFields.forEach((field, place) => {
      snapshot[field] = row[place];
    });
    for (const field of ["point", "hash", "threshold", "participants", "wallet", "total", "unlocked", "permissions", "file"]) {
      snapshot[field] = textOf(snapshot[field]);
    }
    snapshot.item = setup.items[snapshot.item];
    snapshot.item.snapshot = snapshot;
    return snapshot;
  }

  function readFinding(raw) {
    return {
      kind: raw.kind,
      fault: raw.fault,
      sentence: textOf(raw.sentence),
      role: textOf(raw.role),
      round: raw.round,
      delay: raw.delay,
      interfering: raw.interfering.map(textOf),
      sure: raw.sure,
      others: raw.others,
      evidence: raw.evidence.map(([setup, item, time, number, what]) => ({ setup, item, time, number, what: textOf(what) })),
      consequences: raw.consequences.map(readFinding),
    };
  }

  /** Evidence by its objects, and each item told what it is evidence of. */
  function resolve(finding, owner) {
    finding.setup = owner;
    for (const evidence of finding.evidence) {
      evidence.setup = evidence.setup < 0 ? null : setups[evidence.setup];
      evidence.item = evidence.setup && evidence.item >= 0 ? evidence.setup.items[evidence.item] : null;
      if (evidence.item) {
        evidence.item.proves = evidence.item.proves || [];
        if (!evidence.item.proves.includes(finding)) evidence.item.proves.push(finding);
      }
    }
    finding.consequences.forEach((one) => resolve(one, owner));
  }

  function readPairs(numbers) {
    const pairs = [];
    for (let place = 0; place + 1 < numbers.length; place += 2) pairs.push([textOf(numbers[place]), textOf(numbers[place + 1])]);
    return pairs;
  }

  function sortRoles(found) {
    const rank = (role) => (role === NO_ROLE ? 99 : USUAL_ROLES.includes(role) ? USUAL_ROLES.indexOf(role) : 50);
    return [...found].sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : one > other ? 1 : 0));
  }

  /** An escrow's id as a lane has room for it; longer where two would look alike. */
  function giveShortNames(all) {
    const ids = [...new Set(all.map((setup) => setup.escrow))];
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-/i;
    for (const length of [8, 13, 18, 36]) {
      const short = new Map(ids.map((id) => [id, uuid.test(id) ? id.slice(0, length) : shorten(id, Math.max(length, 22))]));
      if (new Set(short.values()).size === ids.length || length === 36) {
        const seen = new Map();
        for (const setup of all) {
          const number = (seen.get(setup.escrow) || 0) + 1;
          seen.set(setup.escrow, number);
          setup.short = short.get(setup.escrow) + (number > 1 ? ` (${number})` : "");
        }
        return;
      }
    }
  }

  /** For each address hash the set-ups in which a wallet had it. */
  function findHashes(all) {
    const found = new Map();
    for (const setup of all) {
      for (const { hash } of setup.snapshots) {
        if (hash === null) continue;
        if (!found.has(hash)) found.set(hash, new Set());
        found.get(hash).add(setup);
      }
    }
    return found;
  }
})();
