// The live wall: one tile for each task, kept by the station's events.

import { el } from "../base/dom.js";
import { store } from "../base/store.js";
import { mark, say } from "../base/words.js";
import { Tile } from "../live/tile.js";

export function open() {
  const wall = new Wall();
  return { element: wall.element, update() {}, end: () => wall.end() };
}

class Wall {
  constructor() {
    this.tiles = new Map();
    this.grid = el("div", { className: "grid" });
    this.count = el("span", { className: "muted" });
    this.empty = el("p", {
      className: "empty",
      hidden: true,
      says: mark("There is no task yet. Give a camera and an algorithm a task, and its picture appears here."),
    });
    const head = el("div", { className: "head" }, el("h1", { says: mark("Live wall") }), this.count);
    this.element = el("div", { className: "page wall" }, head, this.empty, this.grid);
    this.forget = [store.watch("tasks", () => this.fill()), store.watch("connection", () => this.lose())];
    this.clock = setInterval(() => this.tiles.forEach((tile) => tile.tick()), 500);
    this.fill();
  }

  end() {
    clearInterval(this.clock);
    this.forget.forEach((forget) => forget());
    this.tiles.forEach((tile) => tile.end());
  }

  fill() {
    for (const id of this.tiles.keys()) if (!store.tasks.has(id)) this.remove(id);
    for (const task of store.tasks.values()) this.put(task);
    const number = this.tiles.size;
    say(this.count, number === 1 ? mark("1 task") : mark("{number} tasks"), { number });
    this.empty.hidden = number > 0 || !store.connection.known;
    this.grid.dataset.columns = Math.min(4, Math.ceil(Math.sqrt(number)));
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

  lose() {
    if (!store.connection.up) this.tiles.forEach((tile) => tile.lose());
  }
}
