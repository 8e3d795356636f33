// The page on paper.

/** For paper the timeline is drawn anew, whole, light and as lines. */
const PAPER_WIDTH = 1000;
const PAPER_LABELS = 150;
const PAPER_LANES = 12;
let folded = [];

function drawOnPaper() {
  const paper = document.getElementById("paper");
  if (!paper) return;
  document.documentElement.dataset.theme = "light";
  readColours();
  const setups = wantedSetups();
  const all = new Lanes(setups);
  const axis = new Axis(setups.map((setup) => [setup.start, setup.end]), state.fold);
  const links = interferences(setups);
  const sheets = [];
  for (let first = 0; first < all.lanes.length; first += PAPER_LANES) {
    const shown = all.lanes.slice(first, first + PAPER_LANES);
    const top = shown[0].y - 4;
    const bottom = shown.at(-1).y + shown.at(-1).height + 6;
    const view = new View(axis, PAPER_WIDTH - PAPER_LABELS);
    if (all.lanes.length > PAPER_LANES && state.lanes === "escrow") view.show(shown[0].setup.start, Math.max(...shown.map((lane) => lane.setup.end)));
    sheets.push(drawSheet(all, shown, view, links, top, bottom));
  }
  paper.replaceChildren(...sheets);
  folded = [...document.querySelectorAll(".verdicts details:not([open])")];
  for (const one of folded) one.open = true;
  latency.onPaper();
}

function drawSheet(all, shown, view, links, top, bottom) {
  const painter = new SvgPainter("timeline");
  const height = bottom - top + AXIS_HEIGHT;
  painter.begin(PAPER_WIDTH, height);
  const inner = new SvgPainter("lanes");
  inner.begin(view.width, bottom - top);
  drawLanes(inner, all, view, top, bottom, top);
  drawInterference(inner, all, view, links, top);
  const axis = new SvgPainter("axis");
  drawAxis(axis, view, AXIS_HEIGHT);
  for (const lane of shown) {
    painter.text(4, lane.y - top + AXIS_HEIGHT + 8, shorten(`${lane.setup && lane.setup.verdict ? "✕ " : ""}${lane.label}`, 24), colours.ink, { bold: true });
    if (!state.dense) for (const row of lane.rows.slice(lane.setup ? 0 : lane.rows.length)) painter.text(PAPER_LABELS - 8, row.y - top + AXIS_HEIGHT + all.size.row / 2, shorten(row.label, 14), colours.quiet, { size: 10, align: "right" });
  }
  for (const [part, y, high] of [[axis, 0, AXIS_HEIGHT], [inner, AXIS_HEIGHT, bottom - top]]) {
    for (const [name, value] of Object.entries({ x: PAPER_LABELS, y, width: view.width, height: high, overflow: "hidden" })) part.root.setAttribute(name, value);
    part.root.setAttribute("viewBox", `0 0 ${view.width} ${high}`);
    painter.root.append(part.root);
  }
  return painter.root;
}

function leavePaper() {
  document.getElementById("paper")?.replaceChildren();
  for (const one of folded) one.open = false;
  applyTheme();
  timeline.redraw();
  latency.show();
}
