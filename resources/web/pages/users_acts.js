// What an administrator does with accounts.

import { api } from "../base/api.js";
import { me } from "../base/session.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { ask } from "../parts/ask.js";
import { ROLES, stateWord } from "../parts/marks.js";
import { done, failed } from "../parts/notices.js";

export const [PENDING, APPROVED, REJECTED, DISABLED] = ["pending", "approved", "rejected", "disabled"];
export const LAST_ADMIN = mark("This is the last administrator. Appoint another one first.");

// Whether nobody would be left who administers.
export function lacksAdmin(without) {
  const gone = new Set(without.map(({ id }) => id));
  const admins = [...store.users.values()].filter(({ role, status }) => role === "admin" && status === APPROVED);
  return admins.some(({ id }) => gone.has(id)) && admins.every(({ id }) => gone.has(id));
}

const isMe = ({ id }) => id === me()?.id;
// Who changes many, oneself among them, must be there until the others are done.
const ownLast = (users) => [...users].sort((one, other) => isMe(one) - isMe(other));

// The role first: nobody is let in with another one, not for a moment.
export async function approve(users, role) {
  for (const user of users) {
    if (user.role !== role) await api.put(`/users/${user.id}/role`, { role });
    store.put("users", await api.put(`/users/${user.id}/status`, { status: APPROVED }));
    done(mark("“{name}” is approved as {role}."), { name: user.username, role: t(ROLES[role]) });
  }
}

export async function setRole(user, role) {
  store.put("users", await api.put(`/users/${user.id}/role`, { role }));
  if (!isMe(user)) done(mark("“{name}” is {role} now."), { name: user.username, role: t(ROLES[role]) });
}

export async function setStatus(users, status) {
  for (const user of ownLast(users)) await setOne(user, status).catch(failed);
}

async function setOne(user, status) {
  const after = await api.put(`/users/${user.id}/status`, { status });
  if (!me()) return; // it was the own account
  store.put("users", after);
  const undo = { says: mark("Undo"), run: () => setStatus([user], user.status) };
  done(mark("“{name}”: {state}."), { name: user.username, state: t(stateWord("users", status)) }, undo);
}

// Others can be enabled again at once; who disables themselves is out.
export async function askDisable(users) {
  const own = {
    title: mark("Disable your own account?"),
    text: mark("You are signed out at once, and another administrator has to let you in again."),
    verb: mark("Disable account"),
  };
  if (!users.some(isMe) || (await ask(own))) await setStatus(users, DISABLED);
}

// Once, naming what is lost and what stays.
export async function askDelete(users) {
  const one = users.length === 1;
  const lost = mark(
    "Account, password and layouts of the wall are lost, and every sign-in ends. Cameras, algorithms, tasks and tests stay, and so do the entries in the audit.",
  );
  const own = users.some(isMe) ? `${t(mark("This is your own account: you are signed out at once."))} ` : "";
  const wanted = await ask({
    title: one ? mark("Delete the user “{name}”?") : mark("Delete {count} users?"),
    text: own + t(lost),
    names: one ? [] : users.map(({ username }) => username),
    verb: one ? mark("Delete user") : mark("Delete users"),
    values: { name: users[0].username, count: users.length },
  });
  if (!wanted) return;
  for (const user of ownLast(users)) await remove(user).catch(failed);
}

async function remove(user) {
  await api.remove(`/users/${user.id}`);
  if (!me()) return;
  store.remove("users", user.id);
  done(mark("The user “{name}” is deleted."), { name: user.username });
}
