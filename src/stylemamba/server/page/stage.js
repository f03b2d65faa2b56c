// The picture: before and after, and the brush that paints a region's mask.

export const SHOWN = 1600; // longer side of results that are shown
const MASK_SIDE = 512;

class Stage {
  constructor() {
    this.stage = document.querySelector("#stage");
    this.before = document.querySelector("#before");
    this.after = document.querySelector("#after");
    this.compare = document.querySelector("#compare");
    this.canvas = document.querySelector("#overlay");
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true });
    this.onMask = null;
    this.last = null;
    this.compare.addEventListener("input", () => this.cut());
    this.stage.addEventListener("pointerdown", (event) => this.drag(event));
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.paint(event));
    for (const name of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(name, () => this.lift());
    }
    new ResizeObserver(() => this.fit()).observe(this.stage);
    addEventListener("resize", () => this.fit());
  }

  setPhoto(url, width, height) {
    this.size = { width, height };
    this.before.src = url;
    this.after.src = url;
    const scale = Math.min(1, MASK_SIDE / Math.max(width, height));
    this.canvas.width = Math.max(1, Math.round(width * scale));
    this.canvas.height = Math.max(1, Math.round(height * scale));
    this.compare.value = 0;
    this.fit();
  }

  /** Shows a picture once it has arrived, so that nothing flickers. */
  async show(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    this.after.src = url;
  }

  /** Photo and result have the same size on the page, whatever the result's own. */
  fit() {
    if (!this.size) return;
    const wide = this.stage.clientWidth;
    const high = innerWidth <= 820 ? innerHeight * 0.42 : innerHeight - 256;
    const scale = Math.min(wide / this.size.width, Math.max(high, 200) / this.size.height);
    this.stage.style.setProperty("--shown-width", `${Math.floor(this.size.width * scale)}px`);
    this.stage.style.setProperty("--shown-height", `${Math.floor(this.size.height * scale)}px`);
    this.cut();
  }

  cut() {
    const share = this.compare.value / 100;
    const shown = parseFloat(this.stage.style.getPropertyValue("--shown-width")) || 0;
    this.stage.style.setProperty("--cut", `${100 * share}%`);
    this.stage.style.setProperty("--cut-at", `${(this.stage.clientWidth - shown) / 2 + share * shown - 1}px`);
    this.stage.classList.toggle("comparing", share > 0);
  }

  /** Dragging over the picture compares, as dragging the slider does. */
  drag(event) {
    if (!this.canvas.hidden || event.button !== 0) return;
    const move = (at) => {
      const box = this.before.getBoundingClientRect();
      this.compare.value = Math.max(0, Math.min(100, (100 * (at.clientX - box.left)) / box.width));
      this.cut();
    };
    const end = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    move(event);
    event.preventDefault();
  }

  /** Starts to edit a mask: a PNG in base64, or null for an empty one. `onMask` gets every new one. */
  async edit(mask, onMask) {
    this.onMask = onMask;
    this.pen.globalCompositeOperation = "source-over";
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (mask) await this.draw(mask);
    this.canvas.hidden = false;
    this.compare.value = 0;
    this.cut();
  }

  stopEditing() {
    this.canvas.hidden = true;
  }

  /** Masks are white on black; the overlay is red where they are white. */
  async draw(mask) {
    const image = new Image();
    image.src = `data:image/png;base64,${mask}`;
    await image.decode();
    const { width, height } = this.canvas;
    this.pen.drawImage(image, 0, 0, width, height);
    const pixels = this.pen.getImageData(0, 0, width, height);
    for (let at = 0; at < pixels.data.length; at += 4) {
      pixels.data[at + 3] = (pixels.data[at] * pixels.data[at + 3]) / 255;
      pixels.data.set([214, 40, 57], at);
    }
    this.pen.putImageData(pixels, 0, 0);
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
    this.last = this.place(event);
    this.stroke(this.last);
    event.preventDefault();
    event.stopPropagation();
  }

  paint(event) {
    if (this.last) this.stroke(this.place(event));
  }

  lift() {
    if (!this.last) return;
    this.last = null;
    this.onMask(this.mask());
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.canvas.width,
      y: ((event.clientY - box.top) / box.height) * this.canvas.height,
    };
  }

  stroke(to) {
    const erase = document.querySelector("input[name=brush]:checked").value === "erase";
    const size = document.querySelector("#brush-size").value / 100;
    this.pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
    this.pen.strokeStyle = "rgb(214, 40, 57)";
    this.pen.lineWidth = size * Math.max(this.canvas.width, this.canvas.height);
    this.pen.lineCap = this.pen.lineJoin = "round";
    this.pen.beginPath();
    this.pen.moveTo(this.last.x, this.last.y);
    this.pen.lineTo(to.x, to.y + 0.01);
    this.pen.stroke();
    this.last = to;
  }
}

export const stage = new Stage();
