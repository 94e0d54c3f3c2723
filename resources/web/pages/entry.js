// Coming in: signing in, and asking for an account.

import { el } from "../base/dom.js";
import { register, signIn } from "../base/session.js";
import { otherTheme } from "../base/theme.js";
import { mark, nameOf, otherLanguage, say, speak, t, whenLanguageChanges } from "../base/words.js";
import { button, iconButton } from "../parts/buttons.js";
import { field, form } from "../parts/form.js";
import { icon } from "../parts/icon.js";
import { toasts } from "../parts/notices.js";
import { newPasswordField, passwordField } from "../parts/password.js";
import { waitingCard } from "./waiting.js";

let leave = () => {};

// `notice`: a sentence above the fields, for translation or already in the person's language; `name`: who it was
// before.
export function entry({ notice = "", name = "" } = {}) {
  const username = nameField(name);
  const password = passwordField(mark("Password"), "current-password");
  const made = form({
    fields: { username, password },
    submit: mark("Sign in"),
    busy: mark("Signing in …"),
    codes: { invalid_credentials: "password" },
    work: () => tryIn(username.value, password),
  });
  show(
    made,
    mark("Sign in"),
    notice || mark("Use your account on this station."),
    way(mark("Ask for an account"), ask),
  );
  (name ? password : username).input.focus();
}

// Once somebody is in, the pages are shown in the form's place.
async function tryIn(name, password) {
  password.hide();
  try {
    await signIn(name, password.value);
  } catch (error) {
    if (error.code !== "account_pending") throw error;
    wait(name, password.value);
  }
}

function ask() {
  const username = nameField("");
  const password = newPasswordField(mark("Password"), () => username.value);
  const again = passwordField(mark("Password again"), "new-password");
  const differ = () => again.value && password.value !== again.value;
  const made = form({
    fields: { username, password, again },
    submit: mark("Send request"),
    busy: mark("Sending …"),
    codes: { name_taken: "username", bad_name: "username", weak_password: "password", long_password: "password" },
    check: () => (differ() ? { again: t(mark("The two passwords differ.")) } : {}),
    work: () => register(username.value, password.value),
    onDone: (user) => wait(user.username, password.value),
  });
  const intro = mark("An administrator reviews each request before the first sign-in.");
  show(
    made,
    mark("Ask for an account"),
    intro,
    way(mark("Back to sign-in"), () => entry()),
  );
  username.input.focus();
}

function wait(name, password) {
  const { element, end } = waitingCard(name, password, (who) => entry({ name: who }));
  card(element);
  leave = end;
}

const nameField = (value) =>
  field(mark("User name"), {
    name: "username",
    autocomplete: "username",
    autocapitalize: "none",
    required: true,
    value,
  });

const way = (text, run) => button(text, run, { look: "link" });

function show(made, title, sentence, other) {
  made.element.prepend(
    el("h1", { says: title }),
    el("p", { className: "muted", says: sentence, attrs: { role: "status" } }),
  );
  made.element.querySelector(".actions").prepend(other, el("span", { className: "space" }));
  card(made.element);
}

const languageName = el("span");

function nameLanguage() {
  languageName.textContent = nameOf(otherLanguage());
  languageName.lang = otherLanguage();
}
whenLanguageChanges(nameLanguage);

function card(content) {
  leave();
  leave = () => {};
  nameLanguage();
  const themeButton = iconButton(mark("Switch between dark and light"), "circle-half", otherTheme);
  const language = { type: "button", className: "quiet", on: { click: () => speak(otherLanguage()) } };
  const languageButton = el("button", language, icon("translate"), languageName);
  const logo = el("span", { className: "logo", textContent: "siapp" });
  const top = el(
    "header",
    { className: "entry-top" },
    logo,
    el("span", { className: "space" }),
    languageButton,
    themeButton,
  );
  document.title = "siapp";
  document.body.replaceChildren(el("div", { className: "entry" }, top, el("main", {}, content)), toasts);
}
