// Fields for passwords: an eye shows what is typed, Caps Lock is told of, a new one tells how strong it is.

import { el, uniqueId } from "../base/dom.js";
import { mark, say } from "../base/words.js";
import { iconButton } from "./buttons.js";
import { field } from "./form.js";

const SHORTEST = 8;
const LONGEST = 256;
const LEAST_DIFFERENT = 3;
const RULES = mark("At least 8 characters, 3 different ones among them, and not the user name.");
const COMMON = new Set(["password", "12345678", "123456789", "1234567890", "qwertyuiop", "password1", "iloveyou"]);
// Bits from which a password is called good, and strong.
const GOOD_BITS = 50;
const STRONG_BITS = 75;
const KINDS = [
  [26, /\p{Ll}/u],
  [26, /\p{Lu}/u],
  [10, /\p{Nd}/u],
  [33, /[!-/:-@[-`{-~ ]/],
  [2000, /[^\x00-\x7f]/],
];
const SAID = {
  refused: [RULES, ""],
  fair: [mark("Will do. A longer one is harder to guess."), "warning"],
  good: [mark("A good password."), "ok"],
  strong: [mark("A strong password."), "ok"],
};

// `autocomplete`: "current-password" or "new-password".
export function passwordField(says, autocomplete) {
  const made = field(says, { type: "password", name: "password", autocomplete, required: true });
  const remark = el("small", { id: uniqueId("remark"), className: "remark", attrs: { role: "status" } });
  const eye = iconButton(mark("Show the password"), "eye", () => reveal(made.input.type === "password"), {
    tabIndex: 0,
  });
  const reveal = (wanted) => {
    made.input.type = wanted ? "text" : "password";
    eye.setAttribute("aria-pressed", wanted);
  };
  const box = el("div", { className: "password" });
  made.input.replaceWith(box);
  box.append(made.input, eye);
  box.after(remark);
  made.input.setAttribute("aria-describedby", `${remark.id} ${made.input.getAttribute("aria-describedby")}`);
  reveal(false);
  const held = watchCaps(made.input, () => made.remind());
  made.remark = (text, token = "") => {
    remark.dataset.token = token;
    say(remark, text);
  };
  made.usual = () => made.remark("");
  made.remind = () => (held() ? made.remark(mark("Caps Lock is on."), "warning") : made.usual());
  made.hide = () => reveal(false);
  made.input.addEventListener("blur", () => made.usual());
  return made;
}

// `username()`: the name that it must not be.
export function newPasswordField(says, username) {
  const made = passwordField(says, "new-password");
  made.usual = () => made.remark(...SAID[made.value ? strength(made.value, username()) : "refused"]);
  made.input.addEventListener("input", () => made.remind());
  made.usual();
  return made;
}

// A function that tells whether Caps Lock is on, as far as keys have told.
function watchCaps(input, onChange) {
  let on = false;
  const hear = (event) => {
    const now = event.getModifierState?.("CapsLock") ?? false;
    if (now === on) return;
    on = now;
    onChange();
  };
  ["keydown", "keyup", "pointerdown"].forEach((kind) => input.addEventListener(kind, hear));
  return () => on;
}

// How well it holds against guessing, by its length, its kinds of characters and its steps, as the window estimates it.
// Whether it is taken is the station's to say.
function strength(password, username) {
  const letters = [...password];
  const easy = COMMON.has(password.toLowerCase()) || folded(password) === folded(username);
  if (letters.length < SHORTEST || letters.length > LONGEST || new Set(letters).size < LEAST_DIFFERENT || easy)
    return "refused";
  const bits = bitsOf(letters, password, username);
  return bits < GOOD_BITS ? "fair" : bits < STRONG_BITS ? "good" : "strong";
}

// A repeated or counted-on character (aaa, 123) adds nothing, nor does the user name.
function bitsOf(letters, password, username) {
  const codes = letters.map((letter) => letter.codePointAt(0));
  const steps = codes.filter((code, place) => place === 0 || Math.abs(code - codes[place - 1]) > 1).length;
  const named = username && password.toLowerCase().includes(username.toLowerCase()) ? [...username].length : 0;
  const alphabet = KINDS.reduce((sum, [size, has]) => sum + (has.test(password) ? size : 0), 0);
  return Math.max(0, steps - named) * Math.log2(Math.max(2, alphabet));
}

const folded = (text) => text.normalize("NFKC").toLowerCase();
