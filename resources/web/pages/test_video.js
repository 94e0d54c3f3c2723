// A test's video: what the run has left, or how far it is.

import { el } from "../base/dom.js";
import { mark, say } from "../base/words.js";
import { FilmStrip } from "../parts/film_strip.js";
import { linkTo, picture } from "../parts/results.js";
import { ResultVideo } from "../parts/video.js";
import { isActive } from "./task_words.js";
import { hasResult, share } from "./test_words.js";

const LOOK_EVERY_MS = 2000;

export class VideoTab {
  constructor(test) {
    this.element = el("div", { className: "test-video" });
    this.update(test);
  }

  end() {
    clearInterval(this.clock);
    this.video?.end();
    this.video = this.strip = this.bar = null;
  }

  // Another run, or its end, shows something else.
  update(test) {
    this.test = test;
    const shown = isActive(test) ? "run" : hasResult(test) ? `result ${test.state_since}` : "nothing";
    if (shown === this.shown) return this.tellProgress();
    this.shown = shown;
    this.end();
    if (shown === "run") this.showRun();
    else if (shown === "nothing") this.showNothing();
    else this.showResult();
  }

  tellProgress() {
    if (this.bar) this.bar.value = share(this.test.progress) ?? 0;
  }

  press(event) {
    this.video?.transport.press(event);
  }

  showResult() {
    const { name, video } = this.test;
    this.strip = new FilmStrip(name, (frame) => this.video.seekFrame(frame));
    this.video = new ResultVideo(name, {
      fps: video.fps,
      frames: video.frames,
      onFrame: (frame) => this.strip?.mark(frame),
    });
    this.element.replaceChildren(this.video.element, this.strip.element);
    this.strip.look();
  }

  // The newest key frame stands for the video while that is being made.
  showRun() {
    this.strip = new FilmStrip(this.test.name, (frame) => this.still(frame));
    linkTo(this.test.name, "", { anew: true }).catch(() => {}); // else the browser may show the last run's pictures
    this.screen = el(
      "div",
      { className: "screen" },
      el("p", { className: "muted", says: mark("The video is there when the run is over.") }),
    );
    this.bar = el("progress", { max: 1, called: mark("Progress") });
    this.tellProgress();
    this.element.replaceChildren(el("div", { className: "video" }, this.bar, this.screen), this.strip.element);
    this.clock = setInterval(() => document.hidden || this.lookOn(), LOOK_EVERY_MS);
    this.lookOn();
  }

  async lookOn() {
    const { strip } = this;
    await strip.look();
    const newest = strip.frames.at(-1);
    if (strip !== this.strip || !newest) return;
    strip.mark(newest.frame);
    this.still(newest.frame);
  }

  still(frame) {
    const one = this.strip.frames.find((known) => known.frame === frame);
    if (!one || this.stillOf === one) return;
    this.stillOf = one;
    const image = picture(this.test.name, one.name, { loading: "eager" });
    image.addEventListener("load", () => this.screen.replaceChildren(image), { once: true });
  }

  showNothing() {
    const says =
      this.test.state === "error"
        ? mark("The run has left no video.")
        : mark("The result video is here once the test has run.");
    this.element.replaceChildren(el("div", { className: "screen" }, say(el("p", { className: "muted" }), says)));
  }
}
