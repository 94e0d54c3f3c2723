// Where pictures are seen: one canvas with as many pixels as the screen has for it, boxes and all. The browser has
// nothing to scale or to blend when it composes the page, which is dear without a graphics card.

import { el } from "../base/dom.js";
import { letterbox } from "./boxes.js";

export class Screen {
  constructor() {
    this.element = el("canvas", { width: 0, height: 0, attrs: { "aria-hidden": "true" } });
    this.context = this.element.getContext("2d", { alpha: false });
    this.room = { across: 0, down: 0 };
  }

  // The room that there is, in pixels of the page.
  fit({ clientWidth, clientHeight }) {
    const [across, down] = [clientWidth, clientHeight].map((pixels) => Math.round(pixels * devicePixelRatio));
    this.room = { across, down };
  }

  // `picture`: its `source`, `width` and `height`; `paintOver(context, where)` is called where it could be drawn.
  // A source that has nothing to draw at present leaves what is seen as it is.
  paint({ source, width, height }, paintOver = () => {}) {
    const { across, down } = this.room;
    if (!width || !height || !across || !down) return;
    const where = letterbox(width, height, across, down);
    this.place(where);
    const whole = { ...where, x: 0, y: 0 };
    this.context.drawImage(source, 0, 0, where.width, where.height);
    paintOver(this.context, whole);
  }

  place({ x, y, width, height }) {
    const { element } = this;
    if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
    const place = [x, y, width, height].map((pixels) => `${pixels / devicePixelRatio}px`);
    if (this.placed === place.join()) return;
    this.placed = place.join();
    const [left, top, wide, high] = place;
    Object.assign(element.style, { left, top, width: wide, height: high });
  }

  clear() {
    this.placed = "";
    Object.assign(this.element, { width: 0, height: 0 });
  }
}
