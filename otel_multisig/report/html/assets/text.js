// Elements and words. All text goes through text nodes: nothing that a recording says is ever read as markup.

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

/** An element: `options` are its properties class, text, attributes and on (listeners); children are nodes or texts. */
function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  if (options.class) element.className = options.class;
  if (options.text !== undefined) element.textContent = options.text;
  for (const [name, value] of Object.entries(options.attributes || {})) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  for (const [name, listener] of Object.entries(options.on || {})) element.addEventListener(name, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Text of a recording: apart from the sentence around it, whichever way its script runs. */
function said(text, name = "") {
  return make("bdi", { class: name ? `said ${name}` : "said", text });
}

function button(label, onClick, options = {}) {
  return make("button", { ...options, text: label, attributes: { type: "button", ...options.attributes }, on: { click: onClick } });
}

const MILLISECOND = 1000;
const SECOND = 1000 * MILLISECOND;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration of microseconds in words. A number that rounding would bring to the next unit is told in that. */
function formatDuration(micros) {
  const size = Math.abs(micros);
  if (size < 9.95 * MILLISECOND) return `${trim(micros / MILLISECOND, size < MILLISECOND ? 2 : 1)} ms`;
  if (size < 999.5 * MILLISECOND) return `${Math.round(micros / MILLISECOND)} ms`;
  if (size < 59.995 * SECOND) return `${trim(micros / SECOND, 2)} s`;
  const sign = micros < 0 ? "-" : "";
  const [seconds, minutes, hours] = [SECOND, MINUTE, HOUR].map((unit) => Math.round(size / unit));
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (minutes < 24 * 60) return `${sign}${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function trim(value, digits) {
  return value.toFixed(digits).replace(/\.?0+$/, "") || "0";
}

function pad(value, width = 2) {
  return String(value).padStart(width, "0");
}

/** Time since the first set-up began, with as many digits as a step of so many microseconds needs. */
function formatRelative(micros, step = MILLISECOND) {
  const sign = micros < 0 ? "−" : "+";
  const size = Math.abs(micros);
  if (size < MINUTE) {
    const digits = step >= SECOND ? 0 : step >= 100 * MILLISECOND ? 1 : step >= 10 * MILLISECOND ? 2 : step >= MILLISECOND ? 3 : 6;
    return `${sign}${(size / SECOND).toFixed(digits)} s`;
  }
  const days = Math.floor(size / DAY);
  const hours = Math.floor((size % DAY) / HOUR);
  const clock = `${pad(Math.floor((size % HOUR) / MINUTE))}:${formatSeconds(size % MINUTE, step)}`;
  if (days) return `${sign}${days} d ${pad(hours)}:${clock}`;
  return hours ? `${sign}${hours}:${clock}` : `${sign}${clock}`;
}

function formatSeconds(micros, step) {
  const whole = pad(Math.floor(micros / SECOND));
  if (step >= SECOND) return whole;
  const fraction = pad(Math.floor(micros % SECOND), 6);
  return `${whole}.${fraction.slice(0, step >= MILLISECOND ? 3 : 6)}`;
}

/** A time of day, in this place's time or in UTC; the date stands before it where it is wanted. */
function formatAbsolute(micros, origin, utc, options = {}) {
  const step = options.step === undefined ? MILLISECOND : options.step;
  const exact = origin + micros / MILLISECOND;
  const date = new Date(Math.floor(exact));
  if (Number.isNaN(date.getTime())) return "no known time";
  const get = (part) => (utc ? date[`getUTC${part}`]() : date[`get${part}`]());
  const day = `${pad(get("FullYear"), 4)}-${pad(get("Month") + 1)}-${pad(get("Date"))}`;
  const rest = (exact - Math.floor(exact)) * MILLISECOND;
  const second = get("Seconds") * SECOND + get("Milliseconds") * MILLISECOND + rest;
  const seconds = step >= MINUTE ? "" : `:${formatSeconds(second, step)}`;
  const clock = `${pad(get("Hours"))}:${pad(get("Minutes"))}${seconds}`;
  return options.date === false ? clock : `${day} ${clock}${options.zone === false ? "" : utc ? " UTC" : ` ${zoneOf(date)}`}`;
}

function zoneOf(date) {
  const minutes = -date.getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "−" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

function count(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** A long text with its middle left out. */
function shorten(text, length) {
  if (text.length <= length) return text;
  const tail = Math.min(6, Math.floor(length / 4));
  return `${text.slice(0, length - tail - 1)}…${text.slice(text.length - tail)}`;
}

function shortHash(hash) {
  return /^[0-9a-f]{16,}$/.test(hash) ? hash.slice(0, 8) : shorten(hash, 14);
}

function words(name) {
  return name.replaceAll("_", " ");
}
