// Where the person is: #/page/id?tab=log. The browser's back and forward go through it.

const listeners = new Set();

// `page`: the first word, `id`: a number or null, `query`: the rest.
export function place() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [page = "", id = ""] = path.split("/");
  return { page, id: /^[1-9]\d*$/.test(id) ? Number(id) : null, query: new URLSearchParams(query) };
}

export function address(page, id = null, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== "");
  const rest = given.length ? `?${new URLSearchParams(given)}` : "";
  return `#/${page}${id === null ? "" : `/${id}`}${rest}`;
}

// `quietly`: without a step that "back" would go to.
export function go(page, id = null, query = {}, { quietly = false } = {}) {
  const to = address(page, id, query);
  if (to === location.hash) return;
  if (!quietly) {
    location.hash = to;
    return;
  }
  history.replaceState(null, "", to);
  listeners.forEach((listener) => listener(place()));
}

export function whenPlaceChanges(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

addEventListener("hashchange", () => listeners.forEach((listener) => listener(place())));
