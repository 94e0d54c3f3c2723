// Add or edit a camera. It is checked before it is saved; who knows better saves it anyway.

import { api } from "../base/api.js";
import { el } from "../base/dom.js";
import { store } from "../base/store.js";
import { mark } from "../base/words.js";
import { button } from "../parts/buttons.js";
import { field, form } from "../parts/form.js";
import { done } from "../parts/notices.js";
import { openSheet } from "../parts/sheet.js";
import { CheckPanel } from "./devices_check.js";
import { nextName } from "./devices_names.js";

const EXAMPLE = "rtsp://user:password@192.168.1.20:554/stream";
const HIDDEN = "***";
const CODES = { name_taken: "name", bad_name: "name", bad_camera_url: "address" };
const HELP = mark("rtsp, rtsps, or http and https for MJPEG. The user name and password are stored encrypted.");
const HELP_EDIT = mark("*** stands for the stored user name and password.");
const HELP_CLONE = mark(
  "The stored user name and password stay with the first camera: type them again in place of ***.",
);

export const addDevice = () => openForm({ title: mark("Add camera"), help: HELP });

export function editDevice(device) {
  openForm({ title: mark("Edit camera"), device, name: device.name, url: device.rtsp_url, help: HELP_EDIT });
}

// One more like it, under a name of its own.
export function cloneDevice({ name, rtsp_url: url }) {
  const help = url.includes(HIDDEN) ? HELP_CLONE : HELP;
  const free = nextName(
    name,
    [...store.devices.values()].map((each) => each.name),
  );
  openForm({ title: mark("Clone “{name}”"), values: { name }, name: free, url, help });
}

// `device`: the one that is edited, none for a new one.
function openForm({ title, values, device = null, name = "", url = "", help }) {
  const fields = {
    name: field(
      mark("Name"),
      { value: name, required: true, maxLength: 400 },
      { help: mark("As it appears on the wall and in tasks.") },
    ),
    address: field(mark("Address"), { value: url, required: true, placeholder: EXAMPLE, inputMode: "url" }, { help }),
  };
  const typed = () => fields.address.value.trim();
  let good = device?.rtsp_url ?? "";
  const panel = new CheckPanel(() => ({ rtsp_url: typed(), ...(device && { device_id: device.id }) }), {
    onResult: judge,
    onRefused: (error) => fields.address.problem(error.message),
  });
  const anyway = button(mark("Save anyway"), () => ((good = typed()), made.element.requestSubmit()), { hidden: true });
  const made = form({
    fields,
    body: [fields.name.element, fields.address.element, panel.element, anyway],
    submit: mark("Save"),
    busy: mark("Checking …"),
    codes: CODES,
    work,
    onDone: saved,
  });
  const sheet = openSheet({ title, values, body: made.element, dirty: made.dirty, onClose: () => panel.end() });
  fields.address.input.addEventListener("input", () => {
    anyway.hidden = true;
    panel.clear();
  });

  // Whether this very address was found good; what was typed meanwhile is another one.
  function judge(result, of = typed()) {
    if (result.reachable) good = of;
    else fields.address.problem(result.error.message);
    return result.reachable;
  }

  async function work(signal) {
    const address = typed();
    anyway.hidden = true;
    if (address !== good && !judge(await panel.check(signal), address)) {
      anyway.hidden = false;
      throw new DOMException("", "AbortError"); // said at the address
    }
    const body = { name: fields.name.value, ...(address !== device?.rtsp_url && { rtsp_url: address }) };
    return device ? api.put(`/devices/${device.id}`, body) : api.post("/devices", body);
  }

  function saved(stored) {
    store.put("devices", stored);
    done(mark("The camera “{name}” is saved."), { name: stored.name });
    sheet.shut();
  }
}
