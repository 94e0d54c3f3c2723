// Coming in: the sign-in form, the request for an account, and what one reads after it.

import { el, show } from "../base/dom.js";
import { header } from "../parts/header.js";
import { register, signIn } from "../base/session.js";
import { mark, say } from "../base/words.js";

const VIEWS = {
  signIn: {
    title: mark("Sign in"),
    button: mark("Sign in"),
    other: { text: mark("Ask for an account"), view: "register" },
    autocomplete: "current-password",
    send: signIn,
  },
  register: {
    title: mark("Ask for an account"),
    intro: mark("Choose a name and a password. An administrator then looks at your request."),
    help: mark("At least 8 characters, 3 different ones among them, and not the user name."),
    button: mark("Send the request"),
    other: { text: mark("I have an account"), view: "signIn" },
    autocomplete: "new-password",
    send: async (name, password) => {
      await register(name, password);
      waiting(name);
    },
  },
};

export function entry(view = "signIn", notice = "") {
  const { title, intro, help, button, other, autocomplete, send } = VIEWS[view];
  const name = field(mark("User name"), { name: "username", autocomplete: "username" });
  const password = field(mark("Password"), { name: "password", type: "password", autocomplete }, help);
  const problem = el("p", { className: "problem", role: "alert" });
  const submit = el("button", { className: "primary", says: button });
  const form = el(
    "form",
    { on: { submit: (event) => attempt(event, submit, problem, () => send(name.input.value, password.input.value)) } },
    el("h1", { says: title }),
    ...[notice, intro].filter(Boolean).map((text) => el("p", { className: "muted", says: text })),
    name.label,
    password.label,
    problem,
    el("div", { className: "actions" }, link(other), submit),
  );
  card(form);
  name.input.focus();
}

function waiting(name) {
  const text = mark("Your request is sent, {name}. You can sign in as soon as an administrator has approved it.");
  const message = say(el("p", {}), text, { name });
  const back = link({ text: mark("Back to sign in"), view: "signIn" });
  card(el("section", {}, el("h1", { says: mark("Waiting for approval") }), message, el("div", { className: "actions" }, back)));
}

function card(content) {
  show(header(), el("main", { className: "entry" }, content));
}

function link({ text, view }) {
  return el("button", { className: "link", type: "button", says: text, on: { click: () => entry(view) } });
}

function field(says, properties, help) {
  const input = el("input", { required: true, spellcheck: false, autocapitalize: "none", ...properties });
  const under = help ? [el("small", { className: "muted", says: help })] : [];
  return { input, label: el("label", {}, el("span", { says }), input, ...under) };
}

async function attempt(event, button, problem, work) {
  event.preventDefault();
  button.disabled = true;
  problem.textContent = "";
  try {
    await work();
  } catch (error) {
    problem.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}
