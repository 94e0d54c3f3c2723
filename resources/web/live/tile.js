// One task on the wall: its pictures with their boxes, and one line that says how it is. An old picture is never shown
// as if it were live.

import { el } from "../base/dom.js";
import { mark, t } from "../base/words.js";
import { stateMark } from "../parts/marks.js";
import { paintBoxes } from "./boxes.js";
import { Controls } from "./controls.js";
import { Pictures, wishedWidth } from "./feeds.js";
import { Figures, stationClock } from "./figures.js";
import { FORMATS } from "./format.js";
import { isActive } from "./layout.js";
import { Screen } from "./screen.js";
import { takeSnapshot } from "./snapshot.js";
import { lateness, message, oldness, spoken, staleAfter, tip } from "./telling.js";

const SETTLE_MS = 300;
const LARGE_WALL = 2560;

export class Tile {
  constructor(wall, task) {
    Object.assign(this, { wall, task, shown: null, seen: false, returned: false, boxesHere: null });
    this.figures = new Figures();
    this.build();
    this.pictures = new Pictures(`/ws/tasks/${task.id}`, {
      onText: () => {}, // the store hears the same
      onShown: (detections) => this.show(detections),
    });
    this.sizes = new ResizeObserver(() => this.resized());
    this.sizes.observe(this.room);
    wall.watching.add(this.element, (seen) => this.look(seen));
    this.update(task);
  }

  build() {
    this.screen = new Screen();
    this.stage = el("div", { className: "stage" }, this.screen.element);
    this.bigMark = stateMark("live", "");
    this.lines = [el("strong"), el("p"), el("p"), el("p")];
    this.over = el("div", { className: "over" }, this.bigMark, ...this.lines);
    this.room = el("div", { className: "picture" }, this.stage, this.over);
    this.state = stateMark("live", "");
    this.name = el("span", { className: "name" });
    this.algorithm = el("span", { className: "algorithm" });
    this.rate = el("span", { className: "figure" });
    this.late = el("span", { className: "figure" });
    this.count = el("span", { className: "figure" });
    this.format = el("span", { className: "format" });
    const texts = [this.state, this.name, this.algorithm, this.rate, this.late, this.count, this.format];
    this.strip = el("figcaption", {}, ...texts);
    this.controls = new Controls(this);
    this.element = el("figure", { className: "tile", tabIndex: 0 }, this.room, this.controls.element, this.strip);
    this.element.addEventListener("dblclick", () => this.wall.toggleAlone(this));
  }

  end() {
    clearTimeout(this.timer);
    this.sizes.disconnect();
    this.wall.watching.remove(this.element);
    this.pictures.close();
    this.element.remove();
  }

  // Whether what is seen is of this moment.
  get live() {
    return this.task.state === "running" && this.figures.last !== null && !this.staleS;
  }

  // Whole seconds of the shown picture's age where it is too old to pass for live, else 0.
  get staleS() {
    if (this.task.state !== "running" || !this.figures.last) return 0;
    const age = this.figures.age();
    return age > staleAfter(this.task) ? Math.floor(age / 1000) : 0;
  }

  get boxes() {
    return this.boxesHere ?? this.wall.plan.boxes;
  }

  update(task) {
    const before = this.task;
    this.task = task;
    if (before.state === "running" && task.state !== "running") this.forget();
    this.name.textContent = task.name;
    this.algorithm.textContent = task.algorithm.name;
    this.stream();
    this.tick();
  }

  // The last picture is not of now, and not of what comes.
  forget() {
    this.figures.restart();
    this.shown = null;
    this.screen.clear();
  }

  look(seen) {
    this.seen = seen;
    if (!seen && this.figures.last) this.returned = true;
    this.stream();
    this.tick();
  }

  // Pictures come while somebody can see them and the task has any.
  stream() {
    if (this.seen && isActive(this.task)) return this.pictures.show(this.wish());
    if (!this.pictures.open) return;
    this.pictures.close();
    this.forget();
  }

  wish() {
    const { clientWidth: across, clientHeight: down } = this.room;
    return wishedWidth(Math.min(across, (down * 16) / 9) * devicePixelRatio);
  }

  resized() {
    this.screen.fit(this.room);
    this.draw();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stream(), SETTLE_MS);
  }

  show(detections) {
    const fresh = this.live;
    this.shown = detections;
    this.returned = false;
    this.figures.add(detections ? stationClock.lateness(detections) : 0);
    this.draw();
    if (!fresh) this.tick();
  }

  toggleBoxes() {
    this.boxesHere = !this.boxes;
    this.draw();
    this.controls.refresh();
  }

  // What of the picture's objects is drawn; null where nothing is.
  drawn() {
    if (!this.shown || !this.boxes) return null;
    return { ...this.shown, objects: this.shown.objects.filter(({ label }) => this.wall.plan.shows(label)) };
  }

  draw() {
    const { picture } = this.pictures;
    if (!picture || !this.figures.last) return;
    const shown = this.staleS ? null : this.drawn();
    // A wall is read from afar.
    const scale = devicePixelRatio * (this.wall.kiosk && innerWidth >= LARGE_WALL ? 1.5 : 1);
    const options = { labels: this.wall.plan.labels, scale };
    this.screen.paint(picture, (context, where) => shown && paintBoxes(context, shown, where, options));
  }

  snapshot() {
    const picture = this.live ? this.pictures.picture : null;
    return takeSnapshot(this.task.name, picture, this.drawn(), { labels: this.wall.plan.labels });
  }

  // Twice a second: figures, and whether the picture has become old.
  tick() {
    const { task, staleS, pictures } = this;
    const known = this.wall.known;
    const age = staleS ? "stale" : this.live ? "fresh" : "none";
    this.pictures.watch(this.seen && task.state === "running");
    if (age === "stale" && this.element.dataset.age !== "stale") this.draw();
    Object.assign(this.element.dataset, { task: task.id, age, format: pictures.kind });
    const state = known ? task.state : "unknown";
    this.element.dataset.state = state;
    this.state.show(staleS && known ? "stale" : state);
    this.bigMark.show(state);
    this.cover(age, staleS, known);
    this.tell(age === "fresh");
    this.controls.refresh();
  }

  cover(age, staleS, known) {
    const wait = Math.ceil((this.pictures.nextTryAt - performance.now()) / 1000);
    const { task, returned } = this;
    const instead = age === "none" ? message(task, { known, returned, wait }) : [];
    const said = age === "stale" ? oldness(staleS, wait) : instead;
    this.lines.forEach((line, place) => write(line, said[place] ?? ""));
  }

  tell(fresh) {
    const { task, pictures, shown } = this;
    const late = fresh ? this.figures.latency() : null;
    const count = shown?.objects.filter(({ label }) => this.wall.plan.shows(label)).length;
    write(this.rate, fresh ? t(mark("{rate} fps"), { rate: this.figures.rate().toFixed(1) }) : "");
    write(this.late, late === null ? "" : lateness(late));
    write(this.count, fresh && shown ? t(mark("{count} obj."), { count }) : "");
    write(this.format, pictures.kind ? FORMATS[pictures.kind] : "");
    this.format.classList.toggle("fallback", Boolean(pictures.note));
    const said = spoken(task, { known: this.wall.known, staleS: this.staleS });
    if (this.element.ariaLabel !== said) this.element.ariaLabel = said;
    const words = tip(task, pictures.note ? t(pictures.note) : "");
    if (this.strip.title !== words) this.strip.title = words;
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
