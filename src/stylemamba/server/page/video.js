// Clips: a frame of one is the photo to direct the style on, and the clip is painted by the same recipe.
//
// A job of minutes outlives a reload: which clip and which job they are is kept in sessionStorage.

import * as api from "./api.js";
import { button, element, message } from "./controls.js";
import { openPhoto } from "./files.js";
import { recipeOf } from "./recipe.js";
import { onChange, session } from "./session.js";
import { fail, say } from "./status.js";
import { kept } from "./store.js";
import { inTime } from "./wording.js";

const KEPT = "stylemamba-clip";
const NAMES = /\.(mp4|m4v|mov|mkv|webm|avi|ts|m2ts|mpe?g|flv|wmv|asf|og[gv]|3gp)$/i;
const EVERY = 4;
const VALUES = ["start", "end", "every"];

let missing = null; // what to install, where the server cannot read clips
let clip = null; // {id, name, file, width, height, frames, seconds}
let job = null; // {id, ended}: the one in work, or the last one

export const isClip = (file) => file.type.startsWith("video/") || NAMES.test(file.name);

/** Takes a clip in, and shows its first frame on the stage. */
export async function openClip(file) {
  if (missing) return message(`${missing} (where the server runs)`);
  tell(`Sending ${file.name}…`);
  try {
    const sent = await api.sendClip(file);
    release();
    clip = { ...sent, name: file.name, file };
    render();
    takeValues({ start: 0, end: "" });
    await showFrame(0);
  } catch (error) {
    tell("");
    message(`${file.name}: ${error.message.replace(/^video:? (is )?/, "")}`);
  }
}

/** `video` is what the server says of clips. */
export function wireClips(video) {
  missing = video.missing;
  onChange(renderWhy);
  const before = kept(KEPT);
  if (!before?.clip?.id) return;
  clip = before.clip;
  job = before.job ?? null;
  const { values } = before;
  render();
  takeValues(values ?? {});
  if (job) follow().catch(fail);
}

function keep() {
  if (!clip) return sessionStorage.removeItem(KEPT);
  sessionStorage.setItem(KEPT, JSON.stringify({ clip: { ...clip, file: undefined }, job, values: values() }));
}

const values = () => Object.fromEntries(VALUES.map((name) => [name, parts[name].value]));

function takeValues(some) {
  for (const [name, value] of Object.entries(some)) parts[name].value = value;
  check();
  keep();
}

/** Whether the numbers can be: what can not be is said at the number. */
function check() {
  const isAfter = parts.end.value === "" || Number(parts.end.value) > Number(parts.start.value);
  parts.end.setCustomValidity(isAfter ? "" : "The end should be after the start.");
  return VALUES.every((name) => parts[name].reportValidity());
}

// ---------------------------------------------------------------------------- what is shown

const parts = {}; // of the panel, by name

function build() {
  const number = (name, label, attributes, after = "") => {
    const onchange = () => { check(); keep(); };
    parts[name] = element("input", { type: "number", id: `clip-${name}`, onchange, ...attributes });
    return element("label", {}, `${label} `, parts[name], after);
  };
  parts.about = element("p", { className: "quiet" });
  parts.why = element("p", { id: "clip-why", className: "quiet", role: "status", ariaLive: "polite" });
  parts.paint = button("Paint the clip", paint, { className: "primary", id: "clip-paint" });
  parts.stop = button("Stop", () => api.cancelJob(job.id).catch(fail), { id: "clip-stop", hidden: true });
  parts.progress = element("progress", { max: 1, value: 0, hidden: true, ariaLabel: "Progress of the clip" });
  parts.status = element("output", { id: "clip-status", role: "status", ariaLive: "polite" });
  parts.frame = element("img", { id: "clip-frame", alt: "The last frame that was painted", hidden: true });
  parts.player = element("video", { id: "clip-video", controls: true, preload: "auto", hidden: true, ariaLabel: "The painted clip" });
  parts.save = element("a", { className: "button primary", id: "clip-save", hidden: true }, "Download the clip");
  const times = element("div", { className: "row" },
    number("start", "From", { min: 0, step: 0.1, value: 0 }),
    number("end", "to", { min: 0, step: 0.1, placeholder: "end" }), "s",
    button("Show", () => showFrame(Number(parts.start.value)).catch(fail),
      { className: "small", ariaLabel: "Show the first frame from there", title: "Show the first frame from there" }));
  const speed = element("div", { className: "row" },
    number("every", "Paint every", { min: 1, max: 48, step: 1, value: EVERY, ariaLabel: "Every how many frames one is painted" }, "th frame"),
    element("span", { className: "quiet" }, "more is faster"));
  parts.panel = element("fieldset", { id: "clip" },
    element("legend", {}, "Clip"), parts.about, times, speed,
    element("div", { className: "row" }, parts.paint, parts.stop, button("Close the clip", close)),
    parts.why, element("div", { className: "row" }, parts.progress, parts.status),
    parts.frame, parts.player, parts.save);
  document.querySelector("#panel").prepend(parts.panel);
}

