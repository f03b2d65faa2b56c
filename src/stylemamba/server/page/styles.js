// Known styles with their thumbnails, to be searched and taken.

import * as api from "./api.js";
import { element, button, later } from "./controls.js";

const SHOWN = 60;

export class StyleBrowser {
  constructor(take) {
    this.take = take;
    this.asked = 0;
    this.limit = SHOWN;
    this.search = document.querySelector("#search");
    this.box = document.querySelector("#styles");
    this.search.addEventListener("input", later(200, () => {
      this.limit = SHOWN;
      this.find();
    }));
  }

  start() {
    this.find();
  }

  async find() {
    const mine = ++this.asked;
    let answer;
    try {
      answer = await api.styles(this.search.value, this.limit);
    } catch {
      return; // the next letter asks again
    }
    if (mine !== this.asked) return;
    document.querySelector("#style-count").textContent = `(${answer.count})`;
    const items = answer.styles.map((style) => this.item(style, answer.thumbnails));
    if (answer.count > answer.styles.length) {
      items.push(button("More…", () => {
        this.limit = Math.min(5000, this.limit * 4);
        this.find();
      }));
    }
    this.box.replaceChildren(...items);
  }

  item({ name, place }, { url, side, columns }) {
    const thumb = element("span", { className: "thumb" });
    if (place !== null) {
      thumb.style.backgroundImage = `url("${url}")`;
      thumb.style.backgroundPosition = `-${(place % columns) * side}px -${Math.floor(place / columns) * side}px`;
    }
    const made = button("", () => this.take(name), { title: name });
    made.append(thumb, element("span", {}, name));
    return made;
  }
}
