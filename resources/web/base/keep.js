// What this browser remembers of a person's wishes: the language, the theme, the wall. No secret is kept here.

const PREFIX = "siapp.";

export function kept(name, otherwise = null) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name)) ?? otherwise;
  } catch {
    return otherwise; // storage is off, or holds what we did not write
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage is off or full: the wish holds until the page is closed.
  }
}
