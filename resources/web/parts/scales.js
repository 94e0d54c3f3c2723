// Round numbers for axes, and what a line says in four figures.

const MINUTES = [1, 2, 5, 10, 15, 20, 30, 60];
const MINUTE_MS = 60_000;

// Of all points that are shown, [at, value]: { now, lowest, mean, highest }; null where there are none from `since` on.
export function summary(runs, since) {
  const values = runs
    .flat()
    .filter(([at]) => at >= since)
    .map(([, value]) => value);
  if (!values.length) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { now: values.at(-1), lowest: Math.min(...values), mean, highest: Math.max(...values) };
}

// From 0 to `highest` or just above it, in steps of 1, 2 or 5 times a power of ten, at most `most` steps.
export function valueTicks(highest, most, whole) {
  const round = roundStep(Math.max(highest, 1e-9) / most);
  const step = whole ? Math.max(1, round) : round;
  const count = Math.max(1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, place) => step * place);
}

// Round minutes of the local clock between `begin` and `end`, at most `most` of them.
export function timeTicks(begin, end, most) {
  const minutes = MINUTES.find((each) => (end - begin) / (each * MINUTE_MS) <= most) ?? 60;
  const step = minutes * MINUTE_MS;
  const offset = new Date(end).getTimezoneOffset() * MINUTE_MS;
  const first = Math.ceil((begin - offset) / step) * step + offset;
  return Array.from({ length: Math.max(0, Math.floor((end - first) / step) + 1) }, (_, place) => first + place * step);
}

// The value of the point that is closest in time, not farther than `reach`: nothing is read off a gap.
export function nearest(runs, at, reach) {
  const far = (point) => Math.abs(point[0] - at);
  const near = runs
    .flat()
    .filter((point) => far(point) <= reach)
    .sort((one, other) => far(one) - far(other));
  return near[0]?.[1] ?? null;
}

function roundStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => power * factor).find((step) => step >= least * (1 - 1e-9));
}
