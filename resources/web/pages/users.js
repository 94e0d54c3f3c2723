// People: who waits for review, who may do what, who is kept out. For administrators.

import { el } from "../base/dom.js";
import { byName, dateTime } from "../base/format.js";
import { go, place } from "../base/routes.js";
import { me } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, sayAs, t, whenLanguageChanges } from "../base/words.js";
import { button, tool } from "../parts/buttons.js";
import { emptyState, head } from "../parts/head.js";
import { ROLES, stateMark, statesOf } from "../parts/marks.js";
import { warn } from "../parts/notices.js";
import { segments } from "../parts/segments.js";
import { shutSheet } from "../parts/sheet.js";
import { Table } from "../parts/table.js";
import {
  APPROVED,
  DISABLED,
  PENDING,
  REJECTED,
  askDelete,
  askDisable,
  lacksAdmin,
  LAST_ADMIN,
  setStatus,
} from "./users_acts.js";
import { openUser, reviewMany } from "./users_sheets.js";

const STATUSES = statesOf("users");
const FILTERS = {
  all: [mark("All"), STATUSES],
  waiting: [mark("Waiting"), [PENDING]],
  approved: [mark("Approved"), [APPROVED]],
  keptOut: [mark("Kept out"), [REJECTED, DISABLED]],
};
const ACTIONS = [
  { says: mark("Approve"), glyph: "check", from: [PENDING, REJECTED], run: reviewMany },
  { says: mark("Reject"), glyph: "x", from: [PENDING], run: (users) => setStatus(users, REJECTED) },
  { says: mark("Disable"), glyph: "prohibit", from: [APPROVED], run: askDisable, keepsAdmin: true },
  {
    says: mark("Enable"),
    glyph: "arrow-counter-clockwise",
    from: [DISABLED],
    run: (users) => setStatus(users, APPROVED),
  },
  { says: mark("Delete"), glyph: "trash", from: STATUSES, run: askDelete, keepsAdmin: true },
];
const COLUMNS = [
  { says: mark("State"), width: "128px", narrow: true, cell: ({ status }) => stateMark("users", status), sort: queue },
  { says: mark("Name"), narrow: true, main: true, cell: nameOf, sort: ({ username }) => username },
  {
    says: mark("Role"),
    width: "140px",
    cell: ({ role }) => t(ROLES[role]),
    sort: ({ role }) => Object.keys(ROLES).indexOf(role),
  },
  {
    says: mark("Asked or added"),
    width: "168px",
    cell: ({ created_at: at }) => dateTime(at),
    sort: ({ created_at: at }) => at,
  },
];

// Who waits stands at the top.
function queue({ status, username }) {
  return `${STATUSES.indexOf(status)}${username}`;
}

function nameOf({ id, username }) {
  return id === me()?.id ? t(mark("{name} (you)"), { name: username }) : username;
}

export function open(at) {
  return new UsersPage(at);
}

class UsersPage {
  constructor(at) {
    this.search = "";
    this.openId = this.shownId = null;
    this.table = new Table({
      columns: COLUMNS,
      called: mark("Users"),
      sort: { place: 0, down: false },
      onOpen: (user) => go("users", user.id),
      onSelect: () => this.offer(),
      empty: () =>
        emptyState(
          mark("Nobody fits this filter."),
          button(mark("Show all"), () => this.showAll()),
        ),
    });
    const choices = Object.entries(FILTERS).map(([name, [says]]) => [name, says]);
    this.filter = segments(mark("Which users are shown"), choices, () => this.fill());
    this.buttons = ACTIONS.map((action) => this.button(action));
    const onSearch = (text) => ((this.search = text), this.fill());
    const top = head(mark("Users"), {
      actions: [this.filter.element],
      tools: [el("div", { className: "bar" }, ...this.buttons)],
      onSearch,
    });
    this.element = el("div", { className: "page users" }, ...top, this.table.element);
    this.forget = [store.watch("users", () => this.fill()), whenLanguageChanges(() => this.table.refresh())];
    this.fill();
    this.update(at);
  }

  end() {
    this.forget.forEach((forget) => forget());
  }

  button(action) {
    return Object.assign(
      tool(action.says, action.glyph, () => action.run(this.table.chosenRows())),
      { action },
    );
  }

  // Whose details are shown: the place says it.
  update({ id }) {
    this.openId = id;
    this.table.highlight(id);
    if (id === this.shownId) return;
    this.shownId = null;
    if (!store.users.has(id)) shutSheet();
    this.arrive();
  }

  // A place may be asked for before it is known who there is.
  arrive() {
    if (this.openId === null || this.shownId) return;
    const user = store.users.get(this.openId);
    if (user) this.show(user);
    else if (store.users.size) {
      this.openId = null;
      warn(mark("What was looked for is not there any more."));
      go("users", null, {}, { quietly: true });
    }
  }

  show(user) {
    this.shownId = user.id;
    openUser(user, () => {
      if (this.shownId !== user.id) return;
      this.shownId = null;
      if (place().page === "users" && place().id === user.id) go("users");
    });
  }

  fill() {
    const users = [...store.users.values()].map((user) => ({ ...user, name: user.username })).sort(byName);
    const [, statuses] = FILTERS[this.filter.value];
    const counts = Object.entries(FILTERS).map(([name, [, of]]) => [
      name,
      users.filter(({ status }) => of.includes(status)).length,
    ]);
    this.filter.count(Object.fromEntries(counts));
    this.table.set(
      users.filter((user) => statuses.includes(user.status) && user.username.toLowerCase().includes(this.search)),
    );
    this.arrive();
    if (this.shownId && !store.users.has(this.shownId)) shutSheet();
    this.table.highlight(this.openId);
    this.offer();
  }

  showAll() {
    this.element.querySelector("input[type=search]").value = this.search = "";
    this.filter.value = "all";
    this.fill();
  }

  // What makes sense for those that are chosen.
  offer() {
    const users = this.table.chosenRows();
    for (const press of this.buttons) {
      const { from, keepsAdmin } = press.action;
      const isLast = keepsAdmin && lacksAdmin(users);
      press.disabled = !users.length || isLast || !users.every(({ status }) => from.includes(status));
      sayAs(press, "title", users.length && isLast ? LAST_ADMIN : press.action.says);
    }
  }
}
