// What the station has, kept up to date by its events: cameras, algorithms, tasks, tests; users for administrators.

import { api } from "./api.js";
import { Line } from "./line.js";
import { may, me, recall } from "./session.js";
import { whenLanguageChanges } from "./words.js";

const ROLE_EVERY_MS = 30_000;
const KINDS = ["devices", "algorithms", "tasks", "tests", "users"];
const ONE = { device: "devices", algorithm: "algorithms", task: "tasks", test: "tests", user: "users" };

class Store {
  constructor() {
    this.watchers = new Map();
    this.changed = new Set();
    this.clear();
  }

  clear() {
    KINDS.forEach((kind) => (this[kind] = new Map()));
    // How far each import is, by "ALGORITHM/VERSION".
    this.imports = new Map();
    // `up`: the events come; `known`: they have come at least once; `nextTryAt`: of performance.now(); `lostAt`: since
    // when they do not come, null before the first try.
    this.connection = { up: false, known: false, nextTryAt: 0, lostAt: null };
  }

  open() {
    this.forget = whenLanguageChanges(() => this.listen());
    this.listen();
    this.clock = setInterval(() => this.connection.up && this.askRole(), ROLE_EVERY_MS);
  }

  close() {
    clearInterval(this.clock);
    this.forget?.();
    this.line?.end();
    this.clear();
  }

  // `what`: a kind, "connection", "imports", "role", or the type of a message ("stats", "notice", "upload_progress",
  // ...). Kinds are told once for all that has come in together, messages each. Gives a function that ends it.
  watch(what, listener) {
    if (!this.watchers.has(what)) this.watchers.set(what, new Set());
    this.watchers.get(what).add(listener);
    return () => this.watchers.get(what).delete(listener);
  }

  // An answer of the API that is newer than the events.
  put(kind, object) {
    this[kind].set(object.id, object);
    this.tell(kind);
  }

  remove(kind, id) {
    this[kind].delete(id);
    this.tell(kind);
  }

  // Once more after a change of language: reasons come in the language that was asked for.
  listen() {
    this.line?.end();
    this.line = new Line("/ws/events", {
      onText: (message) => this.hear(message),
      onDown: (wait) => this.connected(false, wait),
      onUp: () => this.connected(true),
      onEnd: () => this.connected(false, 0),
    });
  }

  // Don't wait any longer for the next try.
  retry() {
    this.line?.retry();
  }

  async connected(up, wait = 0) {
    const lostAt = up ? null : (this.connection.lostAt ?? new Date());
    this.connection = { up, known: this.connection.known || up, nextTryAt: performance.now() + wait * 1000, lostAt };
    this.tell("connection");
    if (!up) return;
    await this.askRole();
    if (may("admin")) await this.readUsers().catch(() => {});
  }

  // Whether the person's own role has become another one: it may have while nothing was heard.
  async askRole() {
    if (!(await recall().catch(() => false))) return;
    if (may("admin")) await this.readUsers().catch(() => {});
    this.tell("role");
  }

  async readUsers() {
    const users = await api.all("/users");
    this.users = new Map(users.map((user) => [user.id, user]));
    this.tell("users");
  }

  hear(message) {
    const { type } = message;
    const kind = ONE[type];
    if (type === "snapshot") this.replace(message);
    else if (kind) this.put(kind, message[type]);
    else if (type.endsWith("_deleted")) this.remove(ONE[type.replace("_deleted", "")], message.id);
    else if (type === "stats") this.amend("tasks", message.task_id, { stats: message.stats });
    else if (type === "test_progress") this.amend("tests", message.id, { progress: message.progress });
    else if (type === "import_progress") this.importing(message);
    if (type === "user" && message.user.id === me()?.id) this.askRole();
    this.watchers.get(type)?.forEach((listener) => listener(message));
  }

  replace(snapshot) {
    for (const kind of KINDS.filter((name) => name in snapshot)) {
      this[kind] = new Map(snapshot[kind].map((one) => [one.id, one]));
      this.tell(kind);
    }
  }

  amend(kind, id, news) {
    const known = this[kind].get(id);
    if (known) this.put(kind, { ...known, ...news });
  }

  importing({ algorithm_id, version, fraction, step }) {
    this.imports.set(`${algorithm_id}/${version}`, { fraction, step });
    this.tell("imports");
  }

  tell(what) {
    if (!this.changed.size) queueMicrotask(() => this.tellAll());
    this.changed.add(what);
  }

  tellAll() {
    const changed = [...this.changed];
    this.changed.clear();
    for (const what of changed) this.watchers.get(what)?.forEach((listener) => listener());
  }
}

export const store = new Store();
