// One task's tile outside the wall: its picture as it is now, beside what changes it.

import { store } from "../base/store.js";
import { Tile } from "./tile.js";
import { Watching } from "./watching.js";

const TICK_MS = 500;

// A wall of one tile; what a wall's buttons do is done beside it.
export class Preview {
  constructor(task) {
    this.watching = new Watching();
    this.plan = { boxes: true, labels: true, shows: () => true };
    this.kiosk = true;
    this.tile = new Tile(this, task);
    this.element = this.tile.element;
    this.clock = setInterval(() => this.tile.tick(), TICK_MS);
  }

  end() {
    clearInterval(this.clock);
    this.tile.end();
    this.watching.end();
  }

  get known() {
    return store.connection.up;
  }

  mayBeAlone() {
    return false;
  }

  isAlone() {
    return false;
  }

  toggleAlone() {}
}
