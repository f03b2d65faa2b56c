// The picture: before and after, side by side under a divider that is dragged.

export const SHOWN = 1600; // longer side of results that are shown
const PHONE = 820; // px of the window's width up to which it is laid out as on a phone
const SHARE_OF_PHONE = 0.3; // of its height, that the picture may take
const BESIDE = 256; // px of the window's height that other things take on a desktop

class Stage {
  constructor() {
    this.stage = document.querySelector("#stage");
    this.before = document.querySelector("#before");
    this.after = document.querySelector("#after");
    this.compare = document.querySelector("#compare");
    this.isEdited = false;
    this.asked = this.shown = 0; // numbers of pictures
    this.compare.addEventListener("input", () => this.cut());
    this.stage.addEventListener("pointerdown", (event) => this.drag(event));
    new ResizeObserver(() => this.fit()).observe(this.stage);
    addEventListener("resize", () => this.fit());
  }

  setPhoto({ url, width, height }) {
    this.size = { width, height };
    this.before.src = url;
    this.after.src = url;
    this.compare.value = 0;
    this.tag("");
    this.fit();
  }

  /** Shows a picture once it has arrived, so that nothing flickers. */
  async show(url) {
    const number = ++this.asked;
    const image = new Image();
    image.src = url;
    await image.decode();
    if (number < this.shown) return; // a later one was there first
    this.shown = number;
    this.after.src = url;
  }

  /** Says on the picture what it is; nothing for what was asked for. */
  tag(text) {
    document.querySelector("#draft").textContent = text;
  }

  /** While a mask is painted, the photo lies under it, or the result, faintly. */
  setEdited(isEdited) {
    this.isEdited = isEdited;
    this.stage.classList.toggle("edited", isEdited);
    this.compare.hidden = isEdited;
    this.compare.value = 0;
    this.cut();
  }

  /** Photo and result have the same size on the page, whatever the result's own. */
  fit() {
    if (!this.size) return;
    const wide = this.stage.clientWidth;
    const high = innerWidth <= PHONE ? innerHeight * SHARE_OF_PHONE : innerHeight - BESIDE;
    const scale = Math.min(wide / this.size.width, Math.max(high, 200) / this.size.height);
    this.stage.style.setProperty("--shown-width", `${Math.floor(this.size.width * scale)}px`);
    this.stage.style.setProperty("--shown-height", `${Math.floor(this.size.height * scale)}px`);
    this.cut();
  }

  cut() {
    const share = this.compare.value / 100;
    const shown = parseFloat(this.stage.style.getPropertyValue("--shown-width")) || 0;
    this.compare.setAttribute("aria-valuetext", `${Math.round(100 * share)} % photo`);
    this.stage.style.setProperty("--cut", `${100 * share}%`);
    this.stage.style.setProperty("--cut-at", `${(this.stage.clientWidth - shown) / 2 + share * shown - 1}px`);
    this.stage.classList.toggle("comparing", share > 0);
  }

  /** Dragging over the picture compares, as dragging the slider does. */
  drag(event) {
    if (this.isEdited || event.button !== 0) return;
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
}

export const stage = new Stage();
