// Which classes are drawn: a choice of this browser, for all tiles.

import { el, uniqueId } from "../base/dom.js";
import { locale, mark, say } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { searchField } from "../parts/head.js";

const MANY = 12;

// `labels()`: the classes of the tasks that there are. Gives an element: the button and its list.
export function classFilter(plan, labels) {
  const opener = button(mark("All classes"), () => open(panel.hidden), { glyph: "funnel", look: "quiet" });
  const panel = el("section", { className: "popover classes", hidden: true, called: mark("Classes to show") });
  panel.removeAttribute("title");
  const holder = el("div", { className: "holder" }, opener, panel);
  const words = opener.querySelector("span");
  const leave = (to) => to && !holder.contains(to) && open(false);
  const beside = ({ target }) => leave(target);
  const open = (wanted) => {
    panel.hidden = !wanted;
    opener.setAttribute("aria-expanded", wanted);
    document[wanted ? "addEventListener" : "removeEventListener"]("pointerdown", beside);
    if (!wanted) return;
    panel.replaceChildren(...filled(plan, labels()));
    panel.querySelector("input")?.focus();
  };
  const tell = () => {
    const count = plan.classes.length;
    const text = count ? (count === 1 ? mark("Only {first}") : mark("Only {count} classes")) : mark("All classes");
    say(words, text, { count, first: plan.classes[0] });
    opener.classList.toggle("chosen", count > 0);
  };
  opener.setAttribute("aria-expanded", "false");
  holder.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    open(false);
    opener.focus();
  });
  holder.addEventListener("focusout", ({ relatedTarget }) => leave(relatedTarget));
  plan.watch(tell);
  tell();
  return holder;
}

function filled(plan, labels) {
  const names = [...new Set([...labels, ...plan.classes])].sort((one, other) => one.localeCompare(other, locale()));
  if (!names.length) return [el("p", { className: "muted", says: mark("There is no algorithm yet.") })];
  const rows = names.map((name) => row(plan, name));
  const all = button(mark("Show all classes"), () => {
    plan.change({ classes: [] });
    rows.forEach(({ box }) => (box.checked = false));
  });
  const find = (text) => rows.forEach(({ element, name }) => (element.hidden = !name.toLowerCase().includes(text)));
  const search = names.length > MANY ? [searchField(find, mark("Search classes"))] : [];
  return [el("h2", { says: mark("Show only") }), ...search, el("ul", {}, ...rows.map(({ element }) => element)), all];
}

function row(plan, name) {
  const id = uniqueId("class");
  const box = el("input", { id, type: "checkbox", checked: plan.classes.includes(name) });
  box.addEventListener("change", () => {
    const others = plan.classes.filter((other) => other !== name);
    plan.change({ classes: box.checked ? [...others, name] : others });
  });
  return { name, box, element: el("li", {}, box, el("label", { htmlFor: id, textContent: name })) };
}
