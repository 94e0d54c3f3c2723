// JPEG pictures: they work in every browser, each one whole, and cost the most bytes.

import { el } from "../base/dom.js";
import { Line } from "../base/line.js";
import { stationClock } from "./figures.js";

export class JpegFeed {
  kind = "jpeg";
  heardAt = 0;

  // `onText(message)`, `onShown(detections)` with each picture that is seen, `onDown(seconds, code)`.
  constructor(path, width, { onText, onShown, onDown }) {
    this.onShown = onShown;
    this.element = el("canvas", { width: 16, height: 9 });
    this.context = this.element.getContext("bitmaprenderer");
    this.line = new Line(`${path}?boxes=0&width=${width}`, {
      onText: (message) => this.hear(message, onText),
      onBytes: (blob) => this.draw({ blob, detections: this.announced }),
      onDown,
    });
  }

  hear(message, onText) {
    this.heardAt = performance.now();
    if (message.type !== "detections") return onText(message);
    stationClock.hear(message);
    this.announced = message;
  }

  get size() {
    return [this.element.width, this.element.height];
  }

  end() {
    this.ended = true;
    this.line.end();
  }

  // The newest picture wins: one that comes while another is decoded takes its turn, older ones are passed over.
  async draw(picture) {
    this.waiting = picture;
    if (this.busy) return;
    this.busy = true;
    while (this.waiting) {
      const { blob, detections } = this.waiting;
      this.waiting = null;
      await createImageBitmap(blob).then(
        (bitmap) => this.show(bitmap, detections),
        () => {},
      );
    }
    this.busy = false;
  }

  show(bitmap, detections) {
    if (this.ended) return bitmap.close();
    const { element } = this;
    if (element.width !== bitmap.width || element.height !== bitmap.height) {
      Object.assign(element, { width: bitmap.width, height: bitmap.height });
    }
    this.context.transferFromImageBitmap(bitmap);
    this.onShown(detections);
  }
}
