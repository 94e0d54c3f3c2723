// Pictures of all tiles are shown together: the browser composes the whole page anew for each that is shown alone.

const LONGEST_MS = 50;
const due = new Set();
let timer = 0;
let openedAt = -Infinity;
let opensAt = Infinity;

// `show()` is called in one of the screen's next frames. `apart`: milliseconds between pictures of this kind, so that
// none waits for longer than half of that.
export function expose(show, apart) {
  due.add(show);
  const at = openedAt + Math.min(apart / 2, LONGEST_MS);
  if (at >= opensAt) return;
  clearTimeout(timer);
  opensAt = at;
  timer = setTimeout(() => requestAnimationFrame(open), at - performance.now());
}

export function cover(show) {
  due.delete(show);
}

function open() {
  openedAt = performance.now();
  opensAt = Infinity;
  const shown = [...due];
  due.clear();
  shown.forEach((show) => show());
}
