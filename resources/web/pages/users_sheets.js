// Sheets of the page of users: review and edit.

import { el } from "../base/dom.js";
import { dateTime } from "../base/format.js";
import { me } from "../base/session.js";
import { mark, say } from "../base/words.js";
import { ask } from "../parts/ask.js";
import { button } from "../parts/buttons.js";
import { choice, form } from "../parts/form.js";
import { ROLES, stateMark } from "../parts/marks.js";
import { maySheetClose, openSheet } from "../parts/sheet.js";
import {
  APPROVED,
  DISABLED,
  PENDING,
  REJECTED,
  approve,
  askDelete,
  askDisable,
  LAST_ADMIN,
  lacksAdmin,
  setRole,
  setStatus,
} from "./users_acts.js";

const MAY = {
  viewer: mark("Sees everything, changes nothing."),
  operator: mark("Also manages cameras, algorithms, tasks and tests."),
  admin: mark("Also manages users and settings, and reads the audit."),
};
const MOST_NAMED = 12;

// Who waits, or was sent away, is reviewed; everybody else edited.
export const openUser = (user, onClose) =>
  [PENDING, REJECTED].includes(user.status) ? review([user], onClose) : edit(user, onClose);

export async function reviewMany(users) {
  if (await maySheetClose()) review(users, () => {});
}

function roleField(role) {
  const made = choice(mark("Role"), Object.entries(ROLES), role, { help: MAY[role] });
  made.input.addEventListener("change", () => say(made.hint, MAY[made.value]));
  return made;
}

function review(users, onClose) {
  const [user] = users;
  const one = users.length === 1;
  const role = roleField(one ? user.role : "viewer");
  const asked = mark("Asked for an account on {date}.");
  const about = one
    ? [
        stateMark("users", user.status),
        el("p", { className: "muted", says: asked, values: { date: dateTime(user.created_at) } }),
      ]
    : [
        el("p", {
          textContent: [
            ...users.slice(0, MOST_NAMED).map(({ username }) => username),
            ...(users.length > MOST_NAMED ? ["…"] : []),
          ].join(", "),
        }),
      ];
  const made = form({
    fields: { role },
    body: [...about, role.element],
    submit: mark("Approve"),
    work: () => approve(users, role.value),
    onDone: () => sheet.shut(),
  });
  const reject = () => setStatus(users, REJECTED).then(() => sheet.shut());
  const others = [
    users.every(({ status }) => status === PENDING) && button(mark("Reject"), reject, { look: "danger" }),
    one &&
      user.status === REJECTED &&
      button(mark("Delete"), () => askDelete(users), { look: "danger", glyph: "trash" }),
  ];
  made.element.querySelector(".actions").prepend(...others.filter(Boolean));
  const title = one ? mark("Approve “{name}”?") : mark("Approve {count} users?");
  const sheet = openSheet({ title, values: { name: user.username, count: users.length }, body: made.element, onClose });
}

function edit(user, onClose) {
  const isLast = lacksAdmin([user]);
  const role = roleField(user.role);
  const made = form({
    fields: { role },
    body: [
      el(
        "p",
        { className: "line" },
        stateMark("users", user.status),
        el("span", { className: "muted", textContent: dateTime(user.created_at) }),
      ),
      role.element,
      isLast && el("p", { className: "remark", data: { token: "warning" }, says: LAST_ADMIN }),
    ].filter(Boolean),
    submit: mark("Save"),
    work: () => save(user, role.value),
    onDone: (saved) => saved !== false && sheet.shut(),
    onCancel: () => sheet.leave(),
  });
  role.input.disabled = isLast;
  made.element.querySelector("[type=submit]").hidden = isLast;
  const more = el("div", { className: "more" }, access(user, isLast), remove(user, isLast));
  const body = el("div", { className: "form" }, made.element, more);
  const sheet = openSheet({
    title: mark("Edit “{name}”"),
    values: { name: user.username },
    body,
    onClose,
    dirty: made.dirty,
  });
}

// Whoever takes their own administration away can't give it back to themselves.
async function save(user, role) {
  if (role === user.role) return true;
  const own = {
    title: mark("Give up administration?"),
    text: mark("You no longer see users and audit, and another administrator has to make you one again."),
    verb: mark("Change my role"),
  };
  if (user.id === me().id && !(await ask(own))) return false;
  await setRole(user, role);
  return true;
}

function access(user, isLast) {
  if (user.status === DISABLED)
    return button(mark("Enable"), () => setStatus([user], APPROVED), { glyph: "arrow-counter-clockwise" });
  return button(mark("Disable"), () => askDisable([user]), { glyph: "prohibit", disabled: isLast });
}

const remove = (user, isLast) =>
  button(mark("Delete"), () => askDelete([user]), { glyph: "trash", look: "danger", disabled: isLast });
