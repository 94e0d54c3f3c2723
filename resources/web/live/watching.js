// Only what can be seen streams: tiles that are scrolled away or of a hidden tab hold no connection.

const LINGER_MS = 1500; // a tab that is left for a moment keeps its pictures
const AROUND = "100px";

export class Watching {
  // `onChange(seen)` for each element that was given to `add`.
  constructor() {
    this.tiles = new Map();
    const look = (entries) => entries.forEach((entry) => this.look(entry));
    this.observer = new IntersectionObserver(look, { rootMargin: AROUND });
    this.listener = () => this.tiles.forEach((state) => this.weigh(state));
    document.addEventListener("visibilitychange", this.listener);
  }

  add(element, onChange) {
    this.tiles.set(element, { onChange, inView: false, seen: false, timer: 0 });
    this.observer.observe(element);
  }

  remove(element) {
    clearTimeout(this.tiles.get(element)?.timer);
    this.tiles.delete(element);
    this.observer.unobserve(element);
  }

  end() {
    document.removeEventListener("visibilitychange", this.listener);
    this.observer.disconnect();
    [...this.tiles.keys()].forEach((element) => this.remove(element));
  }

  look({ target, isIntersecting }) {
    const state = this.tiles.get(target);
    if (!state) return;
    state.inView = isIntersecting;
    this.weigh(state);
  }

  weigh(state) {
    const seen = state.inView && document.visibilityState === "visible";
    clearTimeout(state.timer);
    if (seen) this.tell(state, true);
    else state.timer = setTimeout(() => this.tell(state, false), LINGER_MS);
  }

  tell(state, seen) {
    if (state.seen === seen) return;
    state.seen = seen;
    state.onChange(seen);
  }
}
