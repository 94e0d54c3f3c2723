// The controls of a video: play, frame by frame, place, speed.

import { el } from "../base/dom.js";
import { exactClock } from "../base/format.js";
import { mark, say, sayAs } from "../base/words.js";
import { iconButton } from "./buttons.js";
import { icon } from "./icon.js";

const SPEEDS = [0.25, 0.5, 1, 2, 4];
const EVENTS = ["loadedmetadata", "durationchange", "timeupdate", "seeked", "play", "pause", "ended", "emptied"];

export class Transport {
  // `frames` and `fps` of the video where they are known; `onFrame(frame)` tells another place; `whole()` fills the
  // screen.
  constructor(video, { fps, frames, onFrame = () => {}, whole }) {
    Object.assign(this, { video, fps, frames, onFrame });
    this.play = iconButton(mark("Play (Space)"), "play", () => this.toggle());
    this.back = iconButton(mark("One frame back (,)"), "caret-left", () => this.step(-1));
    this.on = iconButton(mark("One frame on (.)"), "caret-right", () => this.step(1));
    this.time = el("span", { className: "time" });
    this.frame = el("span", { className: "muted cut" });
    this.speed = this.speeds();
    const fill = iconButton(mark("Full screen (F)"), "arrows-out", whole);
    this.scrubber = el("input", {
      type: "range",
      min: 0,
      step: "any",
      value: 0,
      on: { input: () => this.seek(Number(this.scrubber.value)) },
    });
    sayAs(this.scrubber, "aria-label", mark("Position"));
    const row = el(
      "div",
      { className: "bar" },
      this.play,
      this.back,
      this.on,
      this.time,
      this.frame,
      el("span", { className: "space" }),
      this.speed,
      fill,
    );
    this.element = el("div", { className: "transport" }, this.scrubber, row);
    this.whole = whole;
    this.listener = () => this.show();
    for (const event of EVENTS) video.addEventListener(event, this.listener);
    this.show();
  }

  end() {
    for (const event of EVENTS) this.video.removeEventListener(event, this.listener);
    cancelAnimationFrame(this.drawing);
  }

  get ready() {
    return this.video.readyState > 0 && Number.isFinite(this.video.duration);
  }

  toggle() {
    if (!this.ready) return;
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  // To the middle of a frame: at its edge rounding would decide which one is seen.
  seekFrame(frame) {
    this.seek((Math.max(0, frame) + 0.5) / this.fps);
  }

  step(by) {
    if (!this.ready || !this.fps) return;
    this.video.pause();
    this.seekFrame(this.number() + by);
  }

  seek(time) {
    if (this.ready) this.video.currentTime = Math.min(time, Math.max(0, this.video.duration - 0.5 / (this.fps || 25)));
  }

  changeSpeed(places) {
    const at = SPEEDS.indexOf(this.video.playbackRate) + places;
    if (!SPEEDS[at]) return;
    this.video.playbackRate = this.speed.value = SPEEDS[at];
  }

  // The keys of players, wherever the keyboard stands in the view.
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, input:not([type=range])"))
      return;
    const act = {
      " ": () => this.toggle(),
      ",": () => this.step(-1),
      ".": () => this.step(1),
      "[": () => this.changeSpeed(-1),
      "]": () => this.changeSpeed(1),
      f: () => this.whole(),
    }[event.key];
    if (!act || (event.key === " " && event.target.matches("button, a"))) return;
    event.preventDefault();
    act();
  }

  number() {
    return this.fps ? Math.floor(this.video.currentTime * this.fps + 0.01) : 0;
  }

  show() {
    const { video, ready } = this;
    for (const part of [this.scrubber, this.play, this.back, this.on, this.speed]) part.disabled = !ready;
    this.showPlaying(!video.paused);
    if (!ready) return;
    this.scrubber.max = video.duration;
    this.scrubber.value = video.currentTime;
    this.time.textContent = `${exactClock(video.currentTime)} / ${exactClock(video.duration)}`;
    this.scrubber.setAttribute("aria-valuetext", this.time.textContent);
    const frame = this.number();
    if (this.fps)
      say(this.frame, this.frames ? mark("Frame {frame} of {frames}") : mark("Frame {frame}"), {
        frame,
        frames: this.frames,
      });
    this.onFrame(frame);
    cancelAnimationFrame(this.drawing);
    if (!video.paused) this.drawing = requestAnimationFrame(this.listener);
  }

  showPlaying(playing) {
    if (playing === this.playing) return;
    this.playing = playing;
    this.play.replaceChildren(playing ? icon("pause", 20) : icon("play", 20));
    for (const attribute of ["title", "aria-label"])
      sayAs(this.play, attribute, playing ? mark("Pause (Space)") : mark("Play (Space)"));
  }

  speeds() {
    const entries = SPEEDS.map((speed) => el("option", { value: speed, textContent: `${speed}×` }));
    const box = el(
      "select",
      { called: mark("Speed ([ and ])"), on: { change: () => (this.video.playbackRate = Number(box.value)) } },
      ...entries,
    );
    box.value = 1;
    return box;
  }
}
