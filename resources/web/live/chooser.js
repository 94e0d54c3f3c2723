// Which tasks are on the wall, and in which order: a list at the side.

import { el, uniqueId } from "../base/dom.js";
import { store } from "../base/store.js";
import { mark, sayAs } from "../base/words.js";
import { button, iconButton } from "../parts/buttons.js";
import { searchField } from "../parts/head.js";
import { stateMark } from "../parts/marks.js";
import { openSheet } from "../parts/sheet.js";

export function openChooser(plan, shown) {
  const chooser = new Chooser(plan, shown);
  return openSheet({ title: mark("Tasks on the wall"), body: chooser.element, onClose: () => chooser.end() });
}

class Chooser {
  constructor(plan, shown) {
    Object.assign(this, { plan, text: "", dragged: null });
    const on = plan.only ?? shown;
    const others = [...store.tasks.keys()].filter((id) => !on.includes(id));
    this.ids = [...on, ...others];
    this.on = new Set(on);
    this.list = el("ul", { className: "chooser" });
    sayAs(this.list, "aria-label", mark("Tasks on the wall"));
    this.itself = button(mark("Let the wall fill itself"), () => this.fillItself(), { glyph: "magic-wand" });
    const search = searchField((text) => this.find(text), mark("Search tasks"));
    const hint = mark("Drag a task to its place, or move it with the arrows.");
    const help = el("p", { className: "muted", says: hint });
    this.element = el("div", { className: "form" }, search, help, this.list, this.itself);
    this.forget = store.watch("tasks", () => this.follow());
    this.fill();
  }

  end() {
    this.forget();
  }

  find(text) {
    this.text = text;
    this.fill();
  }

  follow() {
    const known = [...store.tasks.keys()];
    const ids = [...this.ids.filter((id) => store.tasks.has(id)), ...known.filter((id) => !this.ids.includes(id))];
    if (ids.join() === this.ids.join()) {
      return this.rows.forEach(({ id, state }) => state.show(store.tasks.get(id).state));
    }
    this.ids = ids;
    this.fill();
  }

  fill() {
    const matches = (id) => store.tasks.get(id)?.name.toLowerCase().includes(this.text);
    this.rows = this.ids.filter(matches).map((id) => this.row(id));
    this.list.replaceChildren(...this.rows.map(({ element }) => element));
    const nothing = el("li", { className: "muted", says: mark("Nothing matches the search.") });
    if (!this.rows.length) this.list.append(nothing);
    this.itself.hidden = !this.plan.only && !this.plan.order.length;
  }

  row(id) {
    const task = store.tasks.get(id);
    const boxId = uniqueId("task");
    const change = () => this.choose(id, box.checked);
    const box = el("input", { id: boxId, type: "checkbox", checked: this.on.has(id), on: { change } });
    const state = stateMark("tasks", task.state);
    const values = { name: task.name };
    const element = el(
      "li",
      { draggable: true, data: { task: id } },
      box,
      el("label", { htmlFor: boxId, className: "cut", textContent: task.name, title: task.name }),
      state,
      iconButton(mark("Move {name} up"), "arrow-up", () => this.step(id, -1), { values }),
      iconButton(mark("Move {name} down"), "arrow-down", () => this.step(id, 1), { values }),
    );
    this.drag(element, id);
    return { id, element, state };
  }

  drag(element, id) {
    element.addEventListener("dragstart", () => (this.dragged = id));
    element.addEventListener("dragover", (event) => this.dragged !== null && event.preventDefault());
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      this.move(this.dragged, this.ids.indexOf(id));
      this.dragged = null;
    });
  }

  step(id, by) {
    const shown = this.rows.map((row) => row.id);
    const beside = shown[shown.indexOf(id) + by];
    if (beside === undefined) return;
    this.move(id, this.ids.indexOf(beside));
    const button = this.list.querySelector(`[data-task="${id}"] button:nth-last-child(${by < 0 ? 2 : 1})`);
    button.focus();
  }

  move(id, place) {
    this.ids = this.ids.filter((other) => other !== id);
    this.ids.splice(place, 0, id);
    this.store();
  }

  choose(id, wanted) {
    if (wanted) this.on.add(id);
    else this.on.delete(id);
    this.store();
  }

  store() {
    this.plan.change({ only: this.ids.filter((id) => this.on.has(id)), order: [] });
    this.fill();
  }

  fillItself() {
    this.plan.change({ only: null, order: [] });
    this.fill();
  }
}
