// What a tile measures of its own pictures: how often they come, and how late they are.

const WINDOW_MS = 3000;
const LEARN_MS = 15_000;
const CLOCK_JUMPED_MS = 60_000;

// How late a picture is seen, without trusting that both clocks agree: the fastest way of the last seconds, from the
// camera to here, is taken for what the station says of it; what takes longer was held up in between.
class StationClock {
  constructor() {
    this.relearn(Infinity);
  }

  relearn(offset) {
    Object.assign(this, { before: offset, now: offset, since: Date.now() });
  }

  // To be told of each picture's detections as they arrive.
  hear({ at, latency_ms: latency }) {
    if (Date.now() - this.since > LEARN_MS) Object.assign(this, { before: this.now, now: Infinity, since: Date.now() });
    const offset = Date.now() - Date.parse(at) - latency;
    if (offset < this.now) this.now = offset;
  }

  // Milliseconds from the camera's frame to this moment.
  lateness({ at, latency_ms: latency }) {
    const late = Date.now() - Date.parse(at) - Math.min(this.before, this.now);
    if (Number.isFinite(late) && Math.abs(late) < CLOCK_JUMPED_MS) return Math.max(0, late);
    this.relearn(Date.now() - Date.parse(at) - latency);
    return latency;
  }
}

export const stationClock = new StationClock();

export class Figures {
  shown = [];
  last = null;

  // Another run: what was before is no measure of it.
  restart() {
    this.shown = [];
    this.last = null;
  }

  // A picture is seen, `late` milliseconds after its moment.
  add(late) {
    if (!this.last) this.begunAt = performance.now();
    this.last = { at: performance.now(), clock: Date.now(), late };
    this.shown.push(this.last);
    this.forget();
  }

  // Milliseconds since the moment that is shown. One of the two clocks stands still while a computer sleeps, the other
  // may be set back: the older answer counts.
  age() {
    const { at, clock, late } = this.last;
    return Math.max(performance.now() - at, Date.now() - clock) + late;
  }

  // Pictures per second. What has not come before the first and since the last one counts too, so that a stall shows at
  // once and a burst is no high rate.
  rate() {
    this.forget();
    const count = this.shown.length;
    if (count < 2) return (count * 1000) / WINDOW_MS;
    const now = performance.now();
    const first = this.shown[0].at;
    const span = this.shown.at(-1).at - first;
    const usual = span / (count - 1);
    const beyond = (gap) => Math.max(0, gap - usual);
    const before = first - Math.max(this.begunAt, now - WINDOW_MS);
    return ((count - 1) * 1000) / (span + beyond(before) + beyond(now - this.shown.at(-1).at));
  }

  // The median in milliseconds; null where nothing was seen of late.
  latency() {
    this.forget();
    const sorted = this.shown.map(({ late }) => late).sort((one, other) => one - other);
    return sorted.length ? sorted[Math.floor(sorted.length / 2)] : null;
  }

  forget() {
    const limit = performance.now() - WINDOW_MS;
    while (this.shown.length && this.shown[0].at < limit) this.shown.shift();
  }
}
