// A snapshot of what a tile shows: a file with the picture and the boxes that are seen.

import { el } from "../base/dom.js";
import { mark } from "../base/words.js";
import { done, warn } from "../parts/notices.js";
import { drawingScale, paintBoxes } from "./boxes.js";

const UNSAFE = /[^\p{L}\p{N}\-._ ]+/gu;
const LONGEST_STEM = 60;

// A name as part of a file's name, on every system.
const trimmed = (text) => text.replace(/^[ .]+|[ .]+$/g, "");
const safe = (name) => trimmed(name.replace(UNSAFE, "_").slice(0, LONGEST_STEM)) || "siapp";

// `picture`: null where there is none of now, for an old one is not saved as if it were; `shown`: its detections, or
// null where boxes are off.
export async function takeSnapshot(name, picture, shown, options) {
  if (!picture?.width) return warn(mark("“{name}” has no live picture to save."), { name });
  const { source, width, height } = picture;
  const canvas = el("canvas", { width, height });
  const context = canvas.getContext("2d");
  context.drawImage(source, 0, 0, width, height);
  if (shown) paintBoxes(context, shown, { x: 0, y: 0, width, height }, { ...options, scale: drawingScale(height) });
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  const file = `${safe(name)} ${moment(new Date())}.png`;
  save(blob, file);
  done(mark("Snapshot saved as {name}."), { name: file });
}

function save(blob, name) {
  const href = URL.createObjectURL(blob);
  el("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

function moment(at) {
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}-${two(at.getMinutes())}-${two(at.getSeconds())}`;
  return `${day} ${time}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}
