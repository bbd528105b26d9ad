"use strict";

// The page's own account of what could be read on it: which screen, from when, until when. It knows nothing of
// pictures. A screen counts from when nothing moves any more that will ever stop, until a hand or the page moves on.

const PASSING_MS = 300; // What stands for less, as between two letters that are typed, is not a screen.

const nextFrame = () => new Promise(requestAnimationFrame);
const isMoving = () => document.getAnimations().some((one) => one.effect.getComputedTiming().endTime !== Infinity);

const account = {
  seen: [],
  changes: 0,

  /** Note that something begins to change: what stood until now stands no more. */
  leave() {
    this.changes += 1;
    const last = this.seen.at(-1);
    if (!last || last.until_ms !== null) return;
    last.until_ms = Date.now();
    if (last.until_ms - last.from_ms < PASSING_MS) this.seen.pop();
  },

  /** Note that all is in place for a screen; it is seen once it is at rest and drawn. */
  async arrive(name) {
    this.leave();
    const change = this.changes;
    do {
      await nextFrame();
      await nextFrame();
    } while (isMoving());
    if (change === this.changes) this.seen.push({ name, from_ms: Date.now(), until_ms: null });
  },
};

for (const kind of ["pointermove", "pointerdown", "keydown", "wheel"]) {
  addEventListener(kind, () => account.leave(), { capture: true, passive: true });
}
