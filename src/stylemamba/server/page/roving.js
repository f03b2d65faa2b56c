// Boxes of many items that are one stop of the Tab key: arrow keys, Home and End go about in them.

/** Lets keys go about among a box's items. */
export function rove(box, selector) {
  const items = () => [...box.querySelectorAll(selector)];
  box.addEventListener("keydown", (event) => {
    const all = items();
    const place = all.indexOf(event.target.closest(selector));
    if (place < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = target(event.key, place, all);
    if (to === null) return;
    event.preventDefault();
    all[to].focus();
  });
  box.addEventListener("focusin", ({ target: focused }) => {
    const item = focused.closest(selector);
    if (item) settle(items(), item);
  });
}

/** Makes one of the items the Tab stop of all. */
export function settle(items, stop) {
  for (const item of items) item.tabIndex = item === (stop ?? items[0]) ? 0 : -1;
}

function target(key, place, items) {
  const last = items.length - 1;
  if (key === "Home") return 0;
  if (key === "End") return last;
  const next = items.findIndex((item) => item.offsetTop !== items[0].offsetTop);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -next, ArrowDown: next }[key];
  if (!step || (next < 0 && key.match(/Up|Down/))) return null;
  const to = place + step;
  return to < 0 || to > last ? null : to;
}
