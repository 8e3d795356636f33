// Where everything lies: lanes of rows. By escrow a lane is a set-up and a row a role; by port a lane is a server and
// a row takes set-ups that were not there at the same time.

const SIZES = {
  roomy: { row: 20, lead: 0, gap: 12, top: 16, label: 11 },
  ports: { row: 20, lead: 14, gap: 10, top: 0, label: 11 },
  dense: { row: 8, lead: 0, gap: 6, top: 0, label: 10 },
};
const NO_SERVER = "no port known";

class Lanes {
  constructor(setups) {
    this.size = state.dense ? SIZES.dense : state.lanes === "port" ? SIZES.ports : SIZES.roomy;
    const pitch = this.size.row + this.size.lead;
    this.lanes = state.lanes === "escrow" ? setups.map((setup) => this.laneOfSetup(setup)) : this.lanesOfServers(setups);
    this.where = new Map();
    let y = 4;
    for (const lane of this.lanes) {
      lane.y = y;
      lane.top = y + this.size.top;
      lane.height = Math.max(this.size.top + lane.rows.length * pitch, 18);
      lane.rows.forEach((row, place) => {
        row.y = lane.top + place * pitch + this.size.lead;
        row.lane = lane;
        row.items.sort((one, other) => one.start - other.start || one.at - other.at);
        for (const item of row.items) this.where.set(item, row);
      });
      y += lane.height + this.size.gap;
    }
    this.height = y;
  }

  laneOfSetup(setup) {
    const rows = setup.roles
      .filter((role) => state.filter.role === null || role === state.filter.role || role === NO_ROLE)
      .map((role) => ({ label: role || "set-up", role, items: setup.items.filter((item) => item.role === role && item.kind !== "round") }));
    return {
      setup,
      label: setup.short,
      full: setup.escrow,
      rows: rows.length ? rows : [{ label: "", role: NO_ROLE, items: [] }],
      parts: [{ setup, start: setup.start, end: setup.end, rounds: setup.items.filter((item) => item.kind === "round"), row: null }],
    };
  }

  lanesOfServers(setups) {
    const servers = new Map();
    for (const setup of setups) {
      for (const item of setup.items) {
        if (item.kind === "round" || !matchesRole(item)) continue;
        const server = item.server ?? (item.role === NO_ROLE ? null : NO_SERVER);
        if (server === null) continue;
        if (!servers.has(server)) servers.set(server, new Map());
        const there = servers.get(server);
        if (!there.has(setup)) there.set(setup, []);
        there.get(setup).push(item);
      }
    }
    const names = [...servers.keys()].sort((one, other) => (one === NO_SERVER) - (other === NO_SERVER) || one.localeCompare(other, "en", { numeric: true }));
    return names.map((name) => this.laneOfServer(name, servers.get(name)));
  }

  laneOfServer(name, there) {
    const parts = [...there].map(([setup, items]) => {
      const start = items.reduce((least, item) => Math.min(least, item.start), Infinity);
      const end = items.reduce((most, item) => Math.max(most, item.last), -Infinity);
      const rounds = setup.items.filter((item) => item.kind === "round" && item.start <= end && item.last >= start);
      return { setup, items, start, end, rounds, row: null };
    });
    parts.sort((one, other) => one.start - other.start);
    const rows = [];
    for (const part of parts) {
      let row = rows.find((one) => one.end < part.start);
      if (!row) rows.push((row = { label: "", role: null, items: [], end: -Infinity }));
      row.items.push(...part.items);
      row.end = part.end;
      part.row = row;
    }
    const roles = [...new Set(parts.flatMap((part) => part.items.map((item) => item.role)))].filter((role) => role !== NO_ROLE);
    return { setup: null, label: name === NO_SERVER ? name : `:${name}`.replace(/^:(.*:)/, "$1"), full: `${name} ${roles.join(", ")}`, sub: roles.join(", "), rows, parts };
  }

  /** The lanes that show between two heights. */
  between(top, bottom) {
    return this.lanes.filter((lane) => lane.y + lane.height >= top && lane.y <= bottom);
  }

  laneAt(y) {
    return this.lanes.find((lane) => y >= lane.y - this.size.gap / 2 && y < lane.y + lane.height + this.size.gap / 2) || null;
  }

  rowAt(y) {
    const lane = this.laneAt(y);
    if (!lane) return null;
    const place = Math.floor((y - lane.top) / (this.size.row + this.size.lead));
    return lane.rows[Math.min(Math.max(place, 0), lane.rows.length - 1)];
  }

  /** All that a reader can step through, row after row. */
  get rows() {
    return this.lanes.flatMap((lane) => lane.rows).filter((row) => row.items.length);
  }
}
