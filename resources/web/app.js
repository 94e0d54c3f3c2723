// Where the page begins: words first, then the wall, or the way in.

import { entry } from "./pages/entry.js";
import { refresh, signedIn, whenTokenChanges } from "./base/session.js";
import { Wall } from "./live/wall.js";
import { mark, speak, wishedLanguage } from "./base/words.js";

let wall = null;

function arrive() {
  wall ??= new Wall();
}

function leave() {
  wall?.end();
  wall = null;
  entry("signIn", mark("You are signed out."));
}

await speak(wishedLanguage());
whenTokenChanges((token) => (token ? arrive() : leave()));
if (signedIn()) refresh().catch(() => signedIn() && arrive());
else entry();
