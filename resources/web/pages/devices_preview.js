// A camera's own picture, as it comes, and in words how it is: what is old is grey and says how old.

import { el } from "../base/dom.js";
import { mark, say } from "../base/words.js";
import { JpegFeed } from "../live/jpeg.js";
import { Screen } from "../live/screen.js";
import { stateWord } from "../parts/marks.js";

const WIDTH = 640;
const STALE_MS = 3000;
const TICK_MS = 500;
const AWAY = new Set(["reconnecting", "offline"]);

export class Preview {
  constructor(device) {
    this.device = device;
    this.screen = new Screen();
    this.stage = el("div", { className: "stage", attrs: { role: "img" } }, this.screen.element);
    this.headline = el("strong");
    this.detail = el("p");
    const over = el("div", { className: "over" }, this.headline, this.detail);
    this.element = el("div", { className: "camera-preview" }, this.stage, over);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.stage);
    this.follow = () => (document.hidden ? this.pause() : this.watch());
    document.addEventListener("visibilitychange", this.follow);
    this.clock = setInterval(() => this.tell(), TICK_MS);
    this.follow();
    this.show(device);
  }

  end() {
    document.removeEventListener("visibilitychange", this.follow);
    clearInterval(this.clock);
    this.sizes.disconnect();
    this.pause();
  }

  // Nobody looks at a page that is not in front.
  pause() {
    this.feed?.end();
    this.feed = null;
  }

  watch() {
    if (this.feed) return;
    this.shownAt = undefined;
    this.feed = new JpegFeed(`/ws/device-preview/${this.device.id}`, WIDTH, {
      onText: (message) => message.type === "state" && this.show(message),
      onShown: () => this.shown(),
      onDown: (seconds) => (this.nextTryAt = performance.now() + seconds * 1000),
    });
    this.screen.clear();
  }

  show(device) {
    this.device = device;
    this.stage.setAttribute("aria-label", device.name);
    this.tell();
  }

  draw() {
    this.screen.fit(this.stage);
    if (this.feed) this.screen.paint(this.feed.picture);
  }

  shown() {
    this.draw();
    this.shownAt = performance.now();
    this.nextTryAt = 0;
    if (this.element.dataset.age !== "fresh") this.tell();
  }

  tell() {
    const oldMs = performance.now() - this.shownAt;
    const age = this.shownAt === undefined ? "none" : oldMs < STALE_MS ? "fresh" : "stale";
    this.element.dataset.age = age;
    if (age === "fresh") return;
    const lost = this.nextTryAt > 0;
    const word = lost ? mark("No connection to the station") : this.stateWord();
    if (age === "stale") say(this.headline, mark("STALE {seconds} s"), { seconds: Math.floor(oldMs / 1000) });
    else say(this.headline, word);
    if (lost) say(this.detail, age === "stale" ? word : "");
    else this.why(age);
  }

  why(age) {
    const { state, last_error: error } = this.device;
    if (AWAY.has(state) && error) say(this.detail, "{problem}", { problem: error.message });
    else say(this.detail, age === "stale" ? this.stateWord() : "");
  }

  // One that nobody uses is about to be connected to: it is watched now.
  stateWord() {
    const { state } = this.device;
    return state === "online"
      ? mark("Waiting for the first picture")
      : stateWord("devices", state === "idle" ? "connecting" : state);
  }
}
