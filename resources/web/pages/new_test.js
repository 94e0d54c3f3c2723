// A new test: a video, and what is tried on it.

import { api } from "../base/api.js";
import { byName } from "../base/format.js";
import { go } from "../base/routes.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { drop } from "../parts/drop.js";
import { choice, field, form, offer, tick } from "../parts/form.js";
import { done } from "../parts/notices.js";
import { Options } from "./options.js";
import { classesOf, shortened, usable } from "./task_words.js";
import { startTests } from "./test_acts.js";

const VIDEOS = ".mp4,.mov,.mkv,.webm,.avi,.ts,.mpg,.mpeg,.m4v,.flv,.wmv,.h264,.hevc,video/*";
const LONGEST_NAME = 100;

// What is in the sheet; `query` may name an algorithm, `file` is a video that was dropped before. `close()` where all
// is done.
export function newTest(query, close, file = null) {
  const sheet = new NewTest(query, close);
  if (file) sheet.drop.take(file);
  return {
    title: mark("New test"),
    element: sheet.form.element,
    dirty: () => sheet.form.dirty() || sheet.form.sending(),
    end: () => sheet.form.abort(),
    take: (dropped) => sheet.drop.take(dropped),
    update: () => sheet.know(),
  };
}

class NewTest {
  constructor(query, close) {
    this.close = close;
    this.drop = drop(mark("Drop a video file here"), VIDEOS, (file) => this.suggest(file));
    this.options = new Options({ rated: false });
    this.fields = {
      file: field(mark("Video file"), this.drop.element, { help: mark("It is copied to the station.") }),
      name: field(mark("Name"), { required: true }),
      algorithm: choice(mark("Algorithm"), []),
      ...this.options.fields,
      start: tick(mark("Start at once"), true),
    };
    this.fields.algorithm.input.addEventListener("change", () => this.showClasses());
    this.fields.name.input.addEventListener("input", () => (this.named = this.fields.name.value !== ""));
    const { file, name, algorithm, start } = this.fields;
    this.form = form({
      fields: this.fields,
      body: [file.element, name.element, algorithm.element, this.options.element, start.element],
      submit: mark("Add test"),
      busy: mark("Copying …"),
      codes: {
        name_taken: "name",
        bad_name: "name",
        not_a_video: "file",
        algorithm_not_ready: "algorithm",
        algorithm_not_found: "algorithm",
      },
      check: () => this.check(),
      work: (signal) => this.send(signal),
      onDone: (test) => this.added(test),
    });
    this.know();
    if (query.has("algorithm")) this.fields.algorithm.input.value = query.get("algorithm");
    this.showClasses();
    this.form.settle();
  }

  // What there is: an algorithm may come, or go, while the form is open.
  know() {
    const algorithms = usable([...store.algorithms.values()].sort(byName)).map(({ id, name }) => [id, name, true]);
    const known = JSON.stringify(algorithms);
    if (known === this.known) return;
    const isClean = !this.form.dirty();
    this.known = known;
    offer(this.fields.algorithm.input, algorithms);
    this.showClasses();
    if (isClean) this.form.settle();
  }

  get algorithm() {
    return store.algorithms.get(Number(this.fields.algorithm.value));
  }

  showClasses() {
    this.options.setClasses(classesOf(this.algorithm));
  }

  suggest(file) {
    if (this.named) return;
    this.fields.name.input.value = freeName(file.name.replace(/\.[^.]*$/, ""));
    this.fields.name.problem("");
  }

  check() {
    const problems = this.options.check();
    if (!this.drop.element.value) problems.file = t(mark("Choose a video file first."));
    if (!this.algorithm) problems.algorithm = t(mark("Upload an algorithm on the page Algorithms first."));
    return problems;
  }

  // The texts first: what is wrong with them is told before the video is sent.
  send(signal) {
    const data = new FormData();
    data.append("name", this.fields.name.value);
    data.append("algorithm_id", this.algorithm.id);
    data.append("options", JSON.stringify(this.options.value));
    data.append("video_file", this.drop.element.value);
    const onProgress = (sent, total) => this.form.progress(sent / total);
    return api.upload("/test-tasks", data, { onProgress, signal });
  }

  added(test) {
    store.put("tests", test);
    done(mark("The test “{name}” is there."), { name: test.name });
    if (this.fields.start.value) startTests([test]);
    this.close();
    go("tests", test.id);
  }
}

// `wanted`, with a number where a test or a task has that name already.
function freeName(wanted) {
  const key = (name) => name.normalize("NFKC").toLowerCase();
  const taken = new Set([...store.tests.values(), ...store.tasks.values()].map(({ name }) => key(name)));
  const plain = wanted.replace(/[/\\]/g, " ").split(/\s+/).filter(Boolean).join(" ");
  let name = shortened(plain, LONGEST_NAME).trim();
  for (let number = 2; taken.has(key(name)); number += 1) {
    const ending = ` (${number})`;
    name = shortened(plain, LONGEST_NAME - ending.length).trim() + ending;
  }
  return name;
}
