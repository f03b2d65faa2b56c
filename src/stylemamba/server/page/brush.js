// The brush that paints a region's mask over the picture, by pointer or by keyboard.

import { later } from "./controls.js";

const MASK_SIDE = 512; // longer side of a mask in pixels
const LEAST_STEP = 2; // pixels of the mask that an arrow key moves the brush
const STRIPE = 6; // pixels of the mask
// Colours that hardly any picture has, and in stripes that none has.
const STRIPES = ["#ff1fd1", "#5c00c7"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const $ = (selector) => document.querySelector(selector);

class Brush {
  constructor() {
    this.canvas = $("#overlay");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.cursor = $("#brush-cursor");
    this.size = $("#brush-size");
    this.ink = this.stripes();
    this.onMask = null;
    this.onEnd = null;
    this.at = { x: 0, y: 0 };
    this.isDown = false;
    this.erases = false;
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(this.placeOf(event)));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.lift());
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    this.canvas.addEventListener("keyup", (event) => { if (event.key === " ") this.lift(); });
    this.canvas.addEventListener("blur", () => this.lift());
    this.size.addEventListener("input", () => this.showCursor());
    new ResizeObserver(() => this.showCursor()).observe(this.canvas);
  }

  /** Starts to edit a mask: a PNG in base64, or null for an empty one. `onMask` gets every new one. */
  async edit({ width, height }, mask, onMask, onEnd) {
    const scale = Math.min(1, MASK_SIDE / Math.max(width, height));
    this.canvas.width = Math.max(1, Math.round(width * scale));
    this.canvas.height = Math.max(1, Math.round(height * scale));
    Object.assign(this, { onMask, onEnd, at: { x: this.canvas.width / 2, y: this.canvas.height / 2 } });
    if (mask) await this.draw(mask);
    this.canvas.hidden = this.cursor.hidden = false;
    this.showCursor();
  }

  end() {
    this.canvas.hidden = this.cursor.hidden = true;
    this.isDown = false;
  }

  /** Masks are white on black; the overlay has stripes where they are white. */
  async draw(mask) {
    const image = new Image();
    image.src = `data:image/png;base64,${mask}`;
    await image.decode();
    const { width, height } = this.canvas;
    this.pen.drawImage(image, 0, 0, width, height);
    const pixels = this.pen.getImageData(0, 0, width, height);
    for (let at = 0; at < pixels.data.length; at += 4) {
      pixels.data[at + 3] = (pixels.data[at] * pixels.data[at + 3]) / 255;
    }
    this.pen.putImageData(pixels, 0, 0);
    this.pen.globalCompositeOperation = "source-in";
    this.pen.fillStyle = this.ink;
    this.pen.fillRect(0, 0, width, height);
  }

  mask() {
    const { width, height } = this.canvas;
    const copy = document.createElement("canvas");
    copy.width = width;
    copy.height = height;
    const pen = copy.getContext("2d", { willReadFrequently: true });
    const pixels = this.pen.getImageData(0, 0, width, height);
    let painted = false;
    for (let at = 0; at < pixels.data.length; at += 4) {
      const level = pixels.data[at + 3];
      painted ||= level > 0;
      pixels.data.set([level, level, level, 255], at);
    }
    pen.putImageData(pixels, 0, 0);
    return painted ? copy.toDataURL("image/png").split(",")[1] : null;
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.at = this.placeOf(event);
    this.lower($("input[name=brush]:checked").value === "erase");
    this.canvas.focus({ preventScroll: true });
    event.preventDefault();
    event.stopPropagation();
  }

  /** Arrows move the brush, Space paints while it is down, with Shift it erases. */
  key(event) {
    const { key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (key in ARROWS) this.step(ARROWS[key]);
    else if (key === " ") this.lower(event.shiftKey || $("input[name=brush]:checked").value === "erase");
    else if (key === "[" || key === "]") this.resize(key === "]" ? 1 : -1);
    else if (key === "Escape") this.onEnd();
    else return;
    event.preventDefault();
  }

  step([right, down]) {
    const step = Math.max(LEAST_STEP, this.width / 2);
    const within = (value, most) => Math.min(most - 1, Math.max(0, value));
    this.move({
      x: within(this.at.x + right * step, this.canvas.width),
      y: within(this.at.y + down * step, this.canvas.height),
    });
    this.say();
  }

  resize(change) {
    this.size.value = Number(this.size.value) + change;
    this.showCursor();
    this.say();
  }

  lower(erases) {
    if (this.isDown) return;
    this.isDown = true;
    this.erases = erases;
    this.stroke(this.at);
  }

  move(to) {
    if (this.isDown) this.stroke(to);
    this.at = to;
    this.showCursor();
  }

  lift() {
    if (!this.isDown) return;
    this.isDown = false;
    this.onMask(this.mask());
    this.say();
  }

  stroke(to) {
    this.pen.globalCompositeOperation = this.erases ? "destination-out" : "source-over";
    this.pen.strokeStyle = this.ink;
    this.pen.lineWidth = this.width;
    this.pen.lineCap = this.pen.lineJoin = "round";
    this.pen.beginPath();
    this.pen.moveTo(this.at.x, this.at.y);
    this.pen.lineTo(to.x, to.y + 0.01);
    this.pen.stroke();
  }

  /** Of the brush, in pixels of the mask. */
  get width() {
    return (this.size.value / 100) * Math.max(this.canvas.width, this.canvas.height);
  }

  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.canvas.width,
      y: ((event.clientY - box.top) / box.height) * this.canvas.height,
    };
  }

  showCursor() {
    const scale = this.canvas.offsetWidth / this.canvas.width;
    this.cursor.style.setProperty("--x", `${this.canvas.offsetLeft + this.at.x * scale}px`);
    this.cursor.style.setProperty("--y", `${this.canvas.offsetTop + this.at.y * scale}px`);
    this.cursor.style.setProperty("--size", `${Math.max(4, this.width * scale)}px`);
  }

  /** Tells where the brush is, for those who do not see it. */
  say = later(200, () => {
    const share = (value, whole) => `${Math.round((100 * value) / whole)} %`;
    const { x, y } = this.at;
    const isIn = this.pen.getImageData(Math.floor(x), Math.floor(y), 1, 1).data[3] > 127;
    $("#brush-said").textContent = `${share(x, this.canvas.width)} across, ${share(y, this.canvas.height)} down, `
      + `${isIn ? "in" : "outside"} the region; size ${this.size.value}`;
  });

  stripes() {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 2 * STRIPE;
    const pen = tile.getContext("2d");
    pen.fillStyle = STRIPES[0];
    pen.fillRect(0, 0, tile.width, tile.height);
    pen.strokeStyle = STRIPES[1];
    pen.lineWidth = STRIPE / Math.SQRT2;
    for (const at of [-1, 0, 1]) {
      pen.moveTo((2 * at - 1) * STRIPE, 3 * STRIPE);
      pen.lineTo((2 * at + 3) * STRIPE, -STRIPE);
    }
    pen.stroke();
    return this.pen.createPattern(tile, "repeat");
  }
}

export const brush = new Brush();
