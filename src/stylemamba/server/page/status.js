// The line below the picture, and what there is to say about failures.

import { message } from "./controls.js";
import { inTime, inWords } from "./wording.js";

const WORTH_SAYING = 2; // seconds

const $ = (selector) => document.querySelector(selector);

/** Something is in work; with `calm`, what is shown stays as it is meanwhile. */
export function busy(text, { stoppable = false, calm = false } = {}) {
  $("#stage").classList.toggle("busy", !calm);
  $("#status").textContent = text;
  $("#progress").hidden = $("#stage-progress").hidden = false;
  progressed({ share: null, text: "", left: null });
  $("#stop").hidden = !stoppable;
  $("#again").hidden = true;
}

/** How far it is; what is not told is not read aloud at every step. */
export function progressed({ share, text, left }) {
  for (const bar of [$("#progress"), $("#stage-progress")]) {
    if (share === null) bar.removeAttribute("value");
    else bar.value = share;
  }
  const time = left > WORTH_SAYING ? `about ${inTime(left)} left` : "";
  $("#detail").textContent = [text, time].filter(Boolean).join(", ");
}

/** Nothing is in work any more; `again` does what has failed once more. */
export function idle(text, again = null) {
  $("#stage").classList.remove("busy");
  $("#status").textContent = text;
  $("#progress").hidden = $("#stage-progress").hidden = true;
  $("#detail").textContent = "";
  $("#stop").hidden = true;
  $("#again").hidden = !again;
  $("#again").onclick = again;
}

export function tell(text) {
  $("#status").textContent = text;
}

const said = new Set();

/** Says something once. */
export function say(note) {
  if (said.has(note)) return;
  said.add(note);
  message(note);
}

export function fail(error) {
  message(inWords(error));
}
