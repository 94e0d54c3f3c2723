// Entries of the audit as sentences that a person reads: the window's words.

import { mark, t } from "../base/words.js";
import { ROLES } from "../parts/marks.js";

export const KINDS = {
  user: mark("Users"),
  device: mark("Devices"),
  algorithm: mark("Algorithms"),
  task: mark("Tasks"),
  test: mark("Algorithm tests"),
  setting: mark("Settings"),
  diagnostics: mark("Diagnostics"),
  audit: mark("Audit"),
  metrics: mark("Figures"),
  unknown: mark("Unknown"),
};

// What was intended, for the filter and for what was refused.
export const INTENTIONS = {
  "user.register": mark("Ask for an account"),
  "user.add": mark("Add a user"),
  "user.sign_in": mark("Sign in"),
  "user.sign_out": mark("Sign out"),
  "user.unlock": mark("Unlock the desk"),
  "user.password": mark("Set a password"),
  "user.status": mark("Review a user"),
  "user.role": mark("Change a role"),
  "user.delete": mark("Delete a user"),
  "user.session_revoke": mark("End a stolen sign-in"),
  "user.read": mark("Read the users"),
  "device.add": mark("Add a camera"),
  "device.edit": mark("Edit a camera"),
  "device.delete": mark("Delete a camera"),
  "device.check": mark("Check a camera"),
  "algorithm.add": mark("Upload an algorithm"),
  "algorithm.add_version": mark("Upload a version"),
  "algorithm.optimize": mark("Optimise a version"),
  "algorithm.activate": mark("Activate a version"),
  "algorithm.try": mark("Try an algorithm"),
  "algorithm.delete": mark("Delete an algorithm"),
  "algorithm.delete_version": mark("Delete a version"),
  "task.add": mark("Make a task"),
  "task.edit": mark("Edit a task"),
  "task.start": mark("Start a task"),
  "task.stop": mark("Stop a task"),
  "task.delete": mark("Delete a task"),
  "test.add": mark("Make a test"),
  "test.edit": mark("Edit a test"),
  "test.start": mark("Start a test"),
  "test.stop": mark("Stop a test"),
  "test.delete": mark("Delete a test"),
  "audit.read": mark("Read the audit"),
  "audit.cut": mark("Cut old entries off"),
  "metrics.read": mark("Read the figures"),
  "setting.read": mark("Read the settings"),
  "setting.change": mark("Change a setting"),
  "diagnostics.make": mark("Make a diagnostics bundle"),
  "unknown.unknown": mark("Something unknown"),
};

const SENTENCES = {
  "user.register": mark("{actor} asked for an account"),
  "user.add": mark("{actor} added the user {name} as {role}"),
  "user.sign_in": mark("{actor} signed in"),
  "user.sign_out": mark("{actor} signed out"),
  "user.unlock": mark("{actor} unlocked the desk"),
  "user.password": ({ actor, object }) =>
    actor === object.name ? mark("{actor} changed their password") : mark("{actor} set a new password for {name}"),
  "user.status": newStatus,
  "user.role": mark("{actor} made {name} {role}"),
  "user.delete": mark("{actor} deleted the user {name}"),
  "user.session_revoke": mark("A sign-in of {name} was ended, because its token was used twice"),
  "device.add": mark("{actor} added the camera {name}"),
  "device.edit": mark("{actor} edited the camera {name}"),
  "device.delete": mark("{actor} deleted the camera {name}"),
  "device.check": ({ after }) =>
    after?.reachable
      ? mark("{actor} checked a camera: it answers")
      : mark("{actor} checked a camera: it does not answer"),
  "algorithm.add": mark("{actor} uploaded the algorithm {name}"),
  "algorithm.add_version": mark("{actor} uploaded version {version} of {name}"),
  "algorithm.optimize": mark("{actor} had version {version} of {name} made by optimising"),
  "algorithm.activate": mark("{actor} activated version {version} of {name}"),
  "algorithm.delete": mark("{actor} deleted the algorithm {name}"),
  "algorithm.delete_version": mark("{actor} deleted version {version} of {name}"),
  "task.add": mark("{actor} made the task {name}"),
  "task.edit": mark("{actor} edited the task {name}"),
  "task.start": mark("{actor} started the task {name}"),
  "task.stop": mark("{actor} stopped the task {name}"),
  "task.delete": mark("{actor} deleted the task {name}"),
  "test.add": mark("{actor} made the test {name}"),
  "test.edit": mark("{actor} edited the test {name}"),
  "test.start": mark("{actor} started the test {name}"),
  "test.stop": mark("{actor} stopped the test {name}"),
  "test.delete": mark("{actor} deleted the test {name}"),
  "setting.change": mark("{actor} changed the setting {name} from {before} to {after}"),
  "diagnostics.make": mark("{actor} made the diagnostics bundle {name}"),
  "audit.cut": mark("{actor} cut {entries} old entries off"),
  "unknown.unknown": mark("{actor} did something that this siapp doesn't know"),
};

