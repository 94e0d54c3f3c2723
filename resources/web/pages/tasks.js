// Tasks: the table, what can be done with the chosen ones, and everything about one of them at its side.

import { el } from "../base/dom.js";
import { byName } from "../base/format.js";
import { go } from "../base/routes.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { button, tool } from "../parts/buttons.js";
import { emptyState, head } from "../parts/head.js";
import { segments } from "../parts/segments.js";
import { Table } from "../parts/table.js";
import { newTask } from "./new_task.js";
import { Sheets } from "./sheets.js";
import { deleteTasks, startTasks, stopTasks } from "./task_acts.js";
import { columns, GROUPS, inGroup } from "./task_columns.js";
import { TaskDetails } from "./task_details.js";
import { algorithmText, canStart, canStop } from "./task_words.js";

export function open(place) {
  const page = new TasksPage();
  page.update(place);
  return page;
}

class TasksPage {
  constructor() {
    this.typed = "";
    this.groups = segments(mark("State"), GROUPS, () => this.fill());
    const operate = may("operator");
    this.table = new Table({
      called: mark("Tasks"),
      columns: columns(),
      sort: { place: 1, down: false },
      onOpen: ({ id }) => go("tasks", id),
      onSelect: operate ? () => this.tellActions() : null,
      empty: () => this.empty(),
    });
    const add = button(mark("New task"), () => go("tasks", null, { new: 1 }), { glyph: "plus", look: "primary" });
    const top = head(mark("Tasks"), {
      actions: operate ? [add] : [],
      tools: [this.groups.element, operate ? this.actions() : null],
      onSearch: (text) => ((this.typed = text), this.fill()),
    });
    this.element = el("div", { className: "page" }, ...top, this.table.element);
    this.element.addEventListener("keydown", (event) => this.press(event));
    this.sheets = new Sheets("tasks", {
      known: (id) => store.tasks.get(id),
      details: (task, close) => new TaskDetails(task, close),
      add: newTask,
    });
    this.forget = [
      store.watch("tasks", () => this.fill()),
      store.watch("devices", () => this.sheets.refresh()),
      store.watch("algorithms", () => this.sheets.refresh()),
      store.watch("connection", () => (this.table.refresh(), this.sheets.refresh())),
    ];
    this.fill();
    if (operate) this.tellActions();
  }

  update(place) {
    this.shown = place.id;
    this.sheets.update(place);
    this.table.highlight(place.id);
  }

  end() {
    this.forget.forEach((forget) => forget());
    this.sheets.end();
  }

  actions() {
    this.start = tool(mark("Start"), "play", () => startTasks(this.table.chosenRows()));
    this.stop = tool(mark("Stop"), "stop", () => stopTasks(this.table.chosenRows()));
    this.remove = tool(mark("Delete"), "trash", () => deleteTasks(this.table.chosenRows()));
    return el("div", { className: "bar" }, this.start, this.stop, this.remove);
  }

  fill() {
    const tasks = [...store.tasks.values()].sort(byName);
    this.groups.count(
      Object.fromEntries(GROUPS.map(([group]) => [group, tasks.filter((task) => inGroup(group, task)).length])),
    );
    this.table.set(tasks.filter((task) => inGroup(this.groups.value, task) && this.fits(task)));
    this.table.highlight(this.shown);
    this.sheets.refresh();
    if (may("operator")) this.tellActions();
  }

  fits(task) {
    return [task.name, task.device.name, algorithmText(task), task.error?.message ?? ""].some((text) =>
      text.toLowerCase().includes(this.typed),
    );
  }

  empty() {
    if (!store.connection.known) return null;
    if (store.tasks.size) return el("p", { className: "muted", says: mark("Nothing matches the search.") });
    const add = may("operator")
      ? button(mark("New task"), () => go("tasks", null, { new: 1 }), { look: "primary" })
      : null;
    return emptyState(mark("There are no tasks yet."), add);
  }

  tellActions() {
    const chosen = this.table.chosenRows();
    this.start.disabled = !chosen.some(canStart);
    this.stop.disabled = !chosen.some(canStop);
    this.remove.disabled = !chosen.length || !chosen.every(canStart);
  }

  press(event) {
    if (
      event.key !== "Delete" ||
      event.target.matches("input[type=search]") ||
      !may("operator") ||
      this.remove.disabled
    )
      return;
    event.preventDefault();
    deleteTasks(this.table.chosenRows());
  }
}
