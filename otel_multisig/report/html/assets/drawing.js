// How lanes look: bands for rounds, bars for calls, marks for all else, lines for interference.

const LEAST_BAR = 2;

/** The colour of an item: by role where lanes are escrows, by escrow where lanes are servers. */
function colourOf(item) {
  if (state.lanes === "port") return category(item.setup.index);
  const place = record.roles.indexOf(item.role);
  return item.role === NO_ROLE ? colours.quiet : category(place);
}

function drawAxis(painter, view, height) {
  for (const tick of view.ticks(tickRoom())) {
    painter.line(tick.x + 0.5, height - 5, tick.x + 0.5, height, colours.quiet);
    painter.text(tick.x + 3, height / 2, tickText(tick), colours.quiet, { size: 11 });
  }
}

function tickRoom() {
  return state.clock === "relative" ? 84 : 104;
}

function tickText(tick) {
  const step = tick.begins ? Math.min(tick.step, 100 * MILLISECOND) : tick.step;
  if (state.clock === "relative") return formatRelative(tick.time, step);
  const day = tick.begins && record.setups.length > 1 && tick.step >= SECOND;
  const text = formatAbsolute(tick.time, record.origin, state.clock === "utc", { step: day ? MINUTE : tick.step, zone: false, date: day || tick.step >= HOUR });
  return day || tick.step >= HOUR ? text.slice(5) : text;
}

/** All lanes between two heights of the whole; `shift` is what lies above the picture. */
function drawLanes(painter, lanes, view, top, bottom, shift) {
  for (const tick of view.ticks(tickRoom())) painter.line(tick.x + 0.5, 0, tick.x + 0.5, bottom - top, colours.grid);
  drawFolds(painter, view, bottom - top);
  const shown = lanes.between(top, bottom);
  for (const lane of shown) drawLane(painter, lane, lanes.size, view, shift);
  for (const lane of shown) for (const row of lane.rows) drawRow(painter, row, lanes.size, view, shift);
}

function drawFolds(painter, view, height) {
  for (const segment of view.axis.segments) {
    if (!segment.folded) continue;
    const left = view.at(segment.place);
    const right = view.at(segment.place + segment.size);
    if (right < 0 || left > view.width) continue;
    painter.rect(left, 0, Math.max(right - left, 1), height, colours.fold);
    if (right - left > 70) painter.text((left + right) / 2, 8, `${formatDuration(segment.end - segment.start)} idle`, colours.quiet, { size: 10, align: "center" });
  }
}

function drawLane(painter, lane, size, view, shift) {
  const y = lane.y - shift;
  painter.line(0, y + lane.height + size.gap / 2 + 0.5, view.width, y + lane.height + size.gap / 2 + 0.5, colours.grid);
  for (const part of lane.parts) {
    const left = view.x(part.start);
    const right = Math.max(view.x(part.end), left + 1);
    if (right < 0 || left > view.width) continue;
    const top = part.row ? part.row.y - shift : y + size.top;
    const height = part.row ? size.row : lane.rows.length * size.row;
    if (lane.setup && lane.setup === state.setup) painter.rect(left, top - 1, right - left, height + 2, colours.accent, 0.07);
    drawRounds(painter, part, lane, size, view, { top, height, label: y, shift });
    const middle = part.row ? [part.row.y] : lane.rows.map((row) => row.y);
    if (part.row && size.lead && right - left > 30) painter.text(Math.max(left, 0) + 1, top - 6, fit(part.setup.short, right - left, 10), category(part.setup.index), { size: 10, bold: true });
    for (const each of middle) painter.line(left, each - shift + size.row / 2 + 0.5, right, each - shift + size.row / 2 + 0.5, colours.line);
  }
}

