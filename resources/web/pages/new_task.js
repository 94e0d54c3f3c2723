// New tasks: one algorithm on one camera or on several, and how to analyse.

import { api } from "../base/api.js";
import { byName } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { forEach, tellOutcomes } from "../parts/bulk.js";
import { CheckList } from "../parts/check_list.js";
import { choice, field, form, offer, tick } from "../parts/form.js";
import { warn } from "../parts/notices.js";
import { Options } from "./options.js";
import { classesOf, shortened, usable } from "./task_words.js";

const CREATED = {
  one: mark("The task “{name}” is there."),
  many: mark("{count} tasks are there."),
  some: mark("{count} of {total} tasks are there."),
};

// What is in the sheet; `query` may name an algorithm and a camera. `close()` where all is done.
export function newTask(query, close) {
  const sheet = new NewTask(query, close);
  return {
    title: mark("New task"),
    element: sheet.form.element,
    dirty: () => sheet.form.dirty(),
    end() {},
    update: () => sheet.know(),
  };
}

// The suggested name follows camera and algorithm until somebody writes another. Several cameras give as many tasks,
// each with the suggested name.
class NewTask {
  constructor(query, close) {
    this.close = close;
    this.cameras = new CheckList(mark("Cameras"), { onChange: () => this.suggest() });
    this.options = new Options();
    this.fields = {
      cameras: field(mark("Cameras"), this.cameras.element),
      algorithm: choice(mark("Algorithm"), []),
      name: field(mark("Name"), {}, { help: mark("Each task is named after its camera and the algorithm.") }),
      ...this.options.fields,
      start: tick(mark("Start at once"), true),
      auto: tick(mark("Start with siapp")),
    };
    this.fields.algorithm.input.addEventListener("change", () => this.showClasses());
    this.fields.name.input.addEventListener("input", () => (this.named = this.fields.name.value !== ""));
    const { cameras, algorithm, name, start, auto } = this.fields;
    this.form = form({
      fields: this.fields,
      body: [cameras.element, algorithm.element, name.element, this.options.element, start.element, auto.element],
      submit: mark("Create task"),
      busy: mark("Creating …"),
      codes: { duplicate_task: "algorithm", algorithm_not_ready: "algorithm", name_taken: "name", bad_name: "name" },
      check: () => this.check(),
      work: () => this.create(),
      onDone: (outcomes) => this.created(outcomes),
    });
    this.know();
    this.cameras.check(this.firstCameras(query));
    if (query.has("algorithm")) this.fields.algorithm.input.value = query.get("algorithm");
    this.showClasses();
    this.form.settle();
  }

  // What there is: while the form is open a camera may go, or an algorithm come.
  know() {
    const cameras = [...store.devices.values()].sort(byName).map(({ id, name }) => ({ id, name }));
    const algorithms = usable([...store.algorithms.values()].sort(byName)).map(({ id, name }) => [id, name, true]);
    const known = JSON.stringify([cameras, algorithms]);
    if (known === this.known) return;
    const isClean = !this.form.dirty();
    this.known = known;
    this.cameras.show(cameras);
    offer(this.fields.algorithm.input, algorithms);
    this.showClasses();
    if (isClean) this.form.settle();
  }

  firstCameras(query) {
    const only = store.devices.size === 1 ? [...store.devices.keys()] : [];
    return query.has("device") ? [Number(query.get("device"))] : only;
  }

  get algorithm() {
    return store.algorithms.get(Number(this.fields.algorithm.value));
  }

  chosen() {
    return this.cameras.checked.map((id) => store.devices.get(id)).filter(Boolean);
  }

  showClasses() {
    this.options.setClasses(classesOf(this.algorithm));
    this.suggest();
  }

  nameFor(camera) {
    return shortened(`${camera.name} – ${this.algorithm?.name ?? ""}`);
  }

  suggest() {
    if (!this.fields) return;
    const [cameras, { name }] = [this.chosen(), this.fields];
    const several = cameras.length > 1;
    name.input.disabled = several;
    name.hint.hidden = !several;
    if ((several || !this.named) && cameras.length && this.algorithm) {
      name.input.value = this.nameFor(cameras[0]);
      name.problem("");
      this.named = false;
    }
  }

  check() {
    const problems = this.options.check();
    if (!store.devices.size) problems.cameras = t(mark("Add a camera on the page Devices first."));
    else if (!this.chosen().length) problems.cameras = t(mark("Choose at least one camera."));
    if (!this.algorithm) problems.algorithm = t(mark("Upload an algorithm on the page Algorithms first."));
    return problems;
  }

  // Of one that is refused the form says why, and stays.
  async create() {
    const cameras = this.chosen();
    const made = [];
    const name = (camera) => (cameras.length > 1 ? this.nameFor(camera) : this.fields.name.value);
    const outcomes = await forEach(cameras, async (camera) => made.push(await this.make(camera, name(camera))));
    if (cameras.length === 1 && outcomes.failed.length) throw outcomes.failed[0][1];
    return { ...outcomes, made };
  }

  async make(camera, name) {
    const { options, fields } = this;
    const body = {
      name,
      device_id: camera.id,
      algorithm_id: this.algorithm.id,
      options: options.value,
      auto_start: fields.auto.value,
    };
    const task = await api.post("/tasks", body);
    store.put("tasks", task);
    if (fields.start.value) {
      const refused = (error) => warn(mark("“{name}”: {reason}"), { name: task.name, reason: error.message });
      await api.post(`/tasks/${task.id}/start`).then((started) => store.put("tasks", started), refused);
    }
    return task;
  }

  // Of several, those that are there are not asked for again.
  created({ done, failed, made }) {
    tellOutcomes({ done: failed.length ? done : made, failed }, CREATED);
    if (!failed.length) return this.close();
    this.cameras.check(failed.map(([camera]) => camera.id));
    this.suggest();
  }
}
