// Forms: labels above fields, help under them, errors at the field in words, the primary button at the right.

import { el, uniqueId } from "../base/dom.js";
import { mark, say, t } from "../base/words.js";
import { button } from "./buttons.js";

// A labelled input. `input`: an element, or the properties of an <input>; `help`: a sentence under it.
// Gives { element, input, value, problem(text) }.
export function field(says, input, { help, values } = {}) {
  const box = input instanceof Element ? input : el("input", { spellcheck: false, autocomplete: "off", ...input });
  box.id ||= uniqueId("field");
  const [helpId, problemId] = [`${box.id}-help`, `${box.id}-problem`];
  const problem = el("small", { id: problemId, className: "problem", attrs: { role: "alert" } });
  const hint = help ? el("small", { id: helpId, className: "muted", says: help }) : null;
  box.setAttribute("aria-describedby", [hint ? helpId : "", problemId].filter(Boolean).join(" "));
  const element = el("div", { className: "field" }, el("label", { htmlFor: box.id, says, values }), box, hint, problem);
  const made = {
    element,
    input: box,
    hint,
    get value() {
      return box.type === "checkbox" ? box.checked : box.value;
    },
    problem(text) {
      problem.textContent = text;
      box.setAttribute("aria-invalid", text ? "true" : "false");
      if (text) box.focus();
    },
  };
  box.addEventListener("input", () => made.problem(""));
  return made;
}

// A tick with its words beside it.
export function tick(says, checked = false, { help } = {}) {
  const made = field(says, { type: "checkbox", checked }, { help });
  made.element.classList.add("tick");
  return made;
}

// Other choices in a <select>; what was chosen stays so, where it is still there.
export function offer(select, choices) {
  const before = select.value;
  const entries = choices.map(([name, text, plain]) =>
    el("option", { value: name, ...(plain ? { textContent: text } : { says: text }) }),
  );
  select.replaceChildren(...entries);
  if (choices.some(([name]) => String(name) === before)) select.value = before;
}

// One of several. `choices`: [[value, sentence or text, isText]].
export function choice(says, choices, value, options = {}) {
  const made = field(says, el("select", {}), options);
  offer(made.input, choices);
  if (value !== undefined && value !== null) made.input.value = value;
  return made;
}

// `fields`: by the name that the station's codes are mapped to; `codes`: { code: field name }; `work(signal)` sends it
// and throws a Refusal where it is refused; `onDone(result)`. While it is sent the button is its progress:
// `progress(share)`. `check()`: problems found before sending, { field name: text }. Gives { element, dirty(),
// sending(), abort(), progress(share) }.
export function form({
  fields,
  body,
  submit,
  values,
  work,
  onDone = () => {},
  onCancel,
  codes = {},
  check = () => ({}),
  busy = mark("Saving …"),
}) {
  const problem = el("p", { className: "problem", attrs: { role: "alert" } });
  const send = button(submit, null, { look: "primary", type: "submit", values });
  const bar = el("progress", { hidden: true, max: 1 });
  const cancel = button(mark("Cancel"), () => (sending ? sending.abort() : onCancel?.()), { hidden: !onCancel });
  const actions = el("div", { className: "actions" }, bar, cancel, send);
  const parts = body ?? Object.values(fields).map(({ element }) => element);
  const element = el(
    "form",
    { className: "form", noValidate: true, on: { submit: attempt } },
    ...parts,
    problem,
    actions,
  );
  const label = send.querySelector("span");
  const state = () =>
    JSON.stringify(Object.values(fields).map(({ value }) => (value instanceof File ? value.name : value)));
  let clean = state();
  let sending = null;
  let held = 0;

  async function attempt(event) {
    event.preventDefault();
    if (sending || held > performance.now()) return;
    problem.textContent = "";
    const found = Object.entries({ ...missing(), ...check() }).filter(([, text]) => text);
    if (found.length) return found.reverse().forEach(([name, text]) => fields[name].problem(text));
    sending = new AbortController();
    wait(true);
    try {
      const result = await work(sending.signal);
      clean = state();
      onDone(result);
    } catch (error) {
      refused(error);
    } finally {
      sending = null;
      wait(false);
    }
  }

  function missing() {
    const empty = Object.entries(fields).filter(([, { input, value }]) => input?.required && !String(value).trim());
    return Object.fromEntries(empty.map(([name]) => [name, t(mark("Please fill this in."))]));
  }

  function refused(error) {
    if (error.name === "AbortError") return;
    if (error.code === "too_many_tries" && error.retryAfter) return hold(error.retryAfter);
    const named = fields[codes[error.code]];
    if (named) named.problem(error.message);
    else problem.textContent = error.message;
  }

  // The station takes no more tries for some seconds: they are counted down, and nothing is sent before.
  function hold(seconds) {
    const until = performance.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      send.disabled = left > 0;
      if (left <= 0 || !element.isConnected) return (clearInterval(clock), (problem.textContent = ""));
      problem.textContent = t(mark("Too many tries. Please wait {seconds} seconds, then try again."), {
        seconds: left,
      });
    };
    const clock = setInterval(tick, 1000);
    held = until;
    tick();
  }

  function wait(yes) {
    element.dataset.busy = yes;
    send.disabled = yes || held > performance.now();
    say(label, yes ? busy : submit, yes ? {} : values);
    bar.hidden = true;
    cancel.hidden = !yes && !onCancel;
  }

  const made = {
    element,
    dirty: () => state() !== clean && !sending,
    sending: () => sending !== null,
    abort: () => sending?.abort(),
    progress(share) {
      bar.hidden = false;
      bar.value = share;
    },
    settle: () => (clean = state()),
    problem: (text) => (problem.textContent = text),
  };
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !sending) return;
    event.preventDefault();
    sending.abort();
  });
  return made;
}
