// How far a picture is, from what its job tells at the end of every pass and tile.
//
// Passes are over four times the pixels of the one before, and the last one takes most of the time: each has
// its share of the whole, and between two events the bar goes on at the speed so far.

const GROWTH = 6; // times as long as the one before, that a pass takes: more than its pixels
const LARGEST = 2048; // longer side that passes paint; what is larger is painted finer in tiles
const TILES = 0.06; // of the time of a pass, that tiles of as many pixels take
const MARKS = 0.1; // of the last pass, that the marks after it take
const FIT = 0.9; // of a fit's time, that its steps take; passes follow
const UNSURE = 0.95; // of a pass, that it is taken to be at without an event

export class Course {
  /** Of a photo that is painted with a longer side, or with null as it is. */
  constructor({ width, height }, side) {
    const longest = Math.max(width, height);
    const scale = Math.min(1, Math.min(side ?? LARGEST, LARGEST) / longest);
    this.pass = width * height * scale ** 2;
    this.tiles = side === null && longest > LARGEST ? TILES * width * height : 0;
    this.since = this.at = performance.now();
    this.done = this.next = this.total = 0;
    this.isFit = false;
    this.step = null;
  }

  hear({ stage, step, steps, seconds_left: left }) {
    this.at = performance.now();
    if (!stage) {
      this.since = this.at; // it has just begun
    } else if (stage === "fit") {
      this.isFit = true;
      this.step = { text: `step ${step} of ${steps}`, left };
      [this.done, this.total] = [FIT * step, steps];
    } else if (this.isFit) {
      this.step = null;
      [this.done, this.total] = [FIT + (1 - FIT) * (step / steps), 1];
    } else if (stage === "pass") {
      const upTo = (count) => (this.pass * (GROWTH ** count - 1)) / ((GROWTH - 1) * GROWTH ** (steps - 1));
      const marks = MARKS * this.pass;
      this.before = upTo(steps) + marks;
      this.total = this.before + this.tiles;
      this.done = upTo(step);
      this.next = step < steps ? upTo(step + 1) : this.before;
    } else if (stage === "tile" && this.total) {
      this.next = this.done = this.before + this.tiles * (step / steps);
    }
  }

  /** Which share is done, null where that is not known yet, and seconds that are left. */
  now() {
    if (!this.total) return { share: null, text: "", left: null };
    if (this.isFit) return { share: this.done / this.total, text: "", left: null, ...this.step };
    const speed = this.done / (this.at - this.since);
    const guessed = Math.min(speed * (performance.now() - this.at), UNSURE * (this.next - this.done));
    const done = this.done + Math.max(0, guessed);
    return { share: done / this.total, text: "", left: this.done ? (this.total - done) / speed / 1000 : null };
  }
}
