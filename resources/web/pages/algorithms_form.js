// Upload weights: new algorithms, or new versions of one.

import { el } from "../base/dom.js";
import { size } from "../base/format.js";
import { store } from "../base/store.js";
import { mark, t } from "../base/words.js";
import { button, iconButton } from "../parts/buttons.js";
import { takeDrops } from "../parts/drop.js";
import { chooseFiles } from "../parts/files.js";
import { field } from "../parts/form.js";
import { openSheet } from "../parts/sheet.js";
import { upload } from "./algorithms_uploads.js";
import { nameKey } from "./devices_names.js";

const ENDINGS = ".pt,.onnx,.zip";
const LONGEST_NAME = 100;

const isWeights = ({ name }) => ENDINGS.split(",").some((ending) => name.toLowerCase().endsWith(ending));

// `algorithm`: the one that gets new versions, null for new ones; `files`: chosen already; `refused`: { name, error }
// of an upload that is to be mended. The files are sent after the sheet is closed.
export function openUpload(algorithm, files = [], refused = null) {
  const list = el("ul", { className: "files" });
  const problem = el("p", { className: "problem", attrs: { role: "alert" } });
  const items = [];

  function take(chosen) {
    problem.textContent = "";
    for (const file of chosen) {
      if (!isWeights(file))
        problem.textContent = t(mark("“{file}” is no weight file: .pt, .onnx or .zip."), { file: file.name });
      else if (!items.some((item) => isSame(item.file, file))) add(file);
    }
  }

  function add(file) {
    const name = algorithm
      ? null
      : field(mark("Name"), { value: file.name.replace(/\.[^.]*$/, "").slice(0, LONGEST_NAME) });
    const item = { file, name };
    const leave = iconButton(
      mark("Leave this file away"),
      "x",
      () => (items.splice(items.indexOf(item), 1), item.element.remove()),
    );
    const head = el(
      "div",
      { className: "bar" },
      el("strong", { className: "cut", textContent: file.name }),
      el("span", { className: "muted space", textContent: size(file.size) }),
      leave,
    );
    item.element = list.appendChild(el("li", {}, head, name?.element ?? null));
    items.push(item);
  }

  function send(event) {
    event.preventDefault();
    if (!items.length) return (problem.textContent = t(mark("Choose a weight file first.")));
    const names = items.map(({ name }) => name && nameKey(name.value));
    const wrong = items.filter((item, place) => item.name && blame(item, names.indexOf(names[place]) !== place));
    if (wrong.length) return wrong[0].name.input.focus();
    sheet.shut();
    for (const { file, name } of items)
      upload(file, { name: name?.value.trim(), algorithm: algorithm && { id: algorithm.id, name: algorithm.name } });
  }

  const place = el(
    "div",
    { className: "drop" },
    el("p", { className: "muted", says: mark("Drop a .pt, .onnx or OpenVINO .zip file here") }),
    button(mark("Choose files"), () => chooseFiles(ENDINGS, take, { many: true })),
  );
  takeDrops(place, (_first, dropped) => take(dropped));
  const help = el("small", {
    className: "muted",
    says: mark("YOLO detection weights. Nothing inside the file is run: it is read as data and checked."),
  });
  const actions = el(
    "div",
    { className: "actions" },
    button(mark("Upload"), null, { look: "primary", type: "submit" }),
  );
  const body = el(
    "form",
    { className: "form", noValidate: true, on: { submit: send } },
    place,
    help,
    problem,
    list,
    actions,
  );
  const title = algorithm ? mark("New version of “{name}”") : mark("Upload algorithm");
  const sheet = openSheet({ title, values: { name: algorithm?.name }, body, dirty: () => items.length > 0 });
  take(files);
  if (refused && items[0]?.name) {
    items[0].name.input.value = refused.name;
    items[0].name.problem(refused.error.message);
  }
}

const isSame = (one, other) =>
  one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

// What is wrong with a name is said at it. True where something is. The station has the last word, after the bytes.
function blame({ name }, twice) {
  const typed = name.value.trim();
  const taken = twice || [...store.algorithms.values()].some((each) => nameKey(each.name) === nameKey(typed));
  const text = !typed
    ? t(mark("Please give a name."))
    : /[/\\]/.test(typed)
      ? t(mark("The name has a character that is not allowed: slash, backslash, control or invisible characters."))
      : typed.length > LONGEST_NAME
        ? t(mark("The name is too long; {limit} characters are allowed."), { limit: LONGEST_NAME })
        : taken
          ? t(mark("The name “{name}” is taken. Please choose another."), { name: typed })
          : "";
  name.problem(text);
  return text !== "";
}
