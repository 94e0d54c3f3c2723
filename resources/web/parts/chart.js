// A calm chart of one figure over time: few round labels, true gaps, and the values of the moment that is pointed at.

import { el, svg } from "../base/dom.js";
import { mark, say, sayAs, t } from "../base/words.js";
import { nearest, summary, timeTicks, valueTicks } from "./scales.js";

const LEFT = 40;
const FOOT = 20;
const ABOVE = 8;
const HEIGHT = 116;
const LABEL_ROOM = 72;
const REACH_MS = 15_000;

// `title`, `unit`: sentences; `digits` after the point; `onPoint(moment)`: the moment under the mouse, null for none.
export class Chart {
  constructor({ title, unit = "", digits = 0, onPoint = () => {} }) {
    Object.assign(this, { unit, digits, onPoint, lines: [], end: 0, span: 1, moment: null });
    this.figures = el("span", { className: "muted cut" });
    this.plot = svg("svg", { height: HEIGHT, role: "img", tabindex: 0, class: "plot" });
    sayAs(this.plot, "aria-label", title);
    this.legend = el("div", { className: "legend" });
    this.element = el(
      "section",
      { className: "chart" },
      el("div", { className: "bar" }, el("h3", { says: title }), this.figures),
      this.plot,
      this.legend,
    );
    this.plot.addEventListener("pointermove", ({ offsetX }) => this.point(this.momentAt(offsetX)));
    this.plot.addEventListener("pointerleave", () => this.point(null));
    this.plot.addEventListener("keydown", (event) => this.walk(event));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.plot);
  }

  close() {
    this.sizes.disconnect();
  }

  // `lines`: [{ says, runs }], the first is the one that the figures are of; `end`: at the right edge, in milliseconds.
  show(lines, end, span) {
    Object.assign(this, { lines, end, span });
    if (!this.legend.firstChild)
      this.legend.append(...lines.map(({ says }, place) => el("span", { className: place ? "second" : "", says })));
    this.draw();
  }

  pointAt(moment) {
    this.moment = moment;
    this.tell();
    this.drawMoment();
  }

  point(moment) {
    if (moment !== this.moment) this.onPoint(moment);
  }

  walk(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step && !(event.key === "Escape" && this.moment !== null)) return;
    event.preventDefault();
    if (!step) return this.point(null);
    const moved = (this.moment ?? this.end) + (step * this.span) / 120;
    this.point(Math.min(this.end, Math.max(this.end - this.span, moved)));
  }

  momentAt(x) {
    const moment = this.end - ((this.right - x) / Math.max(1, this.right - LEFT)) * this.span;
    return moment < this.end - this.span || moment > this.end ? null : moment;
  }

  x(moment) {
    return this.right - ((this.end - moment) / this.span) * (this.right - LEFT);
  }

  y(value) {
    return HEIGHT - FOOT - (value / this.top) * (HEIGHT - FOOT - ABOVE);
  }

  draw() {
    this.right = this.plot.clientWidth - 8;
    if (this.right <= LEFT) return;
    const begin = this.end - this.span;
    const values = this.lines
      .flatMap(({ runs }) => runs.flat())
      .filter(([at]) => at >= begin)
      .map(([, value]) => value);
    const ticks = valueTicks(Math.max(1, ...values), 3, !this.digits);
    this.top = ticks.at(-1);
    const runs = this.lines
      .map((line, place) =>
        line.runs.map((run) =>
          this.run(
            run.filter(([at]) => at >= begin),
            place,
          ),
        ),
      )
      .reverse();
    this.cursor = svg("line", { class: "cursor", y1: ABOVE, y2: HEIGHT - FOOT });
    this.plot.replaceChildren(
      ...ticks.flatMap((tick) => this.valueTick(tick)),
      ...this.times(begin),
      ...runs.flat(2),
      this.cursor,
    );
    this.tell();
    this.drawMoment();
  }

  valueTick(tick) {
    const y = Math.round(this.y(tick)) + 0.5;
    const label = svg("text", { x: LEFT - 8, y: y + 4, "text-anchor": "end" }, String(tick));
    return [svg("line", { class: tick ? "grid" : "base", x1: LEFT, x2: this.right, y1: y, y2: y }), label];
  }

  times(begin) {
    const most = Math.max(1, Math.floor((this.right - LEFT) / LABEL_ROOM));
    return timeTicks(begin, this.end, most).map((at) =>
      svg("text", { x: this.x(at), y: HEIGHT - 4, "text-anchor": "middle" }, clock(at).slice(0, 5)),
    );
  }

  // A moment between two gaps is seen, too.
  run(points, place) {
    if (!points.length) return [];
    const spots = points.map(([at, value]) => `${this.x(at).toFixed(1)},${this.y(value).toFixed(1)}`);
    if (spots.length === 1) spots.push(spots[0]);
    const drawn = svg("polyline", { class: place ? "second" : "first", points: spots.join(" ") });
    if (place) return [drawn];
    const [from, to] = [this.x(points[0][0]), this.x(points.at(-1)[0])];
    return [
      svg("polygon", { class: "below", points: `${from},${HEIGHT - FOOT} ${spots.join(" ")} ${to},${HEIGHT - FOOT}` }),
      drawn,
    ];
  }

  drawMoment() {
    if (!this.cursor) return;
    const shown = this.moment !== null;
    this.cursor.setAttribute("visibility", shown ? "visible" : "hidden");
    if (shown) for (const edge of ["x1", "x2"]) this.cursor.setAttribute(edge, Math.round(this.x(this.moment)) + 0.5);
  }

  tell() {
    const unit = this.unit ? t(this.unit) : "";
    if (this.moment !== null) {
      this.figures.textContent = this.told(unit).join(" · ");
      this.figures.said?.clear();
      return;
    }
    const found = summary(this.lines[0]?.runs ?? [], this.end - this.span);
    if (!found) say(this.figures, mark("No figures in this time"));
    else
      say(this.figures, mark("Now {now} · min {lowest} · mean {mean} · max {highest} {unit}"), {
        ...this.rounded(found),
        unit,
      });
  }

  rounded(found) {
    return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, value.toFixed(this.digits)]));
  }

  told(unit) {
    const reach = Math.max(REACH_MS, this.span / 400);
    const values = this.lines.map(({ says, runs }) => {
      const value = nearest(runs, this.moment, reach);
      return `${t(says)} ${value === null ? "–" : `${value.toFixed(this.digits)} ${unit}`}`.trim();
    });
    return [clock(this.moment), ...values];
  }
}

const clock = (at) => new Date(at).toTimeString().slice(0, 8);