const REASONS = {
  forbidden: mark("the role does not allow it"),
  invalid_credentials: mark("wrong name or password"),
  wrong_password: mark("wrong password"),
  account_pending: mark("the account waits for review"),
  account_rejected: mark("the account is rejected"),
  account_disabled: mark("the account is disabled"),
  too_many_tries: mark("too many tries"),
  name_taken: mark("the name is taken"),
  last_admin: mark("the last administrator stays"),
  device_in_use: mark("the camera is in use"),
  algorithm_in_use: mark("the algorithm is in use"),
  task_running: mark("the task is running"),
  setting_fixed: mark("it is given elsewhere"),
  others: mark("many different attempts"),
};

const PLACES = { window: mark("Window"), local: mark("Command line") };
const SOMEBODY = mark("Somebody");

const known = (words, key) => (Object.hasOwn(words, key) ? t(words[key]) : key);
export const intention = (action) => known(INTENTIONS, action);
export const placeWord = (address) => known(PLACES, address);
// `?` stands for somebody who has not proved who it is.
export const actorWord = ({ actor }) => (actor === "?" ? t(SOMEBODY) : actor);
// Why it was refused; its code where there is no sentence for it.
export const reason = ({ after }) => known(REASONS, String(after?.code ?? "?"));

export function objectWord({ object }) {
  if (object.name) return `“${object.name}”`;
  return object.id === null ? "–" : `#${object.id}`;
}

// What was done, or what somebody was refused.
export const sentence = (entry) => (entry.outcome === "refused" ? refused(entry) : wasDone(entry));

function wasDone(entry) {
  const { action, before, after } = entry;
  const found = Object.hasOwn(SENTENCES, action) ? SENTENCES[action] : null;
  if (!found) return `${actorWord(entry)}: ${intention(action)} ${objectWord(entry)}`;
  const role = after?.role;
  return t(typeof found === "string" ? found : found(entry), {
    actor: actorWord(entry),
    name: objectWord(entry),
    role: Object.hasOwn(ROLES, role) ? t(ROLES[role]) : "?",
    version: after?.version ?? after?.active_version ?? before?.version ?? "?",
    entries: after?.entries ?? "?",
    before: plain(before?.value),
    after: plain(after?.value),
  });
}

function refused(entry) {
  const told = objectWord(entry);
  const about = told === "–" || entry.object.name === entry.actor ? "" : ` ${told}`;
  const values = { actor: actorWord(entry), what: intention(entry.action) + about, why: reason(entry) };
  const times = entry.after?.times;
  return times
    ? t(mark("{actor}: {what} – {why}; {times} more times"), { ...values, times })
    : t(mark("{actor}: {what} – {why}"), values);
}

function newStatus({ before, after }) {
  if (after?.status === "rejected") return mark("{actor} rejected {name}");
  if (after?.status === "disabled") return mark("{actor} disabled {name}");
  if (after?.status !== "approved") return mark("{actor} put {name} back to review");
  if (before?.status === "disabled") return mark("{actor} enabled {name} again");
  return "role" in after ? mark("{actor} approved {name} as {role}") : mark("{actor} approved {name}");
}

function plain(value) {
  if (Array.isArray(value)) return value.map((one) => `“${one}”`).join(", ") || "–";
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "string" ? `“${value}”` : String(value);
}
