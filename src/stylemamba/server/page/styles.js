// Known styles with their thumbnails, to be searched and taken.

import * as api from "./api.js";
import { button, element, later } from "./controls.js";
import { rove, settle } from "./roving.js";
import { onChange, session } from "./session.js";

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
    this.search.addEventListener("keydown", (event) => {
      const first = this.box.querySelector("[tabindex='0']");
      if (event.key !== "ArrowDown" || !first) return;
      event.preventDefault();
      first.focus();
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.target.click();
    });
    rove(this.box, "[role=option]");
  }

  start() {
    onChange(() => this.mark());
    this.find();
  }

  async find() {
    const mine = ++this.asked;
    const text = this.search.value.trim();
    let answer;
    try {
      answer = await api.styles(text, this.limit);
    } catch {
      return; // the next letter asks again
    }
    if (mine !== this.asked) return;
    const { count, styles, near, thumbnails } = answer;
    document.querySelector("#style-count").textContent = `(${count})`;
    document.querySelector("#search-said").replaceChildren(...(count ? [] : this.nothing(text, near)));
    const options = [...styles, ...near].map((style) => this.option(style, thumbnails));
    this.box.replaceChildren(...options);
    settle(options);
    this.mark();
    const more = document.querySelector("#more-styles");
    more.hidden = count <= styles.length;
    more.onclick = () => {
      this.limit = Math.min(5000, this.limit * 4);
      this.find();
    };
  }

  nothing(text, near) {
    const line = "Nothing found; it can be typed as a prompt all the same.";
    const use = button(`Paint “${text}”`, () => this.take(text), { className: "small" });
    return [line, " ", use, near.length ? " Near in meaning:" : ""];
  }

  option({ name, place }, { url, side, columns }) {
    const thumb = element("span", { className: "thumb" });
    if (place !== null) {
      thumb.style.backgroundImage = `url("${url}")`;
      thumb.style.backgroundPosition = `-${(place % columns) * side}px -${Math.floor(place / columns) * side}px`;
    }
    return element("div", {
      role: "option", title: name, ariaSelected: "false", onclick: () => this.take(name),
    }, thumb, element("span", {}, name));
  }

  /** Marks those that the styles in use are. */
  mark() {
    const used = new Set(session.state.parts.map(({ text }) => text.trim().toLowerCase()));
    for (const option of this.box.children) option.ariaSelected = String(used.has(option.title.toLowerCase()));
  }
}
