// The key frames of a test in a row: each takes the video to its place.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { mark, sayAs } from "../base/words.js";
import { addressOf, picture } from "./results.js";

const PIECE = 100;
const NEAR_PX = 600;

export class FilmStrip {
  // `onChoose(frame)`.
  constructor(name, onChoose) {
    Object.assign(this, { name, onChoose, frames: [], total: 0 });
    this.element = el("ul", { className: "strip", hidden: true, on: { scroll: () => this.nearEnd() } });
    sayAs(this.element, "aria-label", mark("Key frames"));
  }

  // What there is meanwhile. A run that has begun anew has fewer than before.
  async look() {
    const page = await this.read(this.frames.length);
    if (page && page.total < this.frames.length) this.clear();
    else if (page) this.add(page);
  }

  clear() {
    this.frames = [];
    this.element.replaceChildren();
  }

  async read(offset) {
    const page = await api.get(`${addressOf(this.name, "frames")}?limit=${PIECE}&offset=${offset}`).catch(() => null);
    return offset === this.frames.length ? page : null;
  }

  add({ frames, total }) {
    this.total = total;
    this.frames.push(...frames);
    this.element.append(...frames.map((frame) => this.item(frame)));
    this.element.hidden = !this.frames.length;
  }

  nearEnd() {
    const { scrollLeft, clientWidth, scrollWidth } = this.element;
    if (this.frames.length < this.total && scrollLeft + clientWidth + NEAR_PX > scrollWidth) this.look();
  }

  item({ name, frame }) {
    const open = el("button", { type: "button", className: "thumb", on: { click: () => this.onChoose(frame) } });
    sayAs(open, "aria-label", mark("Key frame {frame}"), { frame });
    open.append(picture(this.name, name), el("span", { textContent: frame }));
    return el("li", {}, open);
  }

  // The one that is at this frame or before it.
  mark(frame) {
    const at = this.frames.findLastIndex((one) => one.frame <= frame);
    if (at === this.marked) return;
    this.element.querySelector("[aria-current]")?.removeAttribute("aria-current");
    this.marked = at;
    const thumb = this.element.children[at]?.firstChild;
    thumb?.setAttribute("aria-current", "true");
    thumb?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}
