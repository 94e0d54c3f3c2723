// Dark unless this browser has been told otherwise.

import { keep, kept } from "./keep.js";

export const theme = () => document.documentElement.dataset.theme ?? "dark";

export function wearTheme(name = kept("theme", "dark")) {
  document.documentElement.dataset.theme = name;
}

export function otherTheme() {
  const name = theme() === "light" ? "dark" : "light";
  keep("theme", name);
  wearTheme(name);
}
