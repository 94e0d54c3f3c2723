// H.264 through a MediaSource: a fifth of the bytes. Each picture comes as a segment of its own, right after the text
// with its detections; the time of both is what brings boxes and picture together on the screen.

import { el } from "../base/dom.js";
import { Line } from "../base/line.js";
import { stationClock } from "./figures.js";

const FAR_S = 1.2;
const BEHIND_S = 0.25;
const NEAR_S = 0.1;
const FASTER = 1.2;
const JUMP_EVERY_MS = 3000;
const KEPT_S = 5;
const TRIM_AFTER_S = 20;
const SAME_PICTURE_S = 0.005;
const MOST_EXPECTED = 300;
const Source = window.MediaSource ?? window.ManagedMediaSource;

const typeOf = (codec) => `video/mp4; codecs="${codec}"`;

export function playsH264(codec = "avc1.42c01f") {
  const follows = "requestVideoFrameCallback" in HTMLVideoElement.prototype;
  return Boolean(follows && Source?.isTypeSupported(typeOf(codec)));
}

export class H264Feed {
  kind = "h264";
  heardAt = 0;

  // As a JpegFeed; and `onFail(final)` where pictures can't be made or played this way, now or ever (`final`).
  constructor(path, width, { onText, onShown, onDown, onFail }) {
    Object.assign(this, { onText, onShown, onFail, queue: [], expected: [], jumpedAt: 0 });
    // Never part of the page: its pictures are drawn where they are seen.
    this.element = el("video", { muted: true, playsInline: true, disableRemotePlayback: true });
    this.element.onerror = () => this.fail();
    this.line = new Line(`${path}?format=h264&width=${width}`, {
      onText: (message) => this.hear(message),
      onBytes: (bytes) => this.take(bytes),
      onUp: () => (this.begun = false),
      onDown: (wait, code) => {
        this.unseenSince = undefined;
        onDown(wait, code);
      },
      onEnd: () => this.fail(true),
    });
    this.follow();
  }

  // What is seen: what a canvas can draw, and its size.
  get picture() {
    const { videoWidth: width, videoHeight: height } = this.element;
    return { source: this.element, width, height };
  }

  end() {
    this.ended = true;
    this.line.end();
    this.release();
  }

  release() {
    if (this.address) URL.revokeObjectURL(this.address);
    this.element.onerror = null;
    this.element.removeAttribute("src");
    this.element.load();
  }

  fail(final = false) {
    if (!this.ended) this.onFail(final);
  }

  hear(message) {
    this.heardAt = performance.now();
    if (message.type === "video") this.begin(message);
    else if (message.type === "detections") this.announce(message);
    else if (message.code === "no_h264") this.fail(true);
    else this.onText(message);
  }

  announce(detections) {
    stationClock.hear(detections);
    this.announced = detections;
    this.unseenSince ??= performance.now();
  }

  // What comes next is the head of a film: of another one after a new connection, of the same in another size else.
  begin({ codec }) {
    const type = typeOf(codec);
    if (!Source.isTypeSupported(type)) return this.fail(true);
    this.announced = null;
    if (this.begun) this.queue.push({ type });
    else this.open(type);
    this.begun = true;
  }

  open(type) {
    if (this.address) URL.revokeObjectURL(this.address);
    const source = new Source();
    Object.assign(this, { source, buffer: null, queue: [], expected: [] });
    source.addEventListener("sourceopen", () => source === this.source && this.fill(type), { once: true });
    this.element.src = this.address = URL.createObjectURL(source);
  }

  fill(type) {
    this.buffer = this.source.addSourceBuffer(type);
    this.buffer.addEventListener("updateend", () => this.appended());
    this.buffer.addEventListener("error", () => this.fail());
    this.next();
  }

  take(bytes) {
    if (!this.begun) return this.fail(true); // an older station: JPEG, whatever is asked for
    if (this.announced) this.expected.push(this.announced);
    if (this.expected.length > MOST_EXPECTED) this.expected.shift();
    this.queue.push({ bytes, time: this.announced?.time });
    this.announced = null;
    this.next();
  }

  next() {
    if (this.ended || !this.buffer || this.buffer.updating || !this.queue.length) return;
    const { type, bytes, time } = this.queue.shift();
    this.adding = time;
    try {
      if (bytes) return this.buffer.appendBuffer(bytes);
      this.buffer.changeType(type);
    } catch {
      return this.fail();
    }
    this.next();
  }

  appended() {
    if (this.ended || this.source.readyState !== "open") return;
    if (this.adding !== undefined) {
      this.newest = this.adding;
      this.adding = undefined;
      this.keepUp();
    }
    this.next();
  }

  // Live means the newest picture: a little behind is made up for by going faster, more by a jump, as is a gap.
  keepUp() {
    const { element, newest } = this;
    const range = this.rangeOf(newest);
    if (!range || element.seeking) return;
    const behind = newest - element.currentTime;
    const now = performance.now();
    // Before the newest is the usual place, after it by a second at most: more says that the film's time began anew.
    // A jump costs the decoder all pictures since a key frame: one that can't follow would do nothing else.
    if (element.currentTime < range.start || (Math.abs(behind) > FAR_S && now - this.jumpedAt > JUMP_EVERY_MS)) {
      element.currentTime = Math.max(range.start, newest - NEAR_S);
      this.jumpedAt = now;
    }
    if (behind > BEHIND_S) element.playbackRate = FASTER;
    else if (behind < NEAR_S) element.playbackRate = 1;
    if (element.paused) element.play().catch(() => {}); // the next picture asks again
    this.trim();
  }

  rangeOf(time) {
    const { buffered } = this.buffer;
    for (let place = buffered.length - 1; place >= 0; place -= 1) {
      if (buffered.start(place) <= time + SAME_PICTURE_S && time <= buffered.end(place) + SAME_PICTURE_S) {
        return { start: buffered.start(place), end: buffered.end(place) };
      }
    }
    return null;
  }

  trim() {
    const first = this.buffer.buffered.start(0);
    const { currentTime } = this.element;
    if (currentTime - first > TRIM_AFTER_S) this.buffer.remove(first, currentTime - KEPT_S);
  }

  follow() {
    this.element.requestVideoFrameCallback((_now, { mediaTime }) => {
      if (this.ended) return;
      this.show(mediaTime);
      this.follow();
    });
  }

  show(time) {
    this.unseenSince = undefined;
    this.onShown(this.expected.findLast((one) => Math.abs(one.time - time) < SAME_PICTURE_S) ?? null);
  }
}
