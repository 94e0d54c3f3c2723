// The few buttons of a tile, seen while the mouse or the keyboard is on it.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { mark, sayAs } from "../base/words.js";
import { iconButton } from "../parts/buttons.js";
import { glyph, icon } from "../parts/icon.js";
import { failed } from "../parts/notices.js";
import { canStart, canStop } from "./layout.js";

export class Controls {
  constructor(tile) {
    this.tile = tile;
    this.snapshot = iconButton(mark("Save a snapshot"), "camera", () => tile.snapshot());
    this.boxes = iconButton(mark("Hide boxes"), "bounding-box", () => tile.toggleBoxes());
    this.alone = iconButton(mark("Show this tile alone"), "arrows-out", () => tile.wall.toggleAlone(tile));
    this.full = iconButton(mark("Full screen"), "corners-out", () => this.fullScreen());
    this.page = iconButton(mark("Open the task's page"), "list-bullets", () => go("tasks", tile.task.id));
    this.start = iconButton(mark("Start task"), "play", () => this.ask("start"));
    this.stop = iconButton(mark("Stop task"), "stop", () => this.ask("stop"));
    const all = [this.snapshot, this.boxes, this.alone, this.full, this.page, this.start, this.stop];
    this.element = el("div", { className: "controls" }, ...all);
    this.element.addEventListener("dblclick", (event) => event.stopPropagation());
  }

  // After a change of the task, of its picture or of the person's role.
  refresh() {
    const { tile } = this;
    const { task, wall } = tile;
    const operates = may("operator") && !wall.kiosk;
    this.snapshot.hidden = !tile.live;
    this.full.hidden = !document.fullscreenEnabled;
    this.page.hidden = wall.kiosk;
    this.start.hidden = !(operates && canStart(task));
    this.stop.hidden = !(operates && canStop(task));
    this.alone.hidden = !wall.mayBeAlone(tile);
    const alone = wall.isAlone(tile);
    if (alone) wear(this.alone, mark("Show all tiles"), glyph("arrows-in"));
    else wear(this.alone, mark("Show this tile alone"), glyph("arrows-out"));
    if (tile.boxes) wear(this.boxes, mark("Hide boxes"), glyph("bounding-box"));
    else wear(this.boxes, mark("Show boxes"), glyph("selection-slash"));
  }

  async ask(verb) {
    this[verb].disabled = true;
    await api.post(`/tasks/${this.tile.task.id}/${verb}`).catch(failed);
    this[verb].disabled = false;
  }

  fullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.tile.element.requestFullscreen().catch(() => {}); // the browser says why by itself
  }
}

function wear(button, said, name) {
  if (button.dataset.glyph === name) return;
  button.dataset.glyph = name;
  sayAs(sayAs(button, "title", said), "aria-label", said);
  button.replaceChildren(icon(name, 20));
}
