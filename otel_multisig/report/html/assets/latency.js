// How long calls took, by method: every call a point, with the median, the 95th percentile and the longest.

const latency = (() => {
  const ROW = 34;
  const AXIS = 24;
  const MARGIN = 24;
  const PAPER_PLOT = 460;
  const canvas = make("canvas", { attributes: { "aria-hidden": "true" } });
  const body = make("tbody");
  const table = make(
    "table",
    { class: "latencies" },
    make("caption", { class: "spoken", text: "Duration of calls by method" }),
    make("thead", {}, make("tr", {}, ...["method", "calls", "failed", "p50", "p95", "max"].map((name) => make("th", { text: name, attributes: { scope: "col" } })))),
    body,
  );
  const plot = make("div", { class: "plot" }, canvas);
  const node = make(
    "section",
    { class: "latency", attributes: { id: "latency", "aria-labelledby": "latency-title" } },
    make("h2", { text: "Latency by method", attributes: { id: "latency-title" } }),
    make("div", { class: "latency-grid" }, table, plot),
    make("p", { class: "quiet", text: "A point is a call, a cross one that failed; the time axis is logarithmic. | p50, ‖ p95. Calls that never ended are not counted. A click on a point, or on a number under max, opens the call." }),
  );
  const painter = new CanvasPainter(canvas);
  let rows = [];
  let points = [];

  function percentile(sorted, share) {
    return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)];
  }

  function collect() {
    const methods = new Map();
    for (const setup of wantedSetups()) {
      for (const item of setup.items) {
        if (item.kind !== "call" || item.end === null || item.state === INTERRUPTED || !matchesRole(item)) continue;
        if (!methods.has(item.name)) methods.set(item.name, []);
        methods.get(item.name).push(item);
      }
    }
    rows = [...methods].map(([method, items]) => {
      const sorted = items.map((item) => Math.max(item.end - item.start, 0)).sort((one, other) => one - other);
      const slowest = items.reduce((most, item) => (item.end - item.start > most.end - most.start ? item : most));
      return { method, items, slowest, failed: items.filter((item) => item.state === FAILED).length, least: sorted[0], p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), max: sorted[sorted.length - 1] };
    });
    rows.sort((one, other) => other.max - one.max);
  }

  function show() {
    plot.querySelector("svg")?.remove();
    collect();
    node.hidden = rows.length === 0;
    body.replaceChildren(
      ...rows.map((row) =>
        make(
          "tr",
          {},
          make("th", { attributes: { scope: "row", title: row.method } }, said(shorten(row.method, 32))),
          make("td", { text: String(row.items.length) }),
          make("td", { text: row.failed ? String(row.failed) : "–", class: row.failed ? "bad" : "quiet" }),
          make("td", { text: formatDuration(row.p50) }),
          make("td", { text: formatDuration(row.p95) }),
          make("td", {}, button(formatDuration(row.max), () => openCall(row.slowest), { class: "link", attributes: { title: "Open the longest call" } })),
        ),
      ),
    );
    draw();
  }

  function openCall(item) {
    chooseItem(item);
    panel.showItem(item);
    timeline.reveal(item);
    document.getElementById("timeline").scrollIntoView({ block: "start", behavior: calm() });
  }

  function draw() {
    if (!rows.length) return;
    const width = Math.max(plot.clientWidth, 50);
    paint(painter, width);
  }

  function paint(target, width) {
    const height = AXIS + rows.length * ROW;
    const least = 10 ** Math.floor(Math.log10(Math.max(Math.min(...rows.flatMap((row) => row.items.map((item) => item.end - item.start))), 100)));
    const most = Math.max(...rows.map((row) => row.max), least * 10) * 1.3;
    const x = (micros) => MARGIN + (Math.log(Math.max(micros, least) / least) / Math.log(most / least)) * (width - 2 * MARGIN);
    points = [];
    target.begin(width, height);
    let before = -Infinity;
    for (let tick = least; tick <= most; tick *= 10) {
      target.line(x(tick) + 0.5, AXIS - 4, x(tick) + 0.5, height, colours.grid);
      if (x(tick) - before > 50) target.text(x(tick), AXIS / 2, formatDuration(tick), colours.quiet, { align: "center" });
      if (x(tick) - before > 50) before = x(tick);
    }
    rows.forEach((row, place) => {
      const top = AXIS + place * ROW;
      const middle = top + ROW / 2;
      target.line(0, top + ROW - 0.5, width, top + ROW - 0.5, colours.grid);
      target.line(x(row.least), middle, x(row.max), middle, colours.line, 2);
      row.items.forEach((item, number) => {
        const spread = (((number * 7919) % 13) / 12 - 0.5) * (ROW - 16);
        const [px, py] = [x(item.end - item.start), middle + (row.items.length > 1 ? spread : 0)];
        points.push([px, py, item]);
        if (item.state === FAILED) drawCross(target, px, py, 3, colours.fault);
        else target.circle(px, py, 2.6, { fill: colours.accent, alpha: 0.6 });
      });
      for (const [value, thickness] of [[row.p50, 2], [row.p95, 1.2]]) target.line(x(value), top + 5, x(value), top + ROW - 5, colours.ink, thickness);
      target.line(x(row.p95) + 3, top + 5, x(row.p95) + 3, top + ROW - 5, colours.ink, 1.2);
    });
  }

  /** The plot as lines, for paper. */
  function onPaper() {
    if (!rows.length) return;
    const sheet = new SvgPainter("latency by method");
    paint(sheet, PAPER_PLOT);
    plot.querySelector("svg")?.remove();
    plot.append(sheet.root);
  }

  function nearest(event) {
    let best = null;
    let least = 8;
    for (const [x, y, item] of points) {
      const away = Math.hypot(event.offsetX - x, event.offsetY - y);
      if (away < least) [best, least] = [item, away];
    }
    return best;
  }

  canvas.addEventListener("click", (event) => {
    const item = nearest(event);
    if (item) openCall(item);
  });
  canvas.addEventListener("pointermove", (event) => {
    const item = nearest(event);
    canvas.title = item ? timeline.describe(item) : "";
    canvas.classList.toggle("over", item !== null);
  });
  whenChanged(["filter"], show);
  whenChanged(["theme"], draw);
  new ResizeObserver(draw).observe(plot);
  return { node, show, onPaper };
})();
