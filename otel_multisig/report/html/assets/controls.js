// What the reader can choose: the filter, how lanes and times are shown, the theme.

const controls = (() => {
  function switchOf(label, key, options) {
    const buttons = options.map(([value, text, title]) =>
      button(text, () => choose(also(key, value)), { attributes: { "aria-pressed": String(state[key] === value), title, "data-value": String(value) } }),
    );
    whenChanged([key], () => {
      for (const one of buttons) one.setAttribute("aria-pressed", String(String(state[key]) === one.dataset.value));
    });
    return make("div", { class: "switch", attributes: { role: "group", "aria-label": label } }, make("span", { class: "quiet", text: label }), ...buttons);
  }

  /** Lanes of servers are few, so their rows can be roomy. */
  function also(key, value) {
    return key === "lanes" ? { lanes: value, dense: value === "escrow" && record.setups.length > MANY_SETUPS } : { [key]: value };
  }

  function choice(label, id, options, take) {
    const select = make("select", { attributes: { id }, on: { change: () => take(select.value) } }, ...options.map(([value, text]) => make("option", { text, attributes: { value } })));
    return [make("label", { text: label, attributes: { for: id } }), select];
  }

  function entry(label, id, type, take, list = null) {
    const input = make("input", { attributes: { id, type, spellcheck: "false", autocomplete: "off", list }, on: { input: () => take(input.value.trim()) } });
    return [make("label", { text: label, attributes: { for: id } }), input];
  }

  function filter(change) {
    choose({ filter: { ...state.filter, ...change } });
  }

  function filters() {
    const kinds = [...new Set(record.setups.flatMap((setup) => setup.faults.map((finding) => finding.kind)))].sort();
    const faults = [["", "all set-ups"], ["any", "any fault"], ["none", "no fault"], ...kinds.map((kind) => [kind, titleOf(kind)])];
    const roles = [["-", "all roles"], ...record.roles.filter((role) => role !== NO_ROLE).map((role, place) => [String(place), shorten(role, 40)])];
    const escrows = make("datalist", { attributes: { id: "escrows" } }, ...[...new Set(record.setups.map((setup) => setup.escrow))].map((id) => make("option", { attributes: { value: id } })));
    const found = make("output", { class: "quiet found", attributes: { "aria-live": "polite" } });
    const tell = () => {
      const number = wantedSetups().length;
      found.textContent = number === record.setups.length ? count(number, "set-up") : `${number} of ${count(record.setups.length, "set-up")}`;
    };
    whenChanged(["filter"], tell);
    tell();
    const named = record.roles.filter((role) => role !== NO_ROLE);
    return make(
      "form",
      { class: "filters", attributes: { role: "search", "aria-label": "Filter" }, on: { submit: (event) => event.preventDefault() } },
      ...choice("Fault", "filter-fault", faults, (value) => filter({ fault: value })),
      ...entry("Escrow", "filter-escrow", "search", (value) => filter({ escrow: value }), "escrows"),
      escrows,
      ...choice("Role", "filter-role", roles, (value) => filter({ role: value === "-" ? null : named[Number(value)] })),
      ...entry("Text", "filter-text", "search", (value) => filter({ text: value })),
      found,
    );
  }

  function tools() {
    return make(
      "div",
      { class: "tools" },
      switchOf("Lanes", "lanes", [["escrow", "by escrow", "A lane for each set-up"], ["port", "by port", "A lane for each wallet server"]]),
      switchOf("Rows", "dense", [[false, "roomy", "Rows with room for names"], [true, "dense", "Rows for many set-ups"]]),
      switchOf("Idle time", "fold", [[true, "folded", "Leave out the time in which nothing was recorded"], [false, "shown", "One even axis"]]),
      switchOf("Times", "clock", [["relative", "relative", "Since the first set-up began"], ["local", "local", "Time of this place"], ["utc", "UTC", "Universal time"]]),
      make(
        "div",
        { class: "switch", attributes: { role: "group", "aria-label": "Zoom" } },
        button("−", () => timeline.zoom(1 / 0.6), { attributes: { "aria-label": "Zoom out", title: "Zoom out (-)" } }),
        button("+", () => timeline.zoom(0.6), { attributes: { "aria-label": "Zoom in", title: "Zoom in (+)" } }),
        following(),
        button("all", () => timeline.reset(), { attributes: { "aria-label": "Show everything", title: "Show everything (0)" } }),
      ),
    );
  }

  /** With many lanes: the axis goes along with what is in sight. */
  function following() {
    const one = button("follow", () => timeline.follow(), { attributes: { title: "Show the time of the lanes in sight" } });
    one.hidden = record.setups.length <= MANY_SETUPS;
    timeline.whenViewed(() => one.setAttribute("aria-pressed", String(timeline.follows)));
    return one;
  }

  function legend() {
    const mark = (name, text) => make("span", { class: "key" }, make("span", { class: `sign ${name}`, attributes: { "aria-hidden": "true" } }), make("span", { text }));
    const named = make("span", { class: "key-roles" });
    const fill = () => {
      const roles = record.roles.filter((role) => role !== NO_ROLE);
      named.replaceChildren(
        ...(state.lanes === "escrow"
          ? roles.slice(0, CATEGORIES).map((role) => make("span", { class: "key" }, make("span", { class: `sign bar c${(record.roles.indexOf(role) % CATEGORIES) + 1}` }), said(shorten(role, 40))))
          : [make("span", { class: "key quiet", text: "colour: escrow" })]),
      );
    };
    whenChanged(["lanes"], fill);
    fill();
    return make(
      "p",
      { class: "legend" },
      named,
      mark("bar failed", "failed"),
      mark("bar open", "never ended"),
      mark("diamond", "snapshot, plain"),
      mark("diamond full", "snapshot, multisig"),
      mark("proof", "evidence"),
      mark("arrow", "interference, dashed where not proved"),
      make("span", { class: "hint", text: "Drag or Shift+wheel pans, Ctrl+wheel or double-click zooms, arrow keys and Enter go from event to event." }),
    );
  }

  function themeSwitch() {
    return switchOf("Theme", "theme", [["auto", "auto", "As the system has it"], ["light", "light", "Light"], ["dark", "dark", "Dark"]]);
  }

  return { filters, tools, legend, themeSwitch };
})();
