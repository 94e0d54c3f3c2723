// Everything about one task at the side of the table.

import { el } from "../base/dom.js";
import { since } from "../base/format.js";
import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, say } from "../base/words.js";
import { button, link } from "../parts/buttons.js";
import { Gallery } from "../parts/gallery.js";
import { icon } from "../parts/icon.js";
import { LogView } from "../parts/log.js";
import { stateMark } from "../parts/marks.js";
import { tabs } from "../parts/tabs.js";
import { deleteTasks, startTasks, stopTasks } from "./task_acts.js";
import { ChartsTab } from "./task_charts.js";
import { figures, stateNow } from "./task_columns.js";
import { TuningTab } from "./task_tuning.js";
import { advice, algorithmText, canStart, canStop, isActive } from "./task_words.js";

const TABS = [
  ["overview", mark("Overview")],
  ["options", mark("Options")],
  ["log", mark("Log")],
  ["charts", mark("Charts")],
  ["frames", mark("Key frames")],
];

export class TaskDetails {
  constructor(task, at) {
    this.task = task;
    this.title = el("span", { textContent: task.name });
    this.wide = true;
    this.parts = el("p", { className: "muted" });
    this.bar = new StateBar(task);
    this.tabs = tabs(mark("Details"), TABS, (tab) =>
      go("tasks", this.task.id, { tab: tab === "overview" ? null : tab }, { quietly: true }),
    );
    this.element = el(
      "div",
      { className: "details-sheet" },
      this.parts,
      this.bar.element,
      this.tabs.element,
      this.tabs.panel,
    );
    this.update(task, at);
  }

  end() {
    this.view?.end();
  }

  update(task, at) {
    this.task = task;
    this.parts.textContent = `${task.device.name} · ${algorithmText(task)}`;
    this.bar.update(task);
    const wanted = at.query.get("tab");
    const tab = TABS.some(([name]) => name === wanted) ? wanted : "overview";
    if (tab !== this.tab) this.turn(tab);
    else this.view.update(task);
  }

  // A view is made when it is turned to: what nobody sees asks for nothing.
  turn(tab) {
    this.view?.end();
    this.tab = tab;
    this.tabs.show(tab);
    const active = () => isActive(this.task);
    const { id, name } = this.task;
    if (tab === "options") this.view = new TuningTab(this.task);
    else if (tab === "log") this.view = new LogView(`/tasks/${id}/log`, `${name}.log`, active);
    else if (tab === "charts") this.view = new ChartsTab(this.task);
    else if (tab === "frames") this.view = new Gallery(name, active);
    else this.view = new Overview(this.task);
    this.tabs.panel.replaceChildren(this.view.element);
  }
}

// State and the button that changes it; below, in full, what is wrong and what one can try.
class StateBar {
  constructor(task) {
    this.mark = stateMark("tasks", stateNow(task));
    this.when = el("span", { className: "muted" });
    this.why = el("p", { className: "why" });
    this.advice = el("p", { className: "muted" });
    this.word = el("span");
    this.run = el("button", { type: "button", hidden: !may("operator"), on: { click: () => this.toggle() } });
    const row = el("div", { className: "bar" }, this.mark, this.when, el("span", { className: "space" }), this.run);
    this.element = el("div", { className: "state-bar" }, row, this.why, this.advice);
  }

  update(task) {
    this.task = task;
    this.mark.show(stateNow(task));
    say(this.when, mark("since {time}"), { time: since(task.state_since) });
    this.why.textContent = task.error?.message ?? "";
    say(this.advice, advice(task));
    this.why.hidden = !task.error;
    this.advice.hidden = !advice(task);
    const stops = canStop(task) && task.state !== "error";
    if (this.stops !== stops)
      this.run.replaceChildren(
        stops ? icon("stop") : icon("play"),
        say(this.word, stops ? mark("Stop") : mark("Start")),
      );
    this.stops = stops;
    this.run.disabled = task.state === "stopping" || !store.connection.up;
  }

  async toggle() {
    this.run.disabled = true;
    await (canStart(this.task) ? startTasks : stopTasks)([this.task]);
    this.update(this.task);
  }
}

class Overview {
  constructor(task) {
    this.values = {};
    const fact = (says, name) => [el("dt", { says }), (this.values[name] = el("dd"))];
    const facts = el(
      "dl",
      { className: "facts" },
      ...fact(mark("Frames per second"), "rate"),
      ...fact(mark("From the camera"), "camera"),
      ...fact(mark("Latency"), "latency"),
      ...fact(mark("Objects"), "objects"),
      ...fact(mark("Frames left out"), "dropped"),
      ...fact(mark("Start with siapp"), "auto"),
    );
    this.remove = button(mark("Delete task"), () => deleteTasks([this.task]), {
      glyph: "trash",
      look: "danger",
      hidden: !may("operator"),
    });
    const live = link(mark("Show live"), "#/live", { glyph: "squares-four", className: "button" });
    this.element = el(
      "div",
      { className: "overview" },
      facts,
      el("div", { className: "bar" }, live, el("span", { className: "space" }), this.remove),
    );
    this.update(task);
  }

  end() {}

  update(task) {
    this.task = task;
    const { values } = this;
    const runs = figures.rate(task) !== "–";
    for (const name of ["rate", "latency", "objects"]) values[name].textContent = figures[name](task);
    values.camera.textContent = runs ? task.stats.fps_in.toFixed(1) : "–";
    values.dropped.textContent = runs ? task.stats.dropped : "–";
    say(values.auto, task.auto_start ? mark("Yes") : mark("No"));
    this.remove.disabled = !canStart(task);
  }
}
