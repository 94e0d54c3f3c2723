// A result video: plays and seeks by a short-lived link, which is renewed without losing the place.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { mark, sayAs, t } from "../base/words.js";
import { addressOf, goodFor, linkTo } from "./results.js";
import { Transport } from "./transport.js";

const FILE = "output.mp4";
const LOOK_EVERY_MS = 20_000;
const RENEW_MS = 90_000;
const GIVE_UP_MS = 5000; // a second failure so soon is not the link's

export class ResultVideo {
  // `name`: of the test; `onFrame(frame)` tells where it is.
  constructor(name, { fps, frames, onFrame }) {
    this.name = name;
    this.place = 0;
    const on = { error: () => this.failed(), click: () => this.transport.toggle(), timeupdate: () => this.remember() };
    this.video = el("video", { preload: "auto", playsInline: true, on });
    sayAs(this.video, "aria-label", mark("Result video"));
    this.problem = el("p", { className: "problem", attrs: { role: "alert" } });
    this.screen = el("div", { className: "screen" }, this.video, this.problem);
    this.transport = new Transport(this.video, { fps, frames, onFrame, whole: () => this.fill() });
    this.element = el("div", { className: "video" }, this.screen, this.transport.element);
    this.clock = setInterval(() => this.renew(), LOOK_EVERY_MS);
    this.load();
  }

  end() {
    this.ended = true;
    clearInterval(this.clock);
    this.transport.end();
    this.video.removeAttribute("src");
    this.video.load();
  }

  seekFrame(frame) {
    this.transport.seekFrame(frame);
  }

  // Where it is: a link that fails, and another one, take the browser's own place away.
  remember() {
    if (this.video.readyState > 0 && !this.loading) this.place = this.video.currentTime;
  }

  // From where it was, playing as it played.
  async load() {
    const { paused, playbackRate } = this.video;
    this.loading = true;
    try {
      const link = await linkTo(this.name, FILE, { anew: true });
      if (this.ended) return;
      this.problem.textContent = "";
      this.video.src = link;
      this.video.addEventListener("loadedmetadata", () => this.resume(playbackRate), { once: true });
      if (!paused) await this.video.play().catch(() => {});
    } catch (error) {
      this.tell(error.message);
    }
  }

  resume(playbackRate) {
    Object.assign(this.video, { currentTime: this.place, playbackRate });
    this.loading = false;
  }

  // What is here as a whole needs no link any more.
  renew() {
    const { buffered, duration, readyState } = this.video;
    const whole = buffered.length === 1 && buffered.start(0) === 0 && buffered.end(0) >= duration - 0.1;
    if (readyState > 0 && !whole && goodFor(this.name) < RENEW_MS) this.load();
  }

  async failed() {
    if (this.ended || !this.video.getAttribute("src")) return;
    const before = this.failedAt ?? -Infinity;
    this.failedAt = performance.now();
    if (this.failedAt - before > GIVE_UP_MS) await this.load();
    else this.tell(await this.verdict().catch(({ message }) => message));
  }

  // What the station finds where the browser can't play it.
  async verdict() {
    const found = await api.get(addressOf(this.name, "check-video"));
    return found.playable
      ? t(mark("This browser can't play the video. Save it, and open it with a player."))
      : found.error.message;
  }

  tell(text) {
    if (!this.ended) this.problem.textContent = text;
  }

  fill() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.element.requestFullscreen?.().catch(() => {});
  }
}