function render() {
  if (!parts.panel) build();
  parts.panel.hidden = !clip;
  const seconds = clip ? `${clip.seconds.toFixed(1)} s` : "";
  if (clip) parts.about.textContent = `${clip.name}: ${clip.frames} frames, ${seconds}, ${clip.width} × ${clip.height} px. `
    + "Choose a style on the frame that is shown.";
  for (const name of ["start", "end"]) parts[name].max = clip ? Math.ceil(10 * clip.seconds) / 10 : "";
  const inWork = job !== null && !job.ended;
  renderWhy();
  parts.stop.hidden = parts.progress.hidden = !inWork;
  parts.frame.hidden = !inWork || !parts.frame.src;
  const isDone = job?.ended === "done";
  parts.player.hidden = parts.save.hidden = !isDone;
  if (isDone) {
    parts.player.src = parts.save.href = api.videoUrl(job.id);
    parts.save.download = `${clip.name.replace(/\.[^.]*$/, "")}-painted.mp4`;
  } else {
    parts.player.removeAttribute("src");
  }
  keep();
}

/** Says what a clip can not be painted with. */
function renderWhy() {
  if (!parts.panel) return;
  const { tile, regions, keepRest } = session.state;
  const why = regions.length ? "Regions are of one photo: remove them to paint the clip."
    : keepRest ? "Nothing of a clip can be left as it is: untick that to paint it."
      : tile ? "A clip is no tile: untick that to paint it." : "";
  parts.why.textContent = why;
  parts.paint.disabled = Boolean(why) || (job !== null && !job.ended);
}

function tell(text) {
  if (!parts.panel) build();
  parts.panel.hidden = !clip && !text;
  parts.status.textContent = text;
}

/** Ends what the clip is about: nothing could show or stop it any more. */
function release() {
  if (job && !job.ended) api.cancelJob(job.id).catch(() => {});
  if (clip) api.forgetClip(clip.id);
  clip = job = null;
}

function close() {
  release();
  tell("");
  render();
}

async function showFrame(at) {
  tell("Looking for the frame…");
  const frame = await withClip((id) => api.clipFrame(id, at)).finally(() => tell(""));
  const name = `${clip.name.replace(/\.[^.]*$/, "")}.png`;
  await openPhoto(new File([frame], name, { type: "image/png" }));
}

/** Does something with the clip's id; one that the server has forgotten is sent again. */
async function withClip(action) {
  try {
    return await action(clip.id);
  } catch (error) {
    if (!["gone", "not-found"].includes(error.reason)) throw error;
    if (!clip.file) throw new api.Problem({ ...error, detail: `The server has forgotten ${clip.name}: open it again.` });
  }
  clip.id = (await api.sendClip(clip.file)).id;
  keep();
  return action(clip.id);
}

// ---------------------------------------------------------------------------- painting

async function paint() {
  const recipe = recipeOf({ ...session.state, steps: null });
  if (!recipe) return message("Describe a style first.");
  if (!check()) return;
  const asked = Object.fromEntries(VALUES.map((name) => [name, parts[name].value || null]));
  try {
    const { id } = await withClip((known) => api.addFilm(known, recipe, {
      ...asked, strip_metadata: document.querySelector("#strip").checked,
    }));
    job = { id, ended: null };
    parts.frame.removeAttribute("src");
    await follow();
  } catch (error) {
    fail(error);
  }
}

async function follow() {
  const mine = job;
  render();
  try {
    const { result } = await api.follow(mine.id, (now) => { if (job === mine) hear(now); });
    mine.ended = "done";
    if (job !== mine) return;
    tell(`${result.interrupted ? "Stopped" : "Painted"} in ${inTime(result.seconds)}`);
    result.notes.filter((note) => !note.startsWith("warning:") && !note.startsWith('"')).forEach(say);
  } catch (error) {
    mine.ended = "failed";
    if (job !== mine) return;
    tell(error.reason === "cancelled" ? "Stopped before there was anything" : "");
    if (error.reason !== "cancelled") fail(error);
  } finally {
    if (job === mine) render();
  }
}

function hear({ state, id, position, step, steps, seconds_left: left, has_preview: hasPreview }) {
  if (state === "queued") return tell(position > 0 ? `Waiting behind ${position}…` : "Waiting for the clip before…");
  parts.progress.max = steps;
  parts.progress.value = step;
  tell(`Frame ${step} of ${steps}${left === null ? "" : `, about ${inTime(left)} left`}`);
  if (!hasPreview) return;
  parts.frame.src = `v1/jobs/${id}/preview?${step}`;
  parts.frame.hidden = false;
}
