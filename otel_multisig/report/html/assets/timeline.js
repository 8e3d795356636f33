// The timeline: lanes beside their labels, drawn anew for what is seen of them whenever that changes.

const AXIS_HEIGHT = 26;
const NEAR = 6;

const timeline = (() => {
  const axisCanvas = make("canvas", { class: "axis", attributes: { "aria-hidden": "true" } });
  const canvas = make("canvas", { class: "lanes", attributes: { "aria-hidden": "true" } });
  const labels = make("div", { class: "labels" });
  const spacer = make("div", { class: "spacer" });
  const stage = make("div", { class: "stage" }, canvas);
  const inner = make("div", { class: "inner" }, labels, stage, spacer);
  const scroller = make("div", {
    class: "scroller",
    attributes: {
      tabindex: "0",
      role: "application",
      "aria-roledescription": "timeline",
      "aria-label": "Timeline of all set-ups. Arrow keys go from event to event, Enter opens one, plus and minus zoom, 0 shows everything.",
    },
  }, inner);
  const spoken = make("div", { class: "spoken", attributes: { "aria-live": "polite" } });
  const tip = make("div", { class: "tip", attributes: { hidden: true, role: "tooltip" } });
  const corner = make("div", { class: "corner" });
  const none = make("p", { class: "none", text: "No set-up matches the filter.", attributes: { hidden: true } });
  const node = make("div", { class: "timeline" }, make("div", { class: "head" }, corner, axisCanvas), scroller, none, tip, spoken);
  const painter = new CanvasPainter(canvas);
  const axisPainter = new CanvasPainter(axisCanvas);

  let setups = [];
  let lanes = null;
  let axis = null;
  let view = null;
  let links = [];
  let asked = false;
  let cursor = null;
  let labelled = { setup: null, lanes: [] };
  let follow = false;
  let fresh = true;
  const viewListeners = [];

  function width() {
    return Math.max(stage.clientWidth, 50);
  }

  /** Everything anew: other set-ups, other lanes, another axis. */
  function arrange({ keepView = false } = {}) {
    const before = view && keepView ? [view.axis.time(view.from), view.axis.time(view.to), view.whole] : null;
    setups = wantedSetups();
    lanes = new Lanes(setups);
    axis = new Axis(setups.map((setup) => [setup.start, setup.end]), state.fold);
    view = new View(axis, width());
    if (before && !before[2]) view.set(axis.place(before[0]), axis.place(before[1]));
    links = interferences(setups);
    spacer.style.height = `${lanes.height}px`;
    none.hidden = setups.length > 0;
    scroller.hidden = setups.length === 0;
    corner.textContent = state.lanes === "escrow" ? "escrow, role" : "port";
    if (cursor && !lanes.where.has(cursor)) cursor = null;
    fresh = !before || before[2];
    follow = follow && state.lanes === "escrow";
    redraw();
  }

  function redraw() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(draw);
  }

  function draw() {
    asked = false;
    if (!lanes) return;
    view.width = width();
    const top = scroller.scrollTop;
    const height = Math.max(Math.min(scroller.clientHeight, lanes.height), 1);
    stage.style.height = `${height}px`;
    if (fresh) follow = state.lanes === "escrow" && setups.length > MANY_SETUPS && lanes.height > scroller.clientHeight + 1;
    fresh = false;
    if (follow) followLanes(top, height);
    painter.begin(view.width, height);
    drawLanes(painter, lanes, view, top, top + height, top);
    drawInterference(painter, lanes, view, links, top);
    drawCursor(top);
    axisPainter.begin(view.width, AXIS_HEIGHT);
    drawAxis(axisPainter, view, AXIS_HEIGHT);
    placeLabels(top, height);
    for (const listener of viewListeners) listener();
  }

  /** With more lanes than there is room for, the axis shows the time of those in sight, until the reader chooses. */
  function followLanes(top, height) {
    const shown = lanes.between(top, top + height).filter((lane) => lane.setup);
    if (shown.length) view.show(Math.min(...shown.map((lane) => lane.setup.start)), Math.max(...shown.map((lane) => lane.setup.end)));
  }

  /** The reader has chosen what to see. */
  function hold(change) {
    follow = false;
    change();
    redraw();
  }

  function drawCursor(top) {
    const item = state.item && lanes.where.has(state.item) ? state.item : null;
    for (const [one, stroke] of [[item, colours.accent], [document.activeElement === scroller ? cursor : null, colours.ink]]) {
      if (!one) continue;
      const row = lanes.where.get(one);
      const left = Math.max(view.x(one.start), -10) - (one.spans ? 2 : 8);
      const right = Math.min(Math.max(view.x(one.last), view.x(one.start) + (one.spans ? 4 : 0)) + (one.spans ? 2 : 8), view.width + 10);
      painter.frame(left, row.y - top + 0.5, right - left, lanes.size.row - 1, stroke, 2);
    }
  }

  function placeLabels(top, height) {
    const shown = lanes.between(top, top + height);
    // Left alone where they are the same: a button that is replaced while it is pressed would never be clicked.
    if (state.setup === labelled.setup && shown.length === labelled.lanes.length && shown.every((lane, place) => lane === labelled.lanes[place])) return;
    labelled = { setup: state.setup, lanes: shown };
    labels.replaceChildren(...shown.map(labelOf));
  }

  /** What lies under a point of the canvas: a mark before a bar, a bar before a round. */
  function itemAt(x, y) {
    const top = y + scroller.scrollTop;
    const row = lanes.rowAt(top);
    if (!row) return null;
    let best = null;
    let least = NEAR;
    for (const item of row.items) {
      if (!matchesRole(item)) continue;
      const left = view.x(item.start);
      const right = item.spans ? Math.max(view.x(item.last), left + LEAST_BAR) : left;
      const away = (x < left ? left - x : x > right ? x - right : 0) + (item.spans ? 1 : 0);
      if (away <= least && (away < least || !best || item.spans <= best.spans)) [best, least] = [item, away];
    }
    if (best) return best;
    const time = axis.time(view.placeAt(x));
    const part = row.lane.parts.find((one) => (one.row === null || one.row === row) && one.start <= time && time <= one.end);
    return (part && part.rounds.find((round) => round.start <= time && time <= round.last)) || null;
  }

  function setupAt(x, y) {
    const lane = lanes.laneAt(y + scroller.scrollTop);
    return lane && lane.setup;
  }

  function describe(item) {
    const parts = [item.kind === "snapshot" ? `snapshot ${item.name}` : item.name];
    if (item.role) parts.push(item.role);
    if (item.server) parts.push(`port ${item.server}`);
    parts.push(showTime(item.start));
    if (item.spans) parts.push(item.end === null ? "never ended" : formatDuration(item.end - item.start));
    if (item.text) parts.push(item.text);
    return parts.join(", ");
  }

  function showTip(item, x, y) {
    if (!item) {
      tip.hidden = true;
      return;
    }
    const length = item.spans ? (item.end === null ? " · never ended" : ` · ${formatDuration(item.end - item.start)}`) : "";
    tip.replaceChildren(
      make("strong", {}, said(item.kind === "snapshot" ? `snapshot ${item.name}` : item.name)),
      make("div", {}, said([item.role, item.server && `port ${item.server}`, `escrow ${item.setup.short}`].filter(Boolean).join(" · "))),
      make("div", { text: `${formatRelative(item.start)}${length}` }),
      make("div", { class: "quiet", text: formatAbsolute(item.start, record.origin, state.clock === "utc") }),
      item.text ? make("div", { class: item.state === FAILED ? "bad" : "" }, said(shorten(item.text, 160))) : null,
    );
    tip.hidden = false;
    const box = node.getBoundingClientRect();
    tip.style.left = `${Math.min(x - box.left + 14, box.width - tip.offsetWidth - 4)}px`;
    tip.style.top = `${y - box.top + 16}px`;
  }

  /** Bring an item into sight. */
  function reveal(item, { around = false } = {}) {
    const row = lanes.where.get(item);
    if (!row) return;
    if (around) view.show(item.setup.start, item.setup.end);
    const [left, right] = [view.x(item.start), view.x(item.last)];
    if (right < 10 || left > view.width - 10) view.pan(left - view.width / 3);
    scrollTo(row.lane.y, row.lane.height, row.y);
    redraw();
  }

  function scrollTo(y, height, row = y) {
    const top = scroller.scrollTop;
    const high = scroller.clientHeight;
    if (y < top || y + height > top + high) scroller.scrollTop = height > high ? row - high / 2 : y - (high - height) / 2;
  }

  /** Bring a set-up into sight, over the whole width. */
  function revealSetup(setup) {
    follow = false;
    view.show(setup.start, setup.end);
    const lane = lanes.lanes.find((one) => one.setup === setup);
    if (lane) scrollTo(lane.y, lane.height);
    redraw();
  }

  /** A stretch of the axis, and the first set-up in it. */
  function showStretch(from, to) {
    view.set(from, to);
    const lane = lanes.lanes.find((one) => one.setup && one.setup.end >= axis.time(view.from));
    if (lane) scroller.scrollTop = Math.max(lane.y - 8, 0);
  }

  function step(direction) {
    const rows = lanes.rows;
    if (!rows.length) return;
    if (!cursor) {
      moveTo(state.item && lanes.where.has(state.item) ? state.item : firstIn(rows[0]));
      return;
    }
    const row = lanes.where.get(cursor);
    const [across, down] = direction;
    if (across) {
      const items = row.items.filter(matchesRole);
      moveTo(items[Math.min(Math.max(items.indexOf(cursor) + across, 0), items.length - 1)]);
      return;
    }
    const next = rows[Math.min(Math.max(rows.indexOf(row) + down, 0), rows.length - 1)];
    const nearest = next.items.reduce((best, item) => (!best || Math.abs(item.start - cursor.start) < Math.abs(best.start - cursor.start) ? item : best), null);
    moveTo(next === row ? cursor : nearest);
  }

  function firstIn(row) {
    return row.items[0];
  }

  function moveTo(item) {
    cursor = item;
    spoken.textContent = describe(item);
    reveal(item);
    redraw();
  }

  function centre() {
    const x = cursor ? view.x(cursor.start) : view.width / 2;
    return x >= 0 && x <= view.width ? x : view.width / 2;
  }

  function openItem(item) {
    cursor = item;
    chooseItem(item);
    panel.showItem(item);
  }

  scroller.addEventListener("focus", redraw);
  scroller.addEventListener("blur", redraw);
  scroller.addEventListener("scroll", redraw, { passive: true });
  whenChanged(["lanes", "dense"], () => arrange({ keepView: true }));
  whenChanged(["filter", "fold"], () => arrange());
  whenChanged(["item", "setup", "finding", "clock", "theme"], redraw);
  new ResizeObserver(redraw).observe(stage);

  return {
    node,
    canvas,
    scroller,
    arrange,
    hold,
    itemAt,
    setupAt,
    showTip,
    openItem,
    step,
    moveTo,
    centre,
    redraw,
    reveal,
    revealSetup,
    describe,
    focus: () => scroller.focus({ preventScroll: true }),
    zoom: (factor) => hold(() => view.zoom(factor, centre())),
    reset: () => hold(() => view.reset()),
    follow: () => {
      follow = !follow;
      redraw();
    },
    get follows() {
      return follow;
    },
    show: (from, to) => hold(() => showStretch(from, to)),
    whenViewed: (listener) => viewListeners.push(listener),
    get view() {
      return view;
    },
    get cursor() {
      return cursor;
    },
    get row() {
      return cursor && lanes.where.get(cursor);
    },
    get setups() {
      return setups;
    },
  };
})();
