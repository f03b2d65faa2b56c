// Small builders of page elements. Texts are set as texts: nothing that a user writes is markup.

const MOST_MESSAGES = 3;

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function button(text, onclick, attributes = {}) {
  return element("button", { type: "button", onclick, ...attributes }, text);
}

/** A number as there is room for it: recipes of somebody's may have all digits. */
const brief = (value) => String(Number(value.toFixed(Math.abs(value) < 0.1 ? 4 : 2)));

/** A slider with its number beside it. */
export function slider({ label, min, max, step, value, kind = "slider", title = "" }, oninput) {
  const shown = element("output", {}, brief(value));
  const input = element("input", {
    type: "range", min, max, step, value, ariaLabel: label, title,
    oninput: () => {
      shown.textContent = input.value;
      oninput(Number(input.value));
    },
  });
  return element("label", { className: kind, title }, element("span", {}, label), input, shown);
}

/** A number input's value as it may be, which it shows, too. */
export function clamped(input) {
  const value = Math.round(Math.min(Number(input.max), Math.max(Number(input.min), Number(input.value) || 0)));
  input.value = value;
  return value;
}

export function later(wait, action) {
  let timer = 0;
  const soon = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), wait);
  };
  soon.cancel = () => clearTimeout(timer);
  return soon;
}

export function save(url, name) {
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Says a text, once at a time; the oldest of many makes way. */
export function message(text, action) {
  const all = document.querySelector("#messages");
  const same = [...all.children].find((one) => one.firstElementChild.textContent === text);
  if (same) same.remove();
  else if (all.children.length >= MOST_MESSAGES) all.firstElementChild.remove();
  const box = element("div", {}, element("span", {}, text));
  if (action) box.append(button(action.text, () => { box.remove(); action.do(); }, { className: "small" }));
  box.append(button("Close", () => box.remove(), { className: "small" }));
  all.append(box);
  setTimeout(() => box.remove(), action ? 15000 : 9000);
}
