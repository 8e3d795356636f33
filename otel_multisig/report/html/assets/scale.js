// The axis of time. Stretches in which nothing happened can be folded, so that set-ups of different days fit beside
// each other. A place on the axis is counted in microseconds of unfolded time.

const LEAST_FOLD = 2 * SECOND;
const MOST_TICKS = 2000;

class Axis {
  /** `spans` are pairs of start and end that must be seen; `fold` whether what lies between is folded. */
  constructor(spans, fold) {
    this.segments = [];
    const busy = Axis.join(spans);
    if (!busy.length) busy.push([0, SECOND]);
    const longest = Math.max(...busy.map(([start, end]) => end - start));
    const least = Math.max(LEAST_FOLD, longest / 2);
    const active = busy.reduce((sum, [start, end]) => sum + end - start, 0) || SECOND;
    let place = 0;
    let current = null;
    for (const [start, end] of busy) {
      if (current && (!fold || start - current.end < least)) {
        current.end = end;
        continue;
      }
      if (current) {
        place = current.place + current.end - current.start;
        const size = Math.max(1, active * 0.012);
        this.segments.push({ start: current.end, end: start, place, size, folded: true });
        place += size;
      }
      current = { start, end, place, folded: false };
      this.segments.push(current);
    }
    for (const segment of this.segments) if (!segment.folded) segment.size = Math.max(segment.end - segment.start, 1);
    const last = this.segments[this.segments.length - 1];
    this.total = last.place + last.size;
    this.folds = this.segments.filter((segment) => segment.folded).length;
  }

  static join(spans) {
    const sorted = spans.map(([start, end]) => [start, Math.max(start, end)]).sort((one, other) => one[0] - other[0]);
    const joined = [];
    for (const [start, end] of sorted) {
      const last = joined[joined.length - 1];
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else joined.push([start, end]);
    }
    return joined;
  }

  /** The segment that begins last of those that begin at or before a value, by `key`. */
  segment(key, value) {
    const { segments } = this;
    let low = 0;
    let high = segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (segments[middle][key] <= value) low = middle;
      else high = middle - 1;
    }
    return segments[low];
  }

  /** Where a time lies. */
  place(time) {
    const segment = this.segment("start", time);
    const length = Math.max(segment.end - segment.start, 1);
    const share = (time - segment.start) / length;
    return segment.place + segment.size * (segment.folded ? Math.min(Math.max(share, 0), 1) : share);
  }

  /** The time of a place. */
  time(place) {
    const segment = this.segment("place", place);
    return segment.start + ((place - segment.place) / segment.size) * Math.max(segment.end - segment.start, 1);
  }
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((step) => [step, step * 1000])
  .concat([1, 2, 5, 10, 15, 30].map((step) => step * SECOND), [1, 2, 5, 10, 15, 30].map((step) => step * MINUTE))
  .concat([1, 2, 3, 6, 12].map((step) => step * HOUR), [1, 2, 7, 14, 30, 90, 365].map((step) => step * DAY))
  .sort((one, other) => one - other);

/** What is seen of the axis: from one place to another, over so many pixels. */
class View {
  constructor(axis, width) {
    this.axis = axis;
    this.width = width;
    this.reset();
  }

  reset() {
    const margin = this.axis.total * 0.01;
    this.from = -margin;
    this.to = this.axis.total + margin;
  }

  get whole() {
    return this.to - this.from >= this.axis.total;
  }

  x(time) {
    return this.at(this.axis.place(time));
  }

  at(place) {
    return ((place - this.from) / (this.to - this.from)) * this.width;
  }

  placeAt(x) {
    return this.from + (x / this.width) * (this.to - this.from);
  }

  pan(pixels) {
    const shift = (pixels / this.width) * (this.to - this.from);
    this.set(this.from + shift, this.to + shift);
  }

  zoom(factor, x = this.width / 2) {
    const fixed = this.placeAt(x);
    this.set(fixed - (fixed - this.from) * factor, fixed + (this.to - fixed) * factor);
  }

  set(from, to) {
    const margin = this.axis.total * 0.01;
    const size = Math.min(Math.max(to - from, 10), this.axis.total + 2 * margin);
    const middle = (from + to) / 2;
    this.from = Math.min(Math.max(middle - size / 2, -margin), this.axis.total + margin - size);
    this.to = this.from + size;
  }

  /** Show a stretch of time with some room around it. */
  show(start, end) {
    const from = this.axis.place(start);
    const to = this.axis.place(end);
    const room = Math.max((to - from) * 0.08, 5);
    this.set(from - room, to + room);
  }

  /** Ticks: x, time and step, none nearer than `apart` to the one before. */
  ticks(apart) {
    const each = (this.to - this.from) / this.width;
    const step = STEPS.find((one) => one / each >= apart) || STEPS[STEPS.length - 1];
    const found = [];
    let before = -Infinity;
    for (const segment of this.axis.segments) {
      const left = this.at(segment.place);
      const right = this.at(segment.place + segment.size);
      if (segment.folded || right < 0 || left > this.width) continue;
      const zero = state.clock === "relative" ? 0 : this.midnight(step);
      const first = Math.max(segment.start, this.axis.time(Math.max(this.from, segment.place)));
      let time = Math.ceil((first - zero) / step) * step + zero;
      const start = { x: left, time: segment.start, step, begins: true };
      if (this.axis.folds && left >= 0 && left - before >= apart) {
        found.push(start);
        before = left;
      }
      // Far from the first set-up a step may be too small for a number to bear it.
      for (let seen = 0; seen < MOST_TICKS && time <= segment.end && this.x(time) <= this.width; time += step, seen += 1) {
        const x = this.x(time);
        if (x - before < apart) continue;
        found.push({ x, time, step, begins: false });
        before = x;
      }
    }
    return found;
  }

  /** The time, as the page counts, of a midnight, so that ticks stand at round times of day. */
  midnight() {
    const date = new Date(record.origin);
    if (Number.isNaN(date.getTime())) return 0;
    if (state.clock === "utc") date.setUTCHours(0, 0, 0, 0);
    else date.setHours(0, 0, 0, 0);
    return (date.getTime() - record.origin) * MILLISECOND;
  }
}
