// What this tab is about: what is asked for, of which photo, and what was painted so far.

import { later } from "./controls.js";
import { fresh } from "./recipe.js";
import * as store from "./store.js";

const MOST_PICTURES = 100; // of the history

export const session = {
  state: fresh(),
  photo: null, // {number, id, url, width, height, name, file}
  history: [], // {state, photo, job, url, side}
  current: -1, // the one of the history that is shown
  file: { format: "png", strip: false }, // that pictures are taken away as
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

/** The picture of the history that is shown, if there is one. */
export const shownEntry = () => session.history[session.current] ?? null;

export function remember(entry) {
  session.history = [...session.history, entry].slice(-MOST_PICTURES);
  session.current = session.history.length - 1;
  keep();
}

const watchers = [];

/** Adds what depends on a thing or two of what is asked for; it is called at every change. */
export function onChange(watch) {
  watchers.push(watch);
  addView(watch);
}

let isKept = true; // as far as the browser keeps anything
let isForgotten = false;

/** Whether a reload would lose something. */
export const isAtRisk = () => !isKept && session.history.length > 1;

const keepSoon = later(150, keepNow);

/** Something has changed: has the browser keep the session, for a reload. */
export function keep() {
  for (const watch of watchers) watch();
  keepSoon();
}

export async function keepNow() {
  if (!session.photo || isForgotten) return;
  keepSoon.cancel();
  const photos = [...new Set([...session.history.map(({ photo }) => photo), session.photo])];
  try {
    await store.save({
      state: session.state,
      current: session.current,
      file: session.file,
      photo: session.photo.number,
      photos: photos.map(({ number, id, width, height, name }) => ({ number, id, width, height, name })),
      history: session.history.map((entry) => ({ ...entry, photo: entry.photo.number })),
    });
  } catch {
    isKept = false;
  }
}

/** Takes up the session that this tab had. `show` gives a photo the address that it is shown from. */
export async function takeUp(show) {
  let kept = null;
  try {
    kept = store.enter() ? await store.load() : null;
    store.tidy().catch(() => {});
  } catch {
    isKept = false;
  }
  if (!kept) return false;
  const photos = new Map();
  for (const photo of kept.photos) {
    const file = kept.files.get(photo.number);
    const url = file && (await show(file, photo.id).catch(() => null));
    if (url) photos.set(photo.number, { ...photo, file, url });
  }
  if (!photos.has(kept.photo)) return false;
  const there = (entry) => photos.has(entry.photo);
  session.current = kept.history.slice(0, kept.current + 1).filter(there).length - 1;
  session.history = kept.history.filter(there).map((entry) => ({ ...entry, photo: photos.get(entry.photo) }));
  session.state = kept.state;
  session.file = kept.file;
  session.photo = photos.get(kept.photo);
  return true;
}

/** Keeps the session's photo, so that it can be sent again. */
export function keepPhoto() {
  const { number, file } = session.photo;
  store.addFile(number, file).catch(() => { isKept = false; });
  keep();
}

export async function forgetSession() {
  isForgotten = true;
  await store.forget().catch(() => {});
}
