// When two names are the same, and a free one for a copy: what the station thinks of names, as far as the page can say
// it before it asks.

const LONGEST = 100;
const COUNTED = / \(\d{1,6}\)$/;

// Twins in other spellings are the same.
export const nameKey = (name) => name.trim().normalize("NFKC").toLowerCase();

// “Gate 3 (2)”, then “Gate 3 (3)”.
export function nextName(name, taken) {
  const keys = new Set(taken.map(nameKey));
  const stem = name.replace(COUNTED, "");
  for (let number = 2; ; number += 1) {
    const ending = ` (${number})`;
    const found = stem.slice(0, LONGEST - ending.length).trimEnd() + ending;
    if (!keys.has(nameKey(found))) return found;
  }
}
