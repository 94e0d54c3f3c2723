// Where the page begins: words and icons first, then the pages, or the way in.

import { go } from "./base/routes.js";
import { store } from "./base/store.js";
import { resume, signedIn, username, whenTokenChanges } from "./base/session.js";
import { wearTheme } from "./base/theme.js";
import { mark, speak, wishedLanguage } from "./base/words.js";
import { accountEntries } from "./pages/account.js";
import { entry } from "./pages/entry.js";
import { tellRequests } from "./pages/users_news.js";
import { loadIcons } from "./parts/icon.js";
import { toasts } from "./parts/notices.js";
import { Shell } from "./parts/shell.js";

// Their scripts come when they are needed first: whoever signs in does not wait for all of them.
const PAGES = [
  { name: "live", says: mark("Live"), glyph: "squares-four", role: "viewer", load: () => import("./pages/live.js") },
  {
    name: "devices",
    says: mark("Devices"),
    glyph: "video-camera",
    role: "viewer",
    load: () => import("./pages/devices.js"),
  },
  {
    name: "algorithms",
    says: mark("Algorithms"),
    glyph: "cube",
    role: "viewer",
    load: () => import("./pages/algorithms.js"),
  },
  { name: "tasks", says: mark("Tasks"), glyph: "list-bullets", role: "viewer", load: () => import("./pages/tasks.js") },
  { name: "tests", says: mark("Tests"), glyph: "film-strip", role: "viewer", load: () => import("./pages/tests.js") },
  { name: "users", says: mark("Users"), glyph: "users", role: "admin", load: () => import("./pages/users.js") },
  {
    name: "audit",
    says: mark("Audit"),
    glyph: "clipboard-text",
    role: "admin",
    load: () => import("./pages/audit.js"),
  },
];
const AGAIN_MS = 3000;
let shell = null;
let name = "";
let forgetRequests = () => {};

function arrive() {
  if (shell) return;
  name = username();
  store.open();
  forgetRequests = tellRequests();
  shell = new Shell(PAGES, accountEntries);
  document.body.replaceChildren(shell.element, toasts);
}

// `why`: none where the person has signed out; then nobody wants to go back to where that was.
function leave(why) {
  shell?.end();
  shell = null;
  forgetRequests();
  store.close();
  if (!why) go("", null, {}, { quietly: true });
  entry({ notice: why ? why.message : mark("You are signed out."), name: why ? name : "" });
}

// Without words and icons nothing can be shown: a station that goes away just now is waited for.
async function prepare() {
  for (;;) {
    try {
      return await Promise.all([speak(wishedLanguage()), loadIcons()]);
    } catch {
      document.body.textContent = "siapp …";
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

wearTheme();
await prepare();
whenTokenChanges((token, _renewed, why) => (token ? arrive() : leave(why)));
if (signedIn())
  await resume()
    .catch(() => {})
    .then(() => signedIn() && arrive());
else {
  entry();
  PAGES[0].load().catch(() => {}); // while somebody types
}