function drawRounds(painter, part, lane, size, view, box) {
  for (const round of part.rounds) {
    const left = Math.max(view.x(Math.max(round.start, part.start)), -2);
    const right = Math.min(view.x(Math.min(round.last, part.end)), view.width + 2);
    if (right < 0 || left > view.width || right - left < 1) continue;
    painter.rect(left, box.top, right - left, box.height, colours.band, round.round % 2 ? 1 : 0.55);
    if (round.state !== FINE) painter.line(right - 0.5, box.top, right - 0.5, box.top + box.height, colours.fault, 1);
    if (lane.setup && size.top && right - left > 24) {
      const words = right - left > 52 ? `round ${round.round}` : `r${round.round}`;
      painter.text(Math.max(left, 0) + 3, box.label + size.top / 2 + 1, words, colours.quiet, { size: 10 });
    }
    painter.line(left + 0.5, box.top - (lane.setup ? size.top - 4 : 0), left + 0.5, box.top + box.height, colours["band-edge"]);
  }
}

function drawRow(painter, row, size, view, shift) {
  const y = row.y - shift;
  const marks = [];
  for (const item of row.items) {
    if (!matchesRole(item)) continue;
    const left = view.x(item.start);
    if (left > view.width + 20) continue;
    if (!item.spans) {
      if (left >= -20) marks.push([item, left]);
      continue;
    }
    const right = view.x(item.last);
    if (right >= -20) drawBar(painter, item, left, right, y, size, view);
  }
  for (const [item, x] of marks) drawMark(painter, item, x, y + size.row / 2, size);
}

function drawBar(painter, item, left, right, y, size, view) {
  const inset = size.row > 10 ? 3 : 1;
  const height = size.row - 2 * inset;
  const from = Math.max(left, -4);
  const width = Math.max(Math.min(right, view.width + 4) - from, LEAST_BAR);
  const failed = item.state === FAILED;
  const fill = failed ? colours.fault : item.kind === "other" ? colours.quiet : colourOf(item);
  if (item.state === OPEN || item.state === INTERRUPTED) painter.fade(from, y + inset, Math.max(width, 14), height, fill);
  else painter.rect(from, y + inset, width, height, fill, item.kind === "other" ? 0.5 : 1);
  if (width > 4) painter.line(from + 0.5, y + inset, from + 0.5, y + inset + height, colours.paper, 0.6);
  if (size.row > 10 && width > 30) {
    const words = fit(item.name, width - (failed ? 18 : 8), size.label);
    if (words) painter.text(from + 5, y + size.row / 2 + 0.5, words, item.state === OPEN || item.state === INTERRUPTED ? colours.ink : colours["on-bar"], { size: size.label });
  }
  if (failed) drawCross(painter, Math.max(from + width - 7, from + width / 2), y + size.row / 2, size.row > 10 ? 3 : 2, width > 14 ? colours["on-bar"] : colours.fault);
  if (item.proves) drawProof(painter, item, from, y + inset, width, height);
}

function fit(text, width, size) {
  if (textWidth(text, size) <= width) return text;
  const letters = Math.floor(width / (size * 0.56)) - 1;
  return letters >= 4 ? `${text.slice(0, letters)}…` : "";
}

function drawCross(painter, x, y, reach, stroke) {
  painter.line(x - reach, y - reach, x + reach, y + reach, stroke, 1.6);
  painter.line(x - reach, y + reach, x + reach, y - reach, stroke, 1.6);
}

/** A frame around what proves a fault; a stronger one around what proves it first. */
function drawProof(painter, item, x, y, width, height) {
  const first = item.proves.some((finding) => finding.fault && finding.evidence[0].item === item);
  if (state.dense && item.setup !== state.setup) return;
  if (first || item.proves.some((finding) => finding === state.finding)) painter.frame(x - 1.5, y - 1.5, width + 3, height + 3, colours.link, first ? 2 : 1);
}

