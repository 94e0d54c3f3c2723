// What a version is, in words.

import { size } from "../base/format.js";
import { mark, t } from "../base/words.js";

const FORMATS = { pt: "PyTorch", onnx: "ONNX", openvino: "OpenVINO" };
const RETRY_IMPORT = mark("Export the network anew, best as ONNX or OpenVINO, and upload that as a new version.");
const RETRY_OPTIMIZE = mark("Delete it and optimise again, perhaps with other pictures.");
const signed = (number) => `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(3)}`;

export const formatOf = ({ format }) => FORMATS[format] ?? "–";
export const kindOf = (version) =>
  [formatOf(version), ...(version.int8 ? ["INT8"] : []), size(version.size)].join(" · ");
export const retryOf = ({ made_from }) => (made_from === null ? RETRY_IMPORT : RETRY_OPTIMIZE);
export const canBeOptimized = ({ state, int8 }) => state === "ready" && !int8;
export const versionOf = ({ versions }, number) => versions.find(({ version }) => version === number);
export const activeOf = (algorithm) => versionOf(algorithm, algorithm.active_version);

// The size of picture that the network takes.
export function inputSize({ input_size, state }) {
  if (input_size) return input_size.join(" × ");
  return state === "ready" ? t(mark("any size")) : "–";
}

export function classesText({ classes, filename }) {
  if (!classes.length) return filename;
  const text = classes.length > 1 ? mark("{count} classes: {names}") : mark("1 class: {names}");
  return t(text, { count: classes.length, names: classes.join(", ") });
}

// What making it INT8 changed, in a line.
export function reportText({ made_from, report }) {
  const parts = [t(mark("INT8 · from version {number}"), { number: made_from })];
  parts.push(
    t(mark("{factor} times as fast"), {
      factor: (report.fps_before ? report.fps_after / report.fps_before : 0).toFixed(1),
    }),
  );
  if (!report.boxes) parts.push(t(mark("nothing was found in the pictures, so no boxes are compared")));
  else {
    parts.push(t(mark("{share} % of boxes kept"), { share: ((100 * report.kept) / report.boxes).toFixed(1) }));
    parts.push(t(mark("scores {change}"), { change: signed(report.score_change) }));
  }
  return parts.join(" · ");
}

export function reportDetails(report) {
  const speeds = t(mark("The network alone: {before} frames/s before, {after} frames/s now."), {
    before: report.fps_before.toFixed(1),
    after: report.fps_after.toFixed(1),
  });
  const boxes = mark(
    "Of {boxes} boxes in {pictures} pictures {kept} are kept, {closely} of them in place; {added} are new.",
  );
  return `${speeds}\n${t(boxes, { ...report, closely: report.kept_closely })}`;
}
