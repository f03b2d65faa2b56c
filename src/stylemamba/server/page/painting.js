// From what is asked for to a picture on the stage: one at a time, the last one asked for.
//
// A large photo is painted as a small draft first. When nothing is changed for a moment, a picture as
// large as the page shows it follows and takes its place. What is larger still is painted when it is
// downloaded: it takes long, and whoever tries styles does not need it.

import * as api from "./api.js";
import { later, message } from "./controls.js";
import { renderHistory } from "./history.js";
import { withId } from "./photos.js";
import { Course } from "./progress.js";
import { copy, isSame, recipeOf } from "./recipe.js";
import { keep, remember, session, shownEntry } from "./session.js";
import { SHOWN, stage } from "./stage.js";
import { busy, fail, idle, progressed, say, tell } from "./status.js";

const DRAFT = 640; // longer side of the copy that is painted while one tries things
const PREVIEW = 1280; // and of what follows
const FOLLOWS = 1200; // ms after a draft
const TICK = 250; // ms between two looks at how far it is

let running = null; // {id, entry, done}
const ending = new Set(); // promises of jobs that were given up: a pass that has begun goes on for a while

/** Paints after a change. */
export function paint() {
  session.state.steps = null;
  return paintAsked();
}

const soon = later(450, paint);
const afterTyping = later(900, paint);

/** Paints when a slider rests. */
export function paintSoon() {
  session.state.steps = null;
  keep();
  soon();
}

/** Paints when nothing is typed for a while. */
export function paintLater() {
  session.state.steps = null;
  keep();
  afterTyping();
}

/** Fits the picture to the photo. */
export function refine(steps) {
  session.state.steps = steps;
  return paintAsked();
}

/** Paints what is asked for: a draft of a large photo, or with `whole` the photo itself. */
export async function paintAsked({ whole = false } = {}) {
  const { state, photo } = session;
  keep();
  if (!photo) return null;
  if (!recipeOf(state)) {
    if (whole || state.steps) message(state.keepRest ? "Give a region a style first." : "Describe a style first.");
    return null;
  }
  const entry = { state: copy(state), photo, job: null, url: null, side: null };
  if (!(await make(entry, whole || state.steps > 0 ? null : DRAFT))) return null;
  remember(entry);
  shows(entry);
  return entry;
}

/** Paints a picture of the history, in its place, with a longer side or, with null, in full size. */
export async function paintAgain(entry, side) {
  if (!(await make(entry, side))) return null;
  keep();
  shows(entry);
  return entry;
}

/** The picture of what is asked for in full size, painted if need be; null if it can't be. */
export async function finished() {
  const entry = shownEntry();
  if (entry?.photo !== session.photo || !isSame(entry.state, session.state)) return paintAsked({ whole: true });
  if (running?.entry === entry && !(await running.done)) return null;
  return entry.side === null ? entry : paintAgain(entry, null);
}

/** What is to be said and done once an entry of the history is on the stage. */
export function shows(entry) {
  stage.tag(entry.side === null ? "" : named(entry.side));
  renderHistory();
  followSoon.cancel();
  if (isDraft(entry)) followSoon(entry);
}

const isDraft = (entry) => entry.side !== null && entry.side < PREVIEW;
const named = (side) => `${side < PREVIEW ? "Draft" : "Preview"}, ${side} px`;

const followSoon = later(FOLLOWS, async (entry) => {
  await Promise.all(ending); // or drafts would have to wait for larger ones that nobody wants any more
  if (shownEntry() === entry && isDraft(entry) && !running) paintAgain(entry, PREVIEW);
});

/** Makes the picture of an entry, and shows it; whether there is one. */
function make(entry, side) {
  abandon();
  const mine = (running = { id: null, entry });
  const done = work(mine, entry, isWithin(entry.photo, side) ? null : side).finally(() => { if (running === mine) running = null; });
  mine.done = done;
  return done;
}

