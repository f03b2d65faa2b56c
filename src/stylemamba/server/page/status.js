// The line below the picture, and what there is to say about failures.

import { message } from "./controls.js";

const $ = (selector) => document.querySelector(selector);

export function busy(text, stoppable) {
  $("#stage").classList.add("busy");
  $("#status").textContent = text;
  $("#progress").hidden = false;
  $("#progress").removeAttribute("value");
  $("#stop").hidden = !stoppable;
}

export function idle(text) {
  $("#stage").classList.remove("busy");
  $("#status").textContent = text;
  $("#progress").hidden = true;
  $("#stop").hidden = true;
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
  const region = /^recipe\.regions\[(\d+)\]/.exec(error.field ?? "");
  message(region ? `Region ${Number(region[1]) + 1}: ${error.message}` : error.message);
}
