// From what is asked for to a picture on the stage: one at a time, the last one asked for.

import * as api from "./api.js";
import { later, message } from "./controls.js";
import { renderHistory } from "./history.js";
import { copy, recipeOf } from "./recipe.js";
import { remember, session } from "./session.js";
import { SHOWN, stage } from "./stage.js";
import { busy, fail, idle, say, tell } from "./status.js";

const DRAFT = 640; // longer side of the copy that is painted while one tries things

let running = null; // {controller, id}

export const paintSoon = later(450, () => paint()); // after a slider
export const paintLater = later(900, () => paint()); // after a letter

/** Paints what is asked for: a small draft at once, or with `full` the photo itself. */
export async function paint({ steps = null, full = false } = {}) {
  const { state, photo } = session;
  const recipe = recipeOf(state, steps);
  if (!photo) return null;
  if (!recipe) {
    if (steps || full) message(state.keepRest ? "Give a region a style first." : "Describe a style first.");
    return null;
  }
  abandon();
  const mine = (running = { controller: new AbortController(), id: null });
  const asked = { state: copy(state), photo, steps };
  busy(steps ? "Refining…" : full ? "Painting the full size…" : "Painting…", Boolean(steps || full));
  try {
    const job = await submit(photo, recipe, full || steps ? null : DRAFT);
    mine.id = job.id;
    if (running !== mine) {
      api.forgetJob(job.id);
      return null;
    }
    const done = await api.follow(job.id, (now) => hear(now), mine.controller.signal);
    const url = api.pictureUrl(job.id, "webp", SHOWN);
    await stage.show(url);
    remember({ ...asked, job: job.id, url, full: full || Boolean(steps) || small(photo) });
    renderHistory();
    const { seconds, notes, interrupted } = done.result;
    const draft = full || steps || small(photo) ? "" : " as a draft; details may differ in full size";
    idle(`${interrupted ? "Stopped" : "Painted"} in ${seconds.toFixed(1)} s${draft}`);
    for (const note of notes.filter((note) => !note.startsWith("warning:") && !note.startsWith('"'))) say(note);
    return job.id;
  } catch (error) {
    if (error.name === "AbortError" || running !== mine) return null;
    idle(error.reason === "cancelled" ? "Stopped" : "");
    if (error.reason !== "cancelled") fail(error);
    return null;
  } finally {
    if (running === mine) running = null;
  }
}

/** Ends what is in work, and what is about to be. */
export function abandon() {
  paintSoon.cancel();
  paintLater.cancel();
  running?.controller.abort();
  if (running?.id) api.forgetJob(running.id);
  running = null;
}

/** Asks for the best picture so far. */
export function stop() {
  if (running?.id) api.cancelJob(running.id).catch(fail);
}

/** Ends what is in work when the page goes. */
export function leave() {
  if (running?.id) api.leave(running.id);
}

const small = (photo) => Math.max(photo.width, photo.height) <= DRAFT;

/** Asks for a picture; a photo that the server has forgotten meanwhile is sent again. */
async function submit(photo, recipe, draft) {
  try {
    return await api.addJob(photo.id, recipe, draft);
  } catch (error) {
    if (error.reason !== "gone") throw error;
    photo.id = (await api.sendPhoto(photo.file)).id;
    return api.addJob(photo.id, recipe, draft);
  }
}

function hear(job) {
  const bar = document.querySelector("#progress");
  if (job.state === "queued" && job.position > 0) tell(`Waiting behind ${job.position}…`);
  if (!job.steps) return;
  bar.max = job.steps;
  bar.value = job.step;
  if (job.has_preview) stage.show(`v1/jobs/${job.id}/preview?${job.step}`).catch(() => {});
}
