// What is taken away: the picture in full size, and its recipe.

import * as api from "./api.js";
import { message, save } from "./controls.js";
import { paint } from "./painting.js";
import { recipeOf } from "./recipe.js";
import { session } from "./session.js";

const $ = (selector) => document.querySelector(selector);

async function download() {
  const { history, current, photo, state } = session;
  const format = $("#format").value;
  const entry = history[current];
  const same = entry?.full && entry.photo === photo
    && JSON.stringify(recipeOf(entry.state)) === JSON.stringify(recipeOf(state));
  const job = same ? entry.job : await paint({ full: true });
  if (job) save(api.pictureUrl(job, format), `${baseName()}.${format === "jpeg" ? "jpg" : format}`);
}

function downloadRecipe() {
  const recipe = recipeOf(session.state, session.history[session.current]?.steps ?? null);
  if (!recipe) return message("Describe a style first.");
  const url = URL.createObjectURL(new Blob([JSON.stringify(recipe, null, 1)], { type: "application/json" }));
  save(url, `${baseName()}.json`);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function baseName() {
  const { state, photo } = session;
  const style = state.parts.map((part) => part.text).join(" ").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${photo.name.replace(/\.[^.]*$/, "")}-${style}`.slice(0, 80).replace(/-+$/, "");
}

export function wireDownloads() {
  $("#download").onclick = download;
  $("#download-recipe").onclick = downloadRecipe;
}
