// The top of a page: its name and what one does there; below, what one looks for.

import { el } from "../base/dom.js";
import { mark, sayAs } from "../base/words.js";
import { icon } from "./icon.js";

// `actions`: beside the title, the primary button last; `tools`: in the line below, after the search; `hints`: what the
// search looks through.
export function head(title, { actions = [], tools = [], onSearch = null, hints } = {}) {
  const search = onSearch ? [searchField(onSearch, hints)] : [];
  const line =
    search.length || tools.length
      ? [el("div", { className: "tools" }, ...search, el("span", { className: "space" }), ...tools)]
      : [];
  return [el("div", { className: "head" }, el("h1", { says: title }), ...actions), ...line];
}

export function searchField(onSearch, hints = mark("Search")) {
  const input = el("input", { type: "search", hints, on: { input: () => onSearch(input.value.trim().toLowerCase()) } });
  sayAs(input, "aria-label", hints);
  return el("div", { className: "search" }, icon("magnifying-glass"), input);
}

// An empty page: one sentence, and the button that ends that.
export function emptyState(says, button = null) {
  return el("div", { className: "nothing" }, el("p", { says }), button);
}