function drawMark(painter, item, x, y, size) {
  const reach = size.row > 10 ? 4.5 : 3;
  const fill = item.state === FAILED ? colours.fault : colours.mark;
  if (item.kind === "snapshot") {
    const shape = [[x, y - reach], [x + reach, y], [x, y + reach], [x - reach, y]];
    const multisig = item.snapshot && item.snapshot.multisig;
    painter.path(shape, { fill: multisig ? colours.mark : colours.paper, stroke: colours.mark, width: 1.2 });
  } else if (item.kind === "snapshot_failed" || item.kind === "error") {
    drawCross(painter, x, y, reach - 1, colours.fault);
  } else if (item.kind === "fault") {
    painter.path([[x, y - reach], [x + reach, y + reach], [x - reach, y + reach]], { fill: colours.fault });
  } else if (item.kind === "lock" || item.kind === "unlock") {
    const way = item.kind === "lock" ? 1 : -1;
    painter.path([[x - way * reach * 0.7, y - reach], [x + way * reach * 0.7, y], [x - way * reach * 0.7, y + reach]], { fill: item.kind === "lock" ? fill : colours.paper, stroke: fill });
  } else if (item.kind === "file") {
    painter.frame(x - reach * 0.7, y - reach * 0.7, reach * 1.4, reach * 1.4, fill, 1.4);
  } else {
    painter.circle(x, y, reach * 0.7, { fill: item.kind === "state" ? fill : colours.paper, stroke: fill, width: 1.3 });
  }
  if (item.proves) drawProof(painter, item, x - reach - 1, y - reach - 1, 2 * reach + 2, 2 * reach + 2);
}

/** What an act led to: of the evidence on the same server the first after it, else the last before it, else any. */
function harmOf(act, own) {
  const near = own.filter((one) => one.item && act.item && one.item.server !== null && one.item.server === act.item.server);
  const sorted = near.sort((one, other) => one.time - other.time);
  return sorted.find((one) => one.time >= act.time) || sorted.at(-1) || own[0];
}

/** From what another set-up did to what it did to this one. */
function interferences(setups) {
  const wanted = new Set(setups);
  const found = [];
  const add = (finding) => {
    const own = finding.evidence.filter((one) => one.setup === finding.setup);
    for (const one of finding.evidence) {
      if (one.setup && own.length && one.setup !== finding.setup && wanted.has(one.setup)) found.push({ finding, from: one, to: harmOf(one, own) });
    }
    finding.consequences.forEach(add);
  };
  for (const setup of setups) setup.findings.forEach(add);
  return found;
}

function placeOf(evidence, lanes, view, shift) {
  const row = evidence.item && lanes.where.get(evidence.item);
  if (row) {
    const item = evidence.item;
    const time = item.spans ? Math.min(Math.max(evidence.time, item.start), item.last) : item.start;
    return [view.x(time), row.y - shift + lanes.size.row / 2];
  }
  const lane = lanes.lanes.find((one) => one.parts.some((part) => part.setup === evidence.setup));
  return lane ? [view.x(evidence.time), lane.top - shift + lanes.size.row / 2] : null;
}

function drawInterference(painter, lanes, view, links, shift) {
  for (const { finding, from, to } of links) {
    const start = placeOf(from, lanes, view, shift);
    const end = placeOf(to, lanes, view, shift);
    if (!start || !end) continue;
    const strong = finding === state.finding || finding.setup === state.setup;
    const [x1, y1, x2, y2] = [...start, ...end];
    if (Math.max(x1, x2) < -50 || Math.min(x1, x2) > view.width + 50) continue;
    const bend = Math.max(18, Math.min(60, Math.abs(x2 - x1) / 2));
    painter.curve(x1, y1, x2, y2, bend, colours.link, strong ? 2.2 : 1.2, finding.sure ? [] : [4, 3]);
    painter.circle(x1, y1, strong ? 3.5 : 2.5, { fill: colours.link });
    painter.path([[x2, y2], [x2 - 8, y2 - 4], [x2 - 8, y2 + 4]], { fill: colours.link });
  }
}
