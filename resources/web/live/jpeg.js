// JPEG pictures: they work in every browser, each one whole, and cost the most bytes.

import { Line } from "../base/line.js";
import { stationClock } from "./figures.js";
import { cover, expose } from "./shutter.js";

const SMOOTHING = 1 / 8;

export class JpegFeed {
  kind = "jpeg";
  heardAt = 0;
  source = null;
  apart = 0; // milliseconds between pictures, smoothed

  // `onText(message)`, `onShown(detections)` with each picture that is to be seen now, `onDown(seconds, code)`.
  constructor(path, width, { onText, onShown, onDown }) {
    this.show = () => onShown(this.shown);
    this.line = new Line(`${path}?boxes=0&width=${width}`, {
      onText: (message) => this.hear(message, onText),
      onBytes: (bytes) => this.take({ bytes, detections: this.announced }),
      onDown,
    });
  }

  hear(message, onText) {
    this.heardAt = performance.now();
    if (message.type !== "detections") return onText(message);
    stationClock.hear(message);
    this.announced = message;
  }

  // What is seen: what a canvas can draw, and its size.
  get picture() {
    const { source } = this;
    return { source, width: source?.displayWidth ?? source?.width, height: source?.displayHeight ?? source?.height };
  }

  end() {
    this.ended = true;
    this.line.end();
    cover(this.show);
    this.source?.close();
    this.source = null;
  }

  // The newest picture wins: one that comes while another is decoded takes its turn, older ones are passed over.
  async take(picture) {
    this.waiting = picture;
    this.pace();
    if (this.busy) return;
    this.busy = true;
    while (this.waiting) {
      const { bytes, detections } = this.waiting;
      this.waiting = null;
      await decode(bytes).then(
        (source) => this.put(source, detections),
        () => {}, // passed over: the age of what is seen tells
      );
    }
    this.busy = false;
  }

  pace() {
    const now = performance.now();
    if (this.cameAt) this.apart += (now - this.cameAt - this.apart) * SMOOTHING;
    this.cameAt = now;
  }

  put(source, detections) {
    if (this.ended) return source.close();
    this.source?.close();
    Object.assign(this, { source, shown: detections });
    expose(this.show, this.apart);
  }
}

// Browsers have this on secure pages only (https, or the station's own computer).
async function decodeHere(data) {
  const decoder = new ImageDecoder({ data, type: "image/jpeg" });
  const { image } = await decoder.decode().finally(() => decoder.close());
  return image;
}

// Everywhere, at the price of a way through the browser's store of Blobs.
const decodeBlob = (bytes) => createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));

const decode = window.ImageDecoder ? (bytes) => decodeHere(bytes).catch(() => decodeBlob(bytes)) : decodeBlob;
