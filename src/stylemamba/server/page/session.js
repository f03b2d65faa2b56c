// What this tab is about: what is asked for, of which photo, and what was painted so far.

import { fresh } from "./recipe.js";

const MOST_PICTURES = 100; // of the history

export const session = {
  state: fresh(),
  photo: null, // {id, url, width, height, name, file}
  history: [], // {state, photo, job, url, steps, full}
  current: -1, // the one of the history that is shown
};

/** What the server said of itself: help of a recipe's fields, and from where on a style is known. */
export const server = { help: {}, lowCoverage: 0 };

const views = [];

/** Adds what shows a part of the session; it is called whenever all of it may be new. */
export function addView(render) {
  views.push(render);
}

export function renderAll() {
  for (const render of views) render();
}

export function remember(entry) {
  session.history = [...session.history, entry].slice(-MOST_PICTURES);
  session.current = session.history.length - 1;
}
