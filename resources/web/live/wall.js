// The wall's surface: tiles on a grid, one of them alone, and moving them about.

import { el } from "../base/dom.js";
import { store } from "../base/store.js";
import { openChooser } from "./chooser.js";
import { whenFormatChanges } from "./format.js";
import { belongs, capacity, gridOf, tasksOnWall } from "./layout.js";
import { Tile } from "./tile.js";
import { Watching } from "./watching.js";

const TICK_MS = 500;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Wall {
  // `kiosk`: without anything that changes the station; `onRange(first, last, total)`: which tasks are seen of how
  // many; `onEmpty(empty, hasTasks)`: whether there is nothing to show, and whether there are tasks at all.
  constructor(plan, { kiosk = false, onRange, onEmpty, onFill = () => {} }) {
    Object.assign(this, { plan, kiosk, onRange, onEmpty, onFill, first: 0, alone: null, text: "" });
    Object.assign(this, { tiles: new Map(), kept: new Set() });
    this.grid = el("div", { className: "grid" });
    this.watching = new Watching();
    this.grid.addEventListener("keydown", (event) => this.press(event));
    this.grid.addEventListener("dragover", (event) => this.dragged && event.preventDefault());
    this.grid.addEventListener("drop", (event) => this.drop(event));
    plan.watch(() => this.rearrange());
    this.forget = [
      store.watch("tasks", () => this.fill()),
      store.watch("connection", () => this.tick()),
      store.watch("role", () => this.tick()),
      whenFormatChanges(() => this.tiles.forEach((tile) => tile.pictures.reopen())),
    ];
    this.clock = setInterval(() => this.tick(), TICK_MS);
    this.fill();
  }

  end() {
    clearInterval(this.clock);
    this.forget.forEach((forget) => forget());
    this.tiles.forEach((tile) => tile.end());
    this.watching.end();
  }

  // Whether the station says how its tasks are: without its events the last word would be a guess.
  get known() {
    return store.connection.up;
  }

  tick() {
    this.tiles.forEach((tile) => tile.tick());
  }

  // ---- which tasks --------------------------------------------------------------------------------------

  wanted() {
    for (const task of store.tasks.values()) if (belongs(task)) this.kept.add(task.id);
    const tasks = tasksOnWall(store.tasks, this.plan, this.kept);
    return this.text ? tasks.filter(({ name }) => name.toLowerCase().includes(this.text)) : tasks;
  }

  fill() {
    const wanted = this.wanted();
    const size = capacity(this.plan.layout);
    this.first = Math.max(0, Math.min(this.first, Math.floor((wanted.length - 1) / size) * size));
    const seen = wanted.slice(this.first, this.first + size);
    const ids = new Set(seen.map(({ id }) => id));
    for (const [id, tile] of this.tiles) if (!ids.has(id)) this.remove(id, tile);
    seen.forEach((task) => this.put(task));
    this.order(seen);
    this.onRange(this.first + 1, this.first + seen.length, wanted.length);
    this.onEmpty(seen.length === 0 && store.connection.known, store.tasks.size > 0);
  }

  put(task) {
    const known = this.tiles.get(task.id);
    if (!known) return this.add(task);
    if (known.task !== task) known.update(task);
  }

  add(task) {
    const tile = new Tile(this, task);
    tile.element.draggable = !this.kiosk;
    tile.element.addEventListener("dragstart", () => (this.dragged = task.id));
    tile.element.addEventListener("dragend", () => (this.dragged = null));
    this.tiles.set(task.id, tile);
  }

  remove(id, tile) {
    if (this.alone === tile) this.alone = null;
    tile.end();
    this.tiles.delete(id);
  }

  // Only what stands elsewhere is moved: a tile that stays keeps its pictures and the keyboard.
  order(seen) {
    seen.forEach(({ id }, number) => {
      const { element } = this.tiles.get(id);
      if (this.grid.children[number] !== element) this.grid.insertBefore(element, this.grid.children[number] ?? null);
    });
    const shape = this.alone ? { columns: 1, rows: 1 } : gridOf(this.plan.layout, seen.length);
    this.grid.style.setProperty("--columns", shape.columns);
    this.grid.style.setProperty("--rows", shape.rows);
    this.grid.classList.toggle("alone", Boolean(this.alone));
    this.tiles.forEach((tile) => (tile.element.hidden = this.alone !== null && this.alone !== tile));
  }

  rearrange() {
    this.fill();
    this.tiles.forEach((tile) => tile.draw());
    this.tick();
  }

  lay(layout) {
    this.alone = null;
    this.first = 0;
    this.plan.change({ layout });
  }

  leaf(step) {
    this.first += step * capacity(this.plan.layout);
    this.fill();
  }

  find(text) {
    this.text = text;
    this.first = 0;
    this.fill();
  }

  choose() {
    openChooser(this.plan, this.shownIds());
  }

  shownIds() {
    return this.wanted().map(({ id }) => id);
  }

  // The classes that the algorithms of the wall's tasks know.
  labels() {
    const used = new Set(this.wanted().map(({ algorithm }) => algorithm.id));
    const versions = [...store.algorithms.values()].filter(({ id }) => used.has(id)).flatMap((one) => one.versions);
    return versions.flatMap(({ classes }) => classes);
  }

  showBoxes(boxes) {
    this.tiles.forEach((tile) => (tile.boxesHere = null));
    this.plan.change({ boxes });
  }

  fillScreen() {
    this.onFill();
  }

  // ---- one alone ----------------------------------------------------------------------------------------

  isAlone(tile) {
    return this.alone === tile;
  }

  mayBeAlone(tile) {
    return this.isAlone(tile) || this.tiles.size > 1;
  }

  toggleAlone(tile) {
    this.alone = this.isAlone(tile) || !this.mayBeAlone(tile) ? null : tile;
    this.fill();
    tile.element.focus();
    tile.controls.refresh();
  }

  // ---- keyboard and mouse -------------------------------------------------------------------------------

  press(event) {
    const tile = this.tileOf(event.target);
    if (event.key === "Escape" && this.alone) {
      event.preventDefault();
      event.stopPropagation();
      return this.toggleAlone(this.alone);
    }
    if (!tile || event.target !== tile.element) return;
    const step = ARROWS[event.key];
    if (event.key === "Enter") this.toggleAlone(tile);
    else if (!step || event.altKey || event.shiftKey) return;
    else this.go(tile, step, event.ctrlKey || event.metaKey);
    event.preventDefault();
  }

  // The keyboard goes to the tile beside, or takes the tile along.
  go(tile, [across, down], taking) {
    const all = [...this.grid.children];
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const beside = all[all.indexOf(tile.element) + across + down * columns];
    if (!beside || this.alone) return;
    if (taking && !this.kiosk) this.swap(tile.task.id, this.tileOf(beside).task.id);
    (taking ? tile.element : beside).focus();
  }

  drop(event) {
    const target = this.tileOf(event.target);
    if (!this.dragged || !target || target.task.id === this.dragged) return;
    event.preventDefault();
    this.swap(this.dragged, target.task.id);
    this.dragged = null;
  }

  swap(one, other) {
    this.plan.swap(this.shownIds(), one, other);
  }

  tileOf(element) {
    const found = element.closest(".tile");
    return found ? this.tiles.get(Number(found.dataset.task)) : null;
  }
}
