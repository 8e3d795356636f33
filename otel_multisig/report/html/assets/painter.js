// What draws: on a canvas for the screen, as SVG for paper. Both take the same calls.

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const CATEGORIES = 8;

/** The colours as the style sheet names them, in the theme that is shown. */
const colours = {};

function readColours() {
  const probe = make("span");
  document.body.append(probe);
  const names = ["paper", "raised", "line", "grid", "ink", "quiet", "accent", "fault", "fault-ink", "link", "band", "band-edge", "mark", "fold", "on-bar"];
  for (let number = 1; number <= CATEGORIES; number += 1) names.push(`c${number}`);
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}

function category(number) {
  return colours[`c${(number % CATEGORIES) + 1}`];
}

const widths = new Map();
const measuring = document.createElement("canvas").getContext("2d");

function textWidth(text, size, bold = false) {
  const key = `${size}${bold}${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    measuring.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
    width = measuring.measureText(text).width;
    if (widths.size > 5000) widths.clear();
    widths.set(key, width);
  }
  return width;
}

class CanvasPainter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
  }

  begin(width, height) {
    const scale = window.devicePixelRatio || 1;
    const [wide, high] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.clearRect(0, 0, width, height);
  }

  rect(x, y, width, height, fill, alpha = 1) {
    this.context.globalAlpha = alpha;
    this.context.fillStyle = fill;
    this.context.fillRect(x, y, width, height);
    this.context.globalAlpha = 1;
  }

  frame(x, y, width, height, stroke, line = 1) {
    this.context.strokeStyle = stroke;
    this.context.lineWidth = line;
    this.context.strokeRect(x, y, width, height);
  }

  /** A bar that fades away to the right. */
  fade(x, y, width, height, fill) {
    const gradient = this.context.createLinearGradient(x, 0, x + width, 0);
    gradient.addColorStop(0, fill);
    gradient.addColorStop(1, fill.replace("rgb(", "rgba(").replace(")", ", 0.06)"));
    this.context.fillStyle = gradient;
    this.context.fillRect(x, y, width, height);
  }

  path(points, { fill = null, stroke = null, width = 1, closed = true, alpha = 1 }) {
    const { context } = this;
    context.globalAlpha = alpha;
    context.beginPath();
    points.forEach(([x, y], place) => (place ? context.lineTo(x, y) : context.moveTo(x, y)));
    if (closed) context.closePath();
    this.finish(fill, stroke, width, []);
    context.globalAlpha = 1;
  }

  circle(x, y, radius, { fill = null, stroke = null, width = 1, alpha = 1 }) {
    this.context.globalAlpha = alpha;
    this.context.beginPath();
    this.context.arc(x, y, radius, 0, 2 * Math.PI);
    this.finish(fill, stroke, width, []);
    this.context.globalAlpha = 1;
  }

  line(x1, y1, x2, y2, stroke, width = 1, dash = []) {
    this.context.beginPath();
    this.context.moveTo(x1, y1);
    this.context.lineTo(x2, y2);
    this.finish(null, stroke, width, dash);
  }

  curve(x1, y1, x2, y2, bend, stroke, width, dash = []) {
    this.context.beginPath();
    this.context.moveTo(x1, y1);
    this.context.bezierCurveTo(x1 + bend, y1 + (y2 - y1) * 0.35, x2 - bend, y2 - (y2 - y1) * 0.35, x2, y2);
    this.finish(null, stroke, width, dash);
  }

  finish(fill, stroke, width, dash) {
    if (fill) {
      this.context.fillStyle = fill;
      this.context.fill();
    }
    if (stroke) {
      this.context.strokeStyle = stroke;
      this.context.lineWidth = width;
      this.context.setLineDash(dash);
      this.context.stroke();
      this.context.setLineDash([]);
    }
  }

  text(x, y, words, fill, { size = 11, align = "left", bold = false } = {}) {
    this.context.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
    this.context.textAlign = align;
    this.context.textBaseline = "middle";
    this.context.fillStyle = fill;
    this.context.fillText(words, x, y);
  }
}

class SvgPainter {
  constructor(label) {
    this.root = this.element("svg", { role: "img", "aria-label": label });
    this.fades = 0;
  }

  begin(width, height) {
    this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.root.setAttribute("width", "100%");
  }

  element(tag, attributes) {
    const element = document.createElementNS(SVG_NAMESPACE, tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
    return element;
  }

  add(tag, attributes) {
    for (const [name, value] of Object.entries(attributes)) if (typeof value === "number") attributes[name] = Math.round(value * 100) / 100;
    const element = this.element(tag, attributes);
    this.root.append(element);
    return element;
  }

  rect(x, y, width, height, fill, alpha = 1) {
    this.add("rect", { x, y, width: Math.max(width, 0), height, fill, "fill-opacity": alpha === 1 ? null : alpha });
  }

  frame(x, y, width, height, stroke, line = 1) {
    this.add("rect", { x, y, width: Math.max(width, 0), height, fill: "none", stroke, "stroke-width": line });
  }

  fade(x, y, width, height, fill) {
    const parts = 8;
    for (let part = 0; part < parts; part += 1) this.rect(x + (part * width) / parts, y, width / parts, height, fill, 1 - part / parts);
  }

  path(points, { fill = null, stroke = null, width = 1, closed = true, alpha = 1 }) {
    const places = points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join(" L ");
    this.add("path", { d: `M ${places}${closed ? " Z" : ""}`, fill: fill || "none", stroke, "stroke-width": stroke ? width : null, opacity: alpha });
  }

  circle(x, y, radius, { fill = null, stroke = null, width = 1, alpha = 1 }) {
    this.add("circle", { cx: x, cy: y, r: radius, fill: fill || "none", stroke, "stroke-width": stroke ? width : null, opacity: alpha });
  }

  line(x1, y1, x2, y2, stroke, width = 1, dash = []) {
    this.add("line", { x1, y1, x2, y2, stroke, "stroke-width": width, "stroke-dasharray": dash.length ? dash.join(" ") : null });
  }

  curve(x1, y1, x2, y2, bend, stroke, width, dash = []) {
    const places = [x1, y1, x1 + bend, y1 + (y2 - y1) * 0.35, x2 - bend, y2 - (y2 - y1) * 0.35, x2, y2].map((one) => one.toFixed(2));
    const d = `M ${places[0]} ${places[1]} C ${places.slice(2).join(" ")}`;
    this.add("path", { d, fill: "none", stroke, "stroke-width": width, "stroke-dasharray": dash.length ? dash.join(" ") : null });
  }

  text(x, y, words, fill, { size = 11, align = "left", bold = false } = {}) {
    const anchor = { left: "start", center: "middle", right: "end" }[align];
    const attributes = { x, y, fill, "font-size": size, "text-anchor": anchor, "dominant-baseline": "central", "font-family": FONT };
    this.add("text", { ...attributes, "font-weight": bold ? 600 : null }).textContent = words;
  }
}
