// A camera's own picture, as it comes, and in words how it is: what is old is grey and says how old.

import { el } from "../base/dom.js";
import { Line } from "../base/line.js";
import { mark, say } from "../base/words.js";
import { stateWord } from "../parts/marks.js";

const STALE_MS = 3000;
const TICK_MS = 500;
const AWAY = new Set(["reconnecting", "offline"]);

export class Preview {
  constructor(device) {
    this.device = device;
    this.canvas = el("canvas", { width: 640, height: 360, attrs: { role: "img" } });
    this.headline = el("strong");
    this.detail = el("p");
    const cover = el("div", { className: "cover", attrs: { role: "status" } }, this.headline, this.detail);
    this.element = el("div", { className: "preview" }, this.canvas, cover);
    this.follow = () => (document.hidden ? this.pause() : this.watch());
    document.addEventListener("visibilitychange", this.follow);
    this.clock = setInterval(() => this.tell(), TICK_MS);
    this.follow();
    this.show(device);
  }

  end() {
    document.removeEventListener("visibilitychange", this.follow);
    clearInterval(this.clock);
    this.pause();
    this.ended = true;
  }

  // Nobody looks at a page that is not in front.
  pause() {
    this.line?.end();
    this.line = null;
  }

  watch() {
    this.line ??= new Line(`/ws/device-preview/${this.device.id}`, {
      onText: (message) => message.type === "state" && this.show(message),
      onBytes: (blob) => this.draw(blob),
      onUp: () => (this.nextTryAt = 0),
      onDown: (seconds) => (this.nextTryAt = performance.now() + seconds * 1000),
    });
  }

  show(device) {
    this.device = device;
    this.canvas.setAttribute("aria-label", device.name);
    this.tell();
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
    if (this.ended) return bitmap.close();
    Object.assign(this.canvas, { width: bitmap.width, height: bitmap.height });
    this.canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    this.shownAt = performance.now();
    if (this.element.dataset.age !== "fresh") this.tell();
  }

  tell() {
    const oldMs = performance.now() - this.shownAt;
    const age = this.shownAt === undefined ? "none" : oldMs < STALE_MS ? "fresh" : "stale";
    this.element.dataset.age = age;
    if (age === "fresh") return this.words("");
    const lost = this.nextTryAt > 0;
    const first = lost ? mark("No connection to the station") : this.stateWord();
    if (age === "stale") say(this.headline, mark("STALE {seconds} s"), { seconds: Math.floor(oldMs / 1000) });
    else say(this.headline, first);
    this.detail.textContent = lost || !AWAY.has(this.device.state) ? "" : (this.device.last_error?.message ?? "");
  }

  // One that nobody uses is about to be connected to: it is watched now.
  stateWord() {
    const { state } = this.device;
    return state === "online" ? mark("Waiting for the first picture") : stateWord("devices", state === "idle" ? "connecting" : state);
  }

  words(text) {
    say(this.headline, text);
    this.detail.textContent = "";
  }
}
