// The line below the picture, and what there is to say about failures.

import { message } from "./controls.js";
import { inWords } from "./wording.js";

const $ = (selector) => document.querySelector(selector);

/** Something is in work; with `calm`, what is shown stays as it is meanwhile. */
export function busy(text, { stoppable = false, calm = false } = {}) {
  $("#stage").classList.toggle("busy", !calm);
  $("#status").textContent = text;
  $("#progress").hidden = false;
  $("#progress").removeAttribute("value");
  $("#stop").hidden = !stoppable;
  $("#again").hidden = true;
}

/** Nothing is in work any more; `again` does what has failed once more. */
export function idle(text, again = null) {
  $("#stage").classList.remove("busy");
  $("#status").textContent = text;
  $("#progress").hidden = true;
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
