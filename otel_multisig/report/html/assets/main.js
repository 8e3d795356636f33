// The page, put together.

function applyTheme() {
  document.documentElement.dataset.theme = state.theme;
  readColours();
}

function heading() {
  const made = formatAbsolute(record.made * MILLISECOND, 0, false, { step: SECOND });
  const first = record.setups.length ? `First set-up ${formatAbsolute(0, record.origin, false, { step: SECOND })}. ` : "";
  const skew = record.clockSkew ? ` Clocks may differ by ${formatDuration(record.clockSkew)}.` : "";
  return make(
    "header",
    { class: "top" },
    make("div", {}, make("h1", {}, said(record.title)), make("p", { class: "quiet", text: `${first}Made ${made} by ${record.generator}.${skew}` })),
    controls.themeSwitch(),
  );
}

function contents() {
  const parts = [["verdicts", "Verdicts"], ["timeline", "Timeline"], ["snapshots", "Snapshots"], ["latency", "Latency"]];
  return make("nav", { class: "contents", attributes: { "aria-label": "Contents" } }, ...parts.map(([id, text]) => make("a", { text, attributes: { href: `#${id}` } })));
}

function buildPage() {
  const stage = make(
    "section",
    { class: "board", attributes: { id: "timeline", "aria-labelledby": "timeline-title" } },
    make("h2", { text: "Timeline", attributes: { id: "timeline-title" } }),
    controls.filters(),
    controls.tools(),
    make("div", { class: "columns" }, make("div", { class: "drawn" }, overview.node, timeline.node), panel.node),
    make("div", { class: "paper", attributes: { id: "paper", "aria-hidden": "true" } }),
    controls.legend(),
  );
  const page = document.getElementById("page");
  page.append(heading(), ...(record.setups.length ? [contents()] : []), make("main", {}, verdicts.build(), verdicts.problems(), ...(record.setups.length ? [stage, matrix.node, latency.node] : [])));
}

state.theme = "auto";
listeners.unshift({ keys: ["theme"], listener: applyTheme });
applyTheme();
buildPage();
if (record.setups.length) {
  matrix.offer();
  timeline.arrange();
  matrix.show();
  latency.show();
}
window.addEventListener("beforeprint", drawOnPaper);
window.addEventListener("afterprint", leavePaper);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  applyTheme();
  timeline.redraw();
  latency.show();
});
requestAnimationFrame(() => {
  performance.mark("report-drawn");
  document.documentElement.dataset.drawn = "true";
});
