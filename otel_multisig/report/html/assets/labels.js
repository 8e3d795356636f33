// The names of lanes, beside them.

/** The label of a lane; the button in it opens the set-up. */
function labelOf(lane) {
  const setup = lane.setup;
  const roles = make("div", { class: "roles" });
  if (setup && !state.dense) for (const row of lane.rows) roles.append(make("bdi", { class: "role", text: row.label }));
  const name = button(lane.label, () => (setup ? openSetup(setup) : null), {
    class: "name",
    attributes: { title: lane.full, tabindex: "-1", disabled: !setup },
  });
  const label = make("div", { class: state.dense ? "label dense" : "label" }, make("div", { class: "line" }, setup && setup.verdict ? flag(setup) : null, name), lane.sub && lane.height > 30 ? make("bdi", { class: "sub", text: lane.sub }) : null, roles);
  if (setup && setup === state.setup) label.classList.add("chosen");
  label.style.top = `${lane.y}px`;
  label.style.height = `${lane.height}px`;
  return label;
}

function flag(setup) {
  return make("span", { class: "flag", text: "✕", attributes: { title: titleOf(setup.verdict.kind), role: "img", "aria-label": titleOf(setup.verdict.kind) } });
}

function openSetup(setup) {
  chooseSetup(setup, setup.verdict);
  panel.showSetup(setup);
}
