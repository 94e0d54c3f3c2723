// How many tiles, in how many rows and columns, and which tasks are on the wall.

const MOST_TILES = 16;
export const LAYOUTS = ["auto", "1", "4", "9", "16"];
const ACTIVE = new Set(["starting", "running", "reconnecting", "stopping"]);
const WORTH_SEEING = new Set([...ACTIVE, "error", "interrupted"]);
const MOST_SIDE = 8;

export const isActive = (task) => ACTIVE.has(task.state);
// A task in error may still be tried again by the station: stopping ends that.
export const canStop = (task) => (isActive(task) && task.state !== "stopping") || task.state === "error";
export const canStart = (task) => !isActive(task) && !canStop(task);
export const belongs = (task) => WORTH_SEEING.has(task.state);

// { columns, rows } of a layout for so many tasks; "2x3" names them.
export function gridOf(layout, count) {
  const named = sides(layout);
  if (named) return named;
  const tiles = Number(layout) || Math.max(1, Math.min(count, MOST_TILES));
  const columns = Math.ceil(Math.sqrt(tiles));
  return { columns, rows: Math.ceil(tiles / columns) };
}

export function capacity(layout) {
  const named = sides(layout);
  return named ? named.columns * named.rows : Number(layout) || MOST_TILES;
}

export function sides(layout) {
  const [, columns, rows] = /^([1-9])x([1-9])$/.exec(layout) ?? [];
  return columns && columns <= MOST_SIDE && rows <= MOST_SIDE ? { columns: Number(columns), rows: Number(rows) } : null;
}

// The tasks of the wall in their order. `only`: the ids that a person has chosen, or null; `order`: ids that come
// first; `kept`: those that were on the wall before, for nothing jumps away because it stopped. A layout with a fixed
// number of tiles shows tasks that are at rest too, after the others.
export function tasksOnWall(tasks, { layout, only, order }, kept) {
  if (only) return only.map((id) => tasks.get(id)).filter(Boolean);
  const all = [...tasks.values()];
  const first = all.filter((task) => belongs(task) || kept.has(task.id));
  const shown = layout === "auto" ? first : [...first, ...all.filter((task) => !first.includes(task))];
  const place = (task) => (order.includes(task.id) ? order.indexOf(task.id) : order.length);
  return shown.sort((one, other) => place(one) - place(other));
}
