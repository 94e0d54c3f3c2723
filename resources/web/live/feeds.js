// A tile's pictures, whichever way they come: H.264 where the browser and the station have it, else JPEG.

import { mark } from "../base/words.js";
import { wishedFormat } from "./format.js";
import { H264Feed, playsH264 } from "./h264.js";
import { JpegFeed } from "./jpeg.js";

const STEP = 80;
const WIDEST = 1280;
const SILENT_MS = 10_000;
const BLIND_MS = 5000;
const FAILURES = 3;
const FAILURES_WITHIN_MS = 120_000;
const AGAIN_MS = 1000;
const JPEG_FOR_MS = 600_000;

// The width to ask for where a picture is shown `pixels` wide: in steps, so that a drag of the window asks once.
export const wishedWidth = (pixels) => Math.min(WIDEST, Math.max(1, Math.ceil(pixels / STEP)) * STEP);

export class Pictures {
  // `onShown(detections)`: with each picture that is to be seen now.
  constructor(path, { onText, onShown }) {
    Object.assign(this, { path, onText, onShown, failures: [], jpegUntil: 0 });
    this.reset();
  }

  reset() {
    Object.assign(this, { current: null, coming: null, width: 0, nextTryAt: 0 });
  }

  get open() {
    return this.width > 0;
  }

  get kind() {
    return this.current?.kind ?? "";
  }

  // Why it is JPEG where H.264 was wished for; else nothing.
  get note() {
    if (wishedFormat() === "jpeg" || !this.open) return "";
    if (this.jpegUntil) return mark("H.264 does not work here at present, so pictures come as JPEG.");
    const able = wishedFormat() === "auto" || playsH264();
    return able ? "" : mark("This browser can't show H.264, so pictures come as JPEG.");
  }

  // At this width; what is shown stays until the first picture that is.
  show(width) {
    if (width === this.width) return;
    this.width = width;
    this.begin();
  }

  close() {
    clearTimeout(this.timer);
    this.current?.end();
    this.coming?.end();
    this.reset();
  }

  // After another wish.
  reopen() {
    this.failures = [];
    this.jpegUntil = 0;
    if (this.open) this.begin();
  }

  begin() {
    clearTimeout(this.timer);
    this.coming?.end();
    const h264 = wishedFormat() !== "jpeg" && !this.jpegUntil && playsH264();
    const feed = new (h264 ? H264Feed : JpegFeed)(this.path, this.width, {
      onText: (message) => this.onText(message),
      onShown: (detections) => this.seen(feed, detections),
      onDown: (wait) => (this.nextTryAt = performance.now() + wait * 1000),
      onFail: (final) => this.failed(feed, final),
    });
    this.coming = feed;
    this.begunAt = performance.now();
  }

  seen(feed, detections) {
    if (feed === this.coming) {
      this.current?.end();
      this.current = feed;
      this.coming = null;
    }
    if (feed !== this.current) return;
    this.nextTryAt = 0;
    this.onShown(detections);
  }

  // Begins anew after a moment; where that happens again and again, with JPEG for a while.
  failed(feed, final = false) {
    if (feed !== this.coming && feed !== this.current) return;
    const now = performance.now();
    this.failures = [...this.failures.filter((at) => now - at < FAILURES_WITHIN_MS), now];
    if (final || this.failures.length >= FAILURES) this.jpegUntil = now + JPEG_FOR_MS;
    feed.end();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(), final ? 0 : AGAIN_MS);
  }

  // Twice a second. `expected`: whether the task gives pictures. A connection may die without a word, a decoder too.
  watch(expected) {
    const feed = this.coming ?? this.current;
    if (!feed || !expected) return;
    const now = performance.now();
    if (this.jpegUntil && now > this.jpegUntil) return this.reopen();
    const quiet = now - Math.max(feed.heardAt, this.begunAt);
    if (this.nextTryAt < now && quiet > SILENT_MS) this.begin();
    else if (now - feed.unseenSince > BLIND_MS) this.failed(feed);
  }

  // What is seen: what a canvas can draw, and its size; null before the first.
  get picture() {
    return this.current?.picture ?? null;
  }
}
