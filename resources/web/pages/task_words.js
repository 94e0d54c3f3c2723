// What tasks and tests say of themselves, as the window says it.

import { mark } from "../base/words.js";

const ACTIVE = new Set(["starting", "running", "reconnecting", "stopping"]);
const TRIES_ITSELF = mark("siapp goes on trying by itself. Is the camera switched on, and its network cable in?");
const ADVICE = {
  auth_failed: mark("Write the address with user name and password anew on the page Devices."),
  timeout: TRIES_ITSELF,
  network: TRIES_ITSELF,
  crashing: mark("Look into the log. An older version of the algorithm, or fewer tasks at once, may help."),
  interrupted: mark("Start it again. Tasks with “Start with siapp” begin by themselves next time."),
};
const ANYTHING = mark("Look into the log, and start the task again.");

// Whether a worker belongs to it in this state.
export const isActive = ({ state }) => ACTIVE.has(state);
export const canStart = (one) => !isActive(one);
// A task in error may still be tried again by the station: stopping ends that.
export const canStop = (one) => (isActive(one) && one.state !== "stopping") || one.state === "error";

// What to try; nothing where nothing is wrong or somebody has stopped it.
export function advice(task) {
  if (!task.error || task.state === "stopped" || task.state === "stopping") return "";
  return ADVICE[task.error.code] ?? (task.state === "error" ? ANYTHING : "");
}

export const algorithmText = ({ algorithm: { name, version } }) => (version ? `${name} v${version}` : name);

// The classes that the version which runs can find, or the active one's; none where it is gone.
export function classesOf(algorithm, version = null) {
  const wanted = (number) => algorithm?.versions.find((one) => one.version === number);
  return (wanted(version) ?? wanted(algorithm?.active_version))?.classes ?? [];
}

// The algorithms that can be used: those with a version that is ready and chosen.
export const usable = (algorithms) => algorithms.filter(({ active_version: active }) => active !== null);

// A name at most as long as the station takes, without splitting a character.
export const shortened = (name, longest = 100) => [...name].slice(0, longest).join("");
