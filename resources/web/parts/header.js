// What stands above every view: the name, the language, and who is signed in.

import { el } from "../base/dom.js";
import { signedIn, signOut, username } from "../base/session.js";
import { mark, nameOf, otherLanguage, speak, whenLanguageChanges } from "../base/words.js";

const languageButton = el("button", { className: "quiet", type: "button", on: { click: () => speak(otherLanguage()) } });

function name() {
  languageButton.textContent = nameOf(otherLanguage());
  languageButton.lang = otherLanguage();
}
whenLanguageChanges(name);

export function header() {
  name();
  const logo = el("span", { className: "logo" }, el("img", { src: "/page/icon.svg", alt: "", width: 20 }), "siapp");
  const right = signedIn()
    ? [
        el("span", { className: "muted person", textContent: username(), title: username() }),
        el("button", { className: "quiet", type: "button", says: mark("Sign out"), on: { click: signOut } }),
      ]
    : [];
  return el("header", {}, logo, el("span", { className: "space" }), languageButton, ...right);
}
