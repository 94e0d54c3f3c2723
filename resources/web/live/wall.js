// The live wall: one tile for each task, kept by the station's events.

import { el, show } from "../base/dom.js";
import { header } from "../parts/header.js";
import { Line } from "../base/line.js";
import { Tile } from "./tile.js";
import { mark, say, whenLanguageChanges } from "../base/words.js";

export class Wall {
  constructor() {
    this.tiles = new Map();
    this.grid = el("div", { className: "grid" });
    this.count = el("span", { className: "muted" });
    this.banner = el("p", { className: "banner", role: "status", hidden: true });
    this.empty = el("p", {
      className: "empty",
      hidden: true,
      says: mark("There is no task yet. Give a camera and an algorithm a task, and its picture appears here."),
    });
    const head = el("div", { className: "head" }, el("h1", { says: mark("Live wall") }), this.count);
    show(header(), el("main", { className: "wall" }, head, this.banner, this.empty, this.grid));
    this.forget = whenLanguageChanges(() => this.listen());
    this.listen();
    this.clock = setInterval(() => this.tiles.forEach((tile) => tile.tick()), 500);
  }

  // Once more after a change of language: reasons come in the language that was asked for.
  listen() {
    this.line?.end();
    this.line = new Line("/ws/events", {
      onText: (message) => this.hear(message),
      onDown: (wait) => this.down(wait),
      onUp: () => (this.banner.hidden = true),
    });
  }

  end() {
    clearInterval(this.clock);
    this.forget();
    this.line.end();
    this.tiles.forEach((tile) => tile.end());
  }

  hear(message) {
    if (message.type === "snapshot") this.replace(message.tasks);
    if (message.type === "task") this.put(message.task);
    if (message.type === "task_deleted") this.remove(message.id);
    this.tell();
  }

  replace(tasks) {
    const known = new Set(tasks.map((task) => task.id));
    for (const id of this.tiles.keys()) if (!known.has(id)) this.remove(id);
    tasks.forEach((task) => this.put(task));
  }

  put(task) {
    if (this.tiles.has(task.id)) return this.tiles.get(task.id).update(task);
    const tile = new Tile(task);
    this.tiles.set(task.id, tile);
    this.grid.append(tile.element);
  }

  remove(id) {
    this.tiles.get(id)?.end();
    this.tiles.delete(id);
  }

  tell() {
    const number = this.tiles.size;
    say(this.count, number === 1 ? mark("1 task") : mark("{number} tasks"), { number });
    this.empty.hidden = number > 0;
    this.grid.dataset.columns = Math.min(4, Math.ceil(Math.sqrt(number)));
  }

  down(wait) {
    const seconds = Math.max(1, Math.round(wait));
    say(this.banner, mark("The station does not answer. Next try in {seconds} s."), { seconds });
    this.banner.hidden = false;
    this.tiles.forEach((tile) => tile.lose());
  }
}