async function work(mine, entry, side) {
  const { photo, state } = entry;
  const isCalm = entry.job !== null;
  const large = side === null && !isWithin(photo, DRAFT);
  const size = `${photo.width} × ${photo.height} px`;
  const text = state.steps ? "Refining…" : large ? `Painting the full size, ${size}…` : "Painting…";
  busy(text, { stoppable: large || state.steps > 0, calm: isCalm });
  try {
    const recipe = recipeOf(state);
    const isWanted = () => {
      if (running === mine) tell("Waiting for a place…");
      return running === mine;
    };
    const job = await api.patiently(() => withId(photo, (id) => api.addJob(id, recipe, side)), isWanted);
    if (running === mine) tell(text);
    mine.id = job.id;
    if (running !== mine) {
      api.forgetJob(job.id);
      return false;
    }
    const { result } = await followed(mine, side, text);
    if (running !== mine) return false;
    const url = api.pictureUrl(job.id, "webp", SHOWN);
    await stage.show(url);
    if (running !== mine) return false;
    if (entry.job) api.forgetJob(entry.job);
    Object.assign(entry, { job: job.id, url, side });
    idle(summary(result, side, photo));
    result.notes.filter((note) => !note.startsWith("warning:") && !note.startsWith('"')).forEach(say);
    return true;
  } catch (error) {
    if (running !== mine) return false;
    const kept = isCalm && entry.side ? `: this is what was painted at ${entry.side} px` : "";
    const again = () => (isCalm ? paintAgain(entry, side) : paintAsked({ whole: side === null }));
    if (error.reason === "cancelled") {
      idle(`Stopped${kept}`);
    } else {
      idle(`Not painted${kept}`, error.mayPass ? again : null);
      fail(error);
    }
    return false;
  }
}

function summary({ seconds, interrupted, width, height }, side, photo) {
  const took = `in ${seconds.toFixed(1)} s`;
  if (interrupted) return `Stopped ${took}`;
  if (isWithin(photo, DRAFT)) return `Painted ${took}`;
  if (side === null) return `Painted ${took}, ${width} × ${height} px`;
  return side < PREVIEW
    ? `Draft at ${side} px, painted ${took}; a larger one follows`
    : `Painted at ${side} px ${took}; a download has all ${photo.width} × ${photo.height} px`;
}

/** Ends what is in work, and what is about to be. */
export function abandon() {
  soon.cancel();
  afterTyping.cancel();
  followSoon.cancel();
  if (running?.id) {
    const given = running.done;
    ending.add(given);
    given.finally(() => ending.delete(given));
    api.forgetJob(running.id);
  }
  running = null;
}

/** Asks for the best picture so far. */
export function stop() {
  if (!running) return;
  if (!running.id) { // it waits for a place
    abandon();
    return idle("Stopped");
  }
  tell("Stopping…"); // a pass that has begun goes on for a while
  api.cancelJob(running.id).catch(fail);
}

/** Ends what is in work when the page goes. */
export function leave() {
  if (running?.id) api.leave(running.id);
}

const isWithin = (photo, side) => side !== null && Math.max(photo.width, photo.height) <= side;

/** A job at its end. Pictures of it on the way are shown, unless what is there looks better. */
function followed(mine, side, text) {
  const showsWay = mine.entry.job === null;
  let waits = false;
  const course = new Course(mine.entry.photo, side);
  const ticking = setInterval(() => { if (running === mine) progressed(course.now()); }, TICK);
  return api.follow(mine.id, (job) => {
    if (running !== mine) return;
    if (job.state === "queued") {
      if (job.position > 0) tell(`Waiting behind ${job.position}…`);
      waits ||= job.position > 0;
      return;
    }
    if (waits) tell(text);
    waits = false;
    course.hear(job);
    progressed(course.now());
    if (job.has_preview && showsWay) stage.show(`v1/jobs/${job.id}/preview?${job.step}`).catch(() => {});
  }).finally(() => clearInterval(ticking));
}
