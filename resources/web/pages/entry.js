// Coming in: the sign-in form, the request for an account, and what one reads after it.

import { el } from "../base/dom.js";
import { register, signIn } from "../base/session.js";
import { otherTheme } from "../base/theme.js";
import { mark, nameOf, otherLanguage, say, speak, whenLanguageChanges } from "../base/words.js";
import { button, iconButton } from "../parts/buttons.js";
import { field, form } from "../parts/form.js";
import { toasts } from "../parts/notices.js";

const VIEWS = {
  signIn: {
    title: mark("Sign in"),
    submit: mark("Sign in"),
    other: { text: mark("Ask for an account"), view: "register" },
    autocomplete: "current-password",
    send: signIn,
  },
  register: {
    title: mark("Ask for an account"),
    intro: mark("Choose a name and a password. An administrator then looks at your request."),
    help: mark("At least 8 characters, 3 different ones among them, and not the user name."),
    submit: mark("Send the request"),
    other: { text: mark("I have an account"), view: "signIn" },
    autocomplete: "new-password",
    send: async (name, password) => {
      await register(name, password);
      waiting(name);
    },
  },
};

// `notice`: a sentence above the form, already in the person's language or one for translation.
export function entry(view = "signIn", { notice = "" } = {}) {
  const { title, intro, help, submit, other, autocomplete, send } = VIEWS[view];
  const name = field(mark("User name"), { name: "username", autocomplete: "username", autocapitalize: "none", required: true });
  const password = field(mark("Password"), { name: "password", type: "password", autocomplete, required: true }, { help });
  const lines = [notice, intro].filter(Boolean).map((text) => el("p", { className: "muted", says: text }));
  const made = form({
    fields: { name, password },
    submit,
    busy: submit,
    work: () => send(name.input.value, password.input.value),
  });
  const way = link(other);
  made.element.querySelector(".actions").prepend(way, el("span", { className: "space" }));
  made.element.prepend(el("h1", { says: title }), ...lines);
  card(made.element);
  name.input.focus();
}

function waiting(name) {
  const text = mark("Your request is sent, {name}. You can sign in as soon as an administrator has approved it.");
  const message = say(el("p", {}), text, { name });
  const back = link({ text: mark("Back to sign in"), view: "signIn" });
  card(el("section", { className: "form" }, el("h1", { says: mark("Waiting for approval") }), message, el("div", { className: "actions" }, back)));
}

function link({ text, view }) {
  return button(text, () => entry(view), { look: "link" });
}

const languageButton = el("button", { className: "quiet", type: "button", on: { click: () => speak(otherLanguage()) } });

function nameLanguage() {
  languageButton.textContent = nameOf(otherLanguage());
  languageButton.lang = otherLanguage();
}
whenLanguageChanges(nameLanguage);

function card(content) {
  nameLanguage();
  const logo = el("span", { className: "logo" }, el("img", { src: "/page/icon.svg", alt: "", width: 20, height: 20 }), el("span", { textContent: "siapp" }));
  const themeButton = iconButton(mark("Switch between dark and light"), "moon", otherTheme);
  const top = el("header", { className: "entry-top" }, logo, el("span", { className: "space" }), languageButton, themeButton);
  document.title = "siapp";
  document.body.replaceChildren(el("div", { className: "entry" }, top, el("main", {}, content)), toasts);
}
