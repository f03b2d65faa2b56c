// What is taken away: the picture in full size, and its recipe.

import * as api from "./api.js";
import { message, save } from "./controls.js";
import { finished } from "./painting.js";
import { besideRecipe, recipeOf } from "./recipe.js";
import { addView, forgetSession, keep, session } from "./session.js";

const $ = (selector) => document.querySelector(selector);

/** The picture as it is seen, or in full size, where what is seen is a draft. */
async function download() {
  const { format, strip } = session.file;
  const entry = await finished();
  if (!entry) return;
  const url = api.pictureUrl(entry.job, format, null, strip);
  save(url, `${baseName()}.${format === "jpeg" ? "jpg" : format}`);
}

function downloadRecipe() {
  const recipe = recipeOf(session.state);
  if (!recipe) return message("Describe a style first.");
  const content = { ...recipe, ...besideRecipe(session.state) };
  const url = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
  save(url, `${baseName()}.json`);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Has server and browser forget all that this tab has. */
async function forget() {
  for (const { job } of session.history) api.forgetJob(job);
  for (const { id } of new Set(session.history.map(({ photo }) => photo))) api.forgetPhoto(id);
  await forgetSession();
  location.reload();
}

function baseName() {
  const { state, photo } = session;
  const style = state.parts.map((part) => part.text).join(" ").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${photo.name.replace(/\.[^.]*$/, "")}-${style}`.slice(0, 80).replace(/-+$/, "");
}

export function wireDownloads() {
  addView(() => {
    $("#format").value = session.file.format;
    $("#strip").checked = session.file.strip;
  });
  $("#format").onchange = ({ target }) => { session.file.format = target.value; keep(); };
  $("#strip").onchange = ({ target }) => { session.file.strip = target.checked; keep(); };
  $("#download").onclick = $("#download-here").onclick = download;
  $("#download-recipe").onclick = downloadRecipe;
  $("#forget").onclick = forget;
}
