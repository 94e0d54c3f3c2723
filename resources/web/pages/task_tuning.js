// A task's options while it runs: applied at once, seen at once in its picture, and undone at once.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { may } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, say } from "../base/words.js";
import { Preview } from "../live/preview.js";
import { button } from "../parts/buttons.js";
import { tick } from "../parts/form.js";
import { warn } from "../parts/notices.js";
import { changes, Options } from "./options.js";
import { classesOf, isActive } from "./task_words.js";

const SETTLED_MS = 250;

// What a person changes is stored a quarter of a second after it rests. What somebody else changes is shown, as long as
// nothing of this person's is on its way.
export class TuningTab {
  constructor(task) {
    Object.assign(this, { task, before: task, busy: false, timer: 0, classes: "" });
    this.options = new Options({ onChange: () => this.settle() });
    this.auto = tick(mark("Start with siapp"), task.auto_start);
    this.auto.input.addEventListener("input", () => this.settle());
    this.note = el("small", { className: "muted", says: mark("Changes apply at once."), attrs: { role: "status" } });
    this.back = button(mark("Undo changes"), () => this.undo(), { look: "link" });
    const foot = el(
      "div",
      { className: "bar foot", hidden: !may("operator") },
      this.note,
      el("span", { className: "space" }),
      this.back,
    );
    this.stage = el("div", { className: "preview" });
    this.element = el("div", { className: "form" }, this.stage, this.options.element, this.auto.element, foot);
    this.showPicture();
    this.forget = store.watch("algorithms", () => this.showClasses());
    this.show();
    this.options.setEditable(may("operator"));
    this.auto.input.disabled = !may("operator");
  }

  // Nothing that was changed is lost because somebody goes on to something else.
  end() {
    this.forget();
    this.preview?.end();
    if (!this.timer && !this.busy) return;
    this.busy = false;
    this.send();
  }

  update(task) {
    const known = this.task;
    this.task = task;
    this.showPicture();
    if (!same(known, task)) this.show();
    else if (known.algorithm.version !== task.algorithm.version) this.showClasses();
  }

  // What does not run has no picture; why, and since when, stands above.
  showPicture() {
    if (this.preview && isActive(this.task)) return this.preview.tile.update(this.task);
    if (!isActive(this.task)) {
      this.preview?.end();
      this.preview = null;
      const says = mark("Once the task runs, its picture is here and shows what a change does.");
      return this.stage.replaceChildren(el("p", { className: "muted", says }));
    }
    this.preview = new Preview(this.task);
    this.stage.replaceChildren(this.preview.element);
  }

  undo() {
    this.options.show(this.before.options);
    this.auto.input.checked = this.before.auto_start;
    this.send();
  }

  settle() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), SETTLED_MS);
  }

  // One at a time: a slider that is dragged on waits for the answer and sends the last of its values.
  async send() {
    clearTimeout(this.timer);
    this.timer = 0;
    const wrong = Object.entries(this.options.check());
    if (wrong.length) return wrong.forEach(([name, text]) => this.options.fields[name].problem(text));
    if (this.busy || same(this.task, this.shown)) return this.tell();
    this.busy = true;
    const { options, auto_start } = this.shown;
    try {
      const task = await api.put(`/tasks/${this.task.id}`, {
        options: changes(this.task.options, options),
        auto_start,
      });
      this.busy = false;
      this.task = task;
      store.put("tasks", task);
      say(this.note, mark("Applied. Changes apply at once."));
      if (!this.timer) await this.send();
    } catch (error) {
      this.busy = false;
      this.refused(error);
    }
  }

  refused(error) {
    warn(mark("The options of “{name}” are as they were: {reason}"), { name: this.task.name, reason: error.message });
    this.show();
  }

  get shown() {
    return { options: this.options.value, auto_start: this.auto.value };
  }

  show() {
    if (!this.busy && !this.timer) {
      this.showClasses();
      this.options.show(this.task.options);
      this.auto.input.checked = this.task.auto_start;
    }
    this.tell();
  }

  showClasses() {
    const names = classesOf(store.algorithms.get(this.task.algorithm.id), this.task.algorithm.version);
    const key = JSON.stringify(names);
    if (key === this.classes) return;
    this.classes = key;
    this.options.setClasses(names);
    this.options.show(this.task.options);
  }

  tell() {
    this.back.disabled = same(this.before, this.shown);
  }
}

const same = (one, other) =>
  one.auto_start === other.auto_start && !Object.keys(changes(one.options, other.options)).length;
