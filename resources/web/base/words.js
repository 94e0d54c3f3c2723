// The page's words: English sentences are the keys; the server sends the other languages.

import { keep, kept } from "./keep.js";

const LANGUAGES = { en: "English", zh: "中文" };
const TEXT = "";
const listeners = new Set();
// Elements that say something, without keeping those alive that nobody shows any more.
const speakers = new Set();
const gone = new FinalizationRegistry((reference) => speakers.delete(reference));
let words = {};
let current = "en";

export const language = () => current;
export const locale = () => (current === "zh" ? "zh-CN" : current);
export const otherLanguage = () => Object.keys(LANGUAGES).find((code) => code !== current);
export const nameOf = (code) => LANGUAGES[code];

export function t(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

// Marks a sentence that is translated later, where it is shown.
export const mark = (text) => text;

// Shows a sentence as an element's text, now and after a change of language; "" for none.
export const say = (element, text, values) => tell(element, TEXT, text, values);

// The same for an attribute: aria-label, title, placeholder.
export function sayAs(element, attribute, text, values) {
  return tell(element, attribute, text, values);
}

function tell(element, attribute, text, values = {}) {
  element.said ??= listen(element);
  const before = element.said.get(attribute);
  const key = text + JSON.stringify(values);
  if (before?.key === key) return element;
  element.said.set(attribute, { key, text, values });
  utter(element, attribute, text, values);
  return element;
}

function utter(element, attribute, text, values) {
  const said = text ? t(text, values) : "";
  if (attribute === TEXT) element.textContent = said;
  else if (said) element.setAttribute(attribute, said);
  else element.removeAttribute(attribute);
}

function listen(element) {
  const reference = new WeakRef(element);
  speakers.add(reference);
  gone.register(element, reference);
  return new Map();
}

export async function speak(code) {
  const answer = await fetch(`/page/texts/${code}.json`);
  if (!answer.ok) return;
  words = await answer.json();
  current = code;
  keep("language", code);
  document.documentElement.lang = locale();
  for (const reference of speakers) {
    const element = reference.deref();
    element?.said.forEach(({ text, values }, attribute) => utter(element, attribute, text, values));
  }
  listeners.forEach((listener) => listener(code));
}

export function whenLanguageChanges(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function wishedLanguage() {
  const wish = kept("language");
  if (wish in LANGUAGES) return wish;
  return navigator.languages.map((tag) => tag.split("-")[0]).find((code) => code in LANGUAGES) ?? "en";
}
