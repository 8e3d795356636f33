// All set-ups at a glance, and a window that says which part of them the timeline shows.

const OVERVIEW_HEIGHT = 46;
const LEAST_SETUPS = 3;

const overview = (() => {
  const canvas = make("canvas", { class: "overview", attributes: { "aria-hidden": "true" } });
  const node = make("div", { class: "over" }, make("div", { class: "corner", text: "all set-ups" }), canvas);
  const painter = new CanvasPainter(canvas);
  let drag = null;

  function draw() {
    const view = timeline.view;
    node.hidden = record.setups.length < LEAST_SETUPS;
    if (node.hidden || !view) return;
    const { axis, width } = view;
    const scale = width / axis.total;
    painter.begin(width, OVERVIEW_HEIGHT);
    painter.rect(0, 0, width, OVERVIEW_HEIGHT, colours.raised);
    for (const segment of axis.segments) {
      if (segment.folded) painter.rect(segment.place * scale, 0, Math.max(segment.size * scale, 1), OVERVIEW_HEIGHT, colours.fold);
    }
    drawSetups(axis, scale);
    const [left, right] = [Math.max(view.from * scale, 0), Math.min(view.to * scale, width)];
    painter.rect(0, 0, left, OVERVIEW_HEIGHT, colours.paper, 0.65);
    painter.rect(right, 0, width - right, OVERVIEW_HEIGHT, colours.paper, 0.65);
    painter.frame(left + 0.75, 0.75, Math.max(right - left - 1.5, 2), OVERVIEW_HEIGHT - 1.5, colours.accent, 1.5);
  }

  /** Set-ups as strokes, each in the first row that is free, those with a fault in red and marked. */
  function drawSetups(axis, scale) {
    const rows = [];
    const strokes = timeline.setups.map((setup) => {
      let row = rows.findIndex((end) => end < setup.start);
      if (row < 0) row = rows.push(-Infinity) - 1;
      rows[row] = setup.end;
      return { setup, row };
    });
    const each = Math.min((OVERVIEW_HEIGHT - 8) / Math.max(rows.length, 1), 14);
    for (const { setup, row } of strokes) {
      const left = axis.place(setup.start) * scale;
      const length = Math.max(axis.place(setup.end) * scale - left, 1.5);
      const y = 4 + row * each;
      painter.rect(left, y, length, Math.max(each - 1.5, 1), setup.verdict ? colours.fault : colours.quiet, setup.verdict ? 1 : 0.6);
      if (setup.verdict && each > 5) painter.rect(left, y, 2, each - 1.5, colours.ink);
    }
  }

  function moveTo(x) {
    const view = timeline.view;
    const place = (x / canvas.clientWidth) * view.axis.total;
    timeline.show(place - (view.to - view.from) / 2, place + (view.to - view.from) / 2);
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    drag = { x: event.offsetX, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (Math.abs(event.offsetX - drag.x) < 4 && !drag.moved) return;
    drag.moved = true;
    const scale = timeline.view.axis.total / canvas.clientWidth;
    const [from, to] = [Math.min(drag.x, event.offsetX), Math.max(drag.x, event.offsetX)];
    timeline.show(from * scale, to * scale);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) moveTo(event.offsetX);
    drag = null;
  });
  timeline.whenViewed(draw);
  return { node };
})();
