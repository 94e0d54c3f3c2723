// Key frames, the newest first; more as one asks for them; each in full size over the page.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { dateTime } from "../base/format.js";
import { mark, say, t } from "../base/words.js";
import { button } from "./buttons.js";
import { lightbox } from "./lightbox.js";
import { addressOf, picture } from "./results.js";

const PIECE = 48;
const LOOK_EVERY_MS = 5000;

export class Gallery {
  // `name`: of the task; `active()`: whether new ones may come.
  constructor(name, active) {
    Object.assign(this, { name, active, frames: [], items: new Map(), total: 0, from: 0 });
    this.count = el("small", { className: "muted", attrs: { role: "status" } });
    this.list = el("ul", { className: "gallery" });
    this.empty = el("p", { className: "muted", hidden: true });
    this.more = button(mark("Show older ones"), () => this.older(), { hidden: true });
    this.element = el("div", { className: "frames" }, this.count, this.list, this.empty, this.more);
    this.clock = setInterval(() => this.active() && !document.hidden && this.newest(), LOOK_EVERY_MS);
    this.newest();
  }

  end() {
    this.ended = true;
    clearInterval(this.clock);
  }

  update() {}

  // Frames count upwards: the newest ones are at the end of the list.
  async newest() {
    const page = await this.read(Math.max(0, this.total - PIECE), PIECE);
    if (!page) return;
    if (page.total > this.total + PIECE || (!this.total && page.total > PIECE)) {
      this.total = page.total;
      return this.newest();
    }
    if (!this.frames.length) this.from = Math.max(0, page.total - page.frames.length);
    this.take(page);
  }

  async older() {
    const from = Math.max(0, this.from - PIECE);
    const page = await this.read(from, this.from - from);
    if (!page) return;
    this.from = from;
    this.take(page);
  }

  async read(offset, limit) {
    try {
      const page = await api.get(`${addressOf(this.name, "frames")}?limit=${limit}&offset=${offset}`);
      return this.ended ? null : page;
    } catch (error) {
      if (!this.frames.length) this.tellEmpty(error.message);
      return null;
    }
  }

  take({ frames, total }) {
    const known = new Map(this.frames.map((frame) => [frame.frame, frame]));
    // A run that began anew counts from 0 again.
    if (total < this.total) known.clear();
    for (const frame of frames) known.set(frame.frame, frame);
    this.total = total;
    this.frames = [...known.values()].sort((one, other) => other.frame - one.frame);
    this.fill();
  }

  fill() {
    const wanted = this.frames.map((frame, place) => this.item(frame, place));
    wanted.forEach(
      (item, place) =>
        this.list.children[place] === item || this.list.insertBefore(item, this.list.children[place] ?? null),
    );
    while (this.list.children.length > wanted.length) this.list.lastChild.remove();
    this.more.hidden = this.from <= 0;
    if (this.frames.length)
      say(this.count, mark("The newest {count} of {total}"), { count: this.frames.length, total: this.total });
    else this.tellEmpty("");
    this.empty.hidden = this.frames.length > 0;
  }

  tellEmpty(message) {
    this.empty.hidden = false;
    say(this.count, "");
    if (message) this.empty.textContent = message;
    else say(this.empty, mark("There are no key frames yet. A task that runs keeps some."));
  }

  item(frame) {
    const key = `${frame.frame} ${frame.at}`;
    if (this.items.has(key)) return this.items.get(key);
    const open = el("button", {
      type: "button",
      className: "thumb",
      title: this.title(frame),
      on: { click: () => this.show(frame) },
    });
    open.append(picture(this.name, frame.name), el("span", { textContent: dateTime(frame.at, true).slice(11) }));
    const item = el("li", {}, open);
    this.items.set(key, item);
    return item;
  }

  show(frame) {
    const shots = this.frames.map((one) => ({
      title: this.title(one),
      image: () => picture(this.name, one.name, { loading: "eager" }),
    }));
    lightbox(shots, this.frames.indexOf(frame), (place) => this.list.children[place]?.querySelector("button").focus());
  }

  title({ frame, at }) {
    return t(mark("{task} · frame {number} · {time}"), { task: this.name, number: frame, time: dateTime(at, true) });
  }
}
