// The page's words: English sentences are the keys; the server sends the other languages.

import { keep, kept } from "./keep.js";

const LANGUAGES = { en: "English", zh: "中文" };
const listeners = new Set();
let words = {};
let current = "en";

export const language = () => current;
export const otherLanguage = () => Object.keys(LANGUAGES).find((code) => code !== current);
export const nameOf = (code) => LANGUAGES[code];

export function t(text, values = {}) {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

// Marks a sentence that is translated later, where it is shown.
export const mark = (text) => text;

// Shows a sentence in an element, now and after a change of language.
export function say(element, text, values = {}) {
  if (element.sentence === text && element.values === JSON.stringify(values)) return element;
  element.sentence = text;
  element.values = JSON.stringify(values);
  element.dataset.say = "";
  element.textContent = text ? t(text, values) : "";
  return element;
}

export async function speak(code) {
  const answer = await fetch(`/page/texts/${code}.json`);
  if (!answer.ok) return;
  words = await answer.json();
  current = code;
  keep("language", code);
  document.documentElement.lang = code === "zh" ? "zh-CN" : code;
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = element.sentence ? t(element.sentence, JSON.parse(element.values)) : "";
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
