// A question before a loss. It names what is lost, and its button says the verb.

import { el } from "../base/dom.js";
import { mark } from "../base/words.js";
import { button } from "./buttons.js";

const MOST_NAMED = 10;

// True where the person wants it. `title`, `text`, `verb` are translated, with `values`; `names`: of several things
// that it is about; `more`: elements below the text; `danger` paints the verb.
export function ask({ title, text, verb, values = {}, names = [], more = [], danger = true }) {
  return new Promise((resolve) => {
    const answer = (wanted) => {
      resolve(wanted);
      dialog.close();
    };
    const no = button(mark("Cancel"), () => answer(false));
    const yes = button(verb, () => answer(true), { look: danger ? "danger solid" : "primary", values });
    const dialog = el(
      "dialog",
      {
        className: "question",
        attrs: { "aria-labelledby": "question" },
        on: { close: () => (resolve(false), dialog.remove()) },
      },
      el("h2", { id: "question", says: title, values }),
      names.length ? named(names) : null,
      el("p", { says: text, values }),
      ...more,
      el("div", { className: "actions" }, no, yes),
    );
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}

function named(names) {
  const lines = names.slice(0, MOST_NAMED).map((name) => el("li", { textContent: name }));
  const more = names.length - lines.length;
  return el("ul", {}, ...lines, more ? el("li", { says: mark("And {count} more."), values: { count: more } }) : null);
}
