// One task's picture, and one line under it that says how it is.

import { el } from "../base/dom.js";
import { Line } from "../base/line.js";
import { mark, say } from "../base/words.js";

const STALE_MS = 3000;
const RATE_OVER_MS = 2000;
const STATES = {
  stopped: mark("Stopped"),
  starting: mark("Starting"),
  running: mark("Running"),
  reconnecting: mark("Reconnecting"),
  stopping: mark("Stopping"),
  interrupted: mark("Interrupted"),
  error: mark("Error"),
};
const LIVE = new Set(["running", "reconnecting"]);

export class Tile {
  constructor(task) {
    this.shownAt = [];
    this.build();
    this.update(task);
    this.line = new Line(`/ws/tasks/${task.id}`, {
      onText: (message) => (this.latency = message.latency_ms ?? this.latency),
      onBytes: (blob) => this.draw(blob),
    });
  }

  build() {
    this.canvas = el("canvas", { width: 1280, height: 720, role: "img" });
    this.headline = el("strong");
    this.detail = el("p");
    this.word = el("span", { className: "word" });
    this.name = el("span", { className: "name" });
    this.algorithm = el("span", { className: "algorithm" });
    this.rate = el("span", { className: "figure" });
    this.delay = el("span", { className: "figure" });
    const over = el("div", { className: "over" }, this.headline, this.detail);
    const state = el("span", { className: "state" }, el("i", { className: "mark" }), this.word);
    this.element = el(
      "figure",
      { className: "tile" },
      el("div", { className: "picture" }, this.canvas, over),
      el("figcaption", {}, state, this.name, this.algorithm, this.rate, this.delay),
    );
  }

  end() {
    this.line.end();
    this.element.remove();
  }

  update(task) {
    this.task = task;
    this.element.dataset.state = task.state;
    say(this.word, STATES[task.state] ?? task.state);
    this.name.textContent = this.name.title = this.canvas.ariaLabel = task.name;
    this.algorithm.textContent = this.algorithm.title = task.algorithm.name;
    this.tick();
  }

  // Without the station nobody knows how the task is: the last word would be a guess.
  lose() {
    this.element.dataset.state = "unknown";
    say(this.word, mark("Unknown"));
  }

  // The newest picture wins: one that comes while another is decoded takes its turn, older ones are passed over.
  async draw(blob) {
    this.waiting = blob;
    if (this.busy) return;
    this.busy = true;
    while (this.waiting) {
      const picture = this.waiting;
      this.waiting = null;
      await createImageBitmap(picture).then((bitmap) => this.paint(bitmap), () => {});
    }
    this.busy = false;
  }

  paint(bitmap) {
    const { canvas } = this;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    }
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    this.shownAt.push(performance.now());
    if (this.element.dataset.age !== "fresh") this.tick();
  }

  // Twice a second: how old the picture is, and how many there were.
  tick() {
    const now = performance.now();
    const last = this.shownAt.at(-1);
    this.shownAt = this.shownAt.filter((at) => now - at < RATE_OVER_MS || at === last);
    const live = LIVE.has(this.task.state) && last !== undefined;
    const age = live ? (now - last < STALE_MS ? "fresh" : "stale") : "none";
    this.element.dataset.age = age;
    this.cover(age, now - last);
    const fresh = age === "fresh";
    say(this.rate, fresh ? mark("{fps} fps") : "", fresh ? { fps: this.fps(now) } : {});
    say(this.delay, fresh ? mark("{ms} ms") : "", fresh ? { ms: Math.round(this.latency ?? 0) } : {});
  }

  fps(now) {
    const recent = this.shownAt.filter((at) => now - at < RATE_OVER_MS);
    return Math.round((recent.length * 1000) / RATE_OVER_MS);
  }

  cover(age, oldMs) {
    const seconds = Math.floor(oldMs / 1000);
    const waiting = this.task.state === "running" ? mark("Waiting for the first picture") : STATES[this.task.state];
    if (age === "stale") say(this.headline, mark("STALE {seconds} s"), { seconds });
    else say(this.headline, age === "none" ? waiting : "");
    this.detail.textContent = age === "fresh" ? "" : (this.task.error?.message ?? "");
    if (age === "none" && this.shownAt.length) this.clear();
  }

  clear() {
    this.shownAt = [];
    this.canvas.getContext("2d").clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}
