// How each task did since the page was opened, for the last hour at most: from the figures that its events bring.

import { whenTokenChanges } from "./session.js";
import { store } from "./store.js";

export const STEP_MS = 5000;
const KEPT_MS = 3_600_000;
const LONGEST_SILENCE_MS = 30_000; // a camera may give a frame every ten seconds and be well
const histories = new Map();

// Samples of five seconds, oldest first: { at, begins, fps_in, fps_out, latency_ms, latency_p95_ms, objects, dropped };
// `at` in milliseconds since the epoch, `begins` where the task did not run before.
export const samplesOf = (id) => histories.get(id)?.samples ?? [];

class History {
  constructor() {
    this.samples = [];
    this.pause();
  }

  // What comes next is not connected to what was before.
  pause() {
    Object.assign(this, { open: [], begins: true, dropped: null });
  }

  add(stats, now) {
    if (now - this.lastAt > LONGEST_SILENCE_MS) this.pause();
    if (this.open.length && now - this.openedAt >= STEP_MS) this.close();
    if (!this.open.length) this.openedAt = now;
    this.open.push(stats);
    this.lastAt = now;
  }

  close() {
    const of = (name) => this.open.map((stats) => stats[name]);
    const mean = (name) => of(name).reduce((sum, value) => sum + value, 0) / this.open.length;
    const last = this.open.at(-1).dropped;
    this.samples.push({
      at: this.openedAt,
      begins: this.begins,
      fps_in: mean("fps_in"),
      fps_out: mean("fps_out"),
      latency_ms: mean("latency_ms"),
      latency_p95_ms: Math.max(...of("latency_p95_ms")),
      objects: Math.max(...of("objects")),
      dropped: Math.max(0, last - (this.dropped ?? this.open[0].dropped)),
    });
    while (this.samples[0].at < this.openedAt - KEPT_MS) this.samples.shift();
    Object.assign(this, { open: [], begins: false, dropped: last });
  }
}

store.watch("stats", ({ task_id: id, stats }) => {
  if (!histories.has(id)) histories.set(id, new History());
  histories.get(id).add(stats, Date.now());
});
store.watch("task", ({ task }) => task.state !== "running" && histories.get(task.id)?.pause());
store.watch("task_deleted", ({ id }) => histories.delete(id));
store.watch("connection", () => store.connection.up || histories.forEach((history) => history.pause()));
whenTokenChanges((token) => token || histories.clear());
