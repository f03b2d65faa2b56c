// The pictures of this session, to go back and forth among.

import { button, element } from "./controls.js";
import { abandon, paintAgain, paintAsked, shows } from "./painting.js";
import { copy, isSame } from "./recipe.js";
import { changeRegions } from "./regions.js";
import { rove, settle } from "./roving.js";
import { addView, keep, renderAll, session, shownEntry } from "./session.js";
import { stage } from "./stage.js";
import { idle } from "./status.js";

const $ = (selector) => document.querySelector(selector);

function goTo(place) {
  abandon();
  session.current = place;
  const entry = shownEntry();
  const other = entry.photo !== session.photo;
  session.photo = entry.photo;
  changeRegions(() => { session.state = copy(entry.state); });
  if (other) stage.setPhoto(entry.photo);
  keep();
  renderAll();
  return showEntry(entry, "");
}

/** Shows a picture of the history, and says a text then; one that the server has forgotten is painted again. */
async function showEntry(entry, text) {
  try {
    await stage.show(entry.url);
  } catch {
    if (shownEntry() === entry) await paintAgain(entry, entry.side);
    return;
  }
  if (shownEntry() !== entry) return;
  idle(text);
  shows(entry);
}

/** Shows a session that was taken up again. */
export async function showSession() {
  stage.setPhoto(session.photo);
  const entry = shownEntry();
  if (entry?.photo !== session.photo || !isSame(entry.state, session.state)) return paintAsked();
  return showEntry(entry, "As it was before the reload");
}

const nameOf = ({ state }) => (state.keepRest ? state.regions.flatMap(({ parts }) => parts) : state.parts)
  .map(({ text }) => text).filter((text) => text.trim()).join(", ");

const images = new WeakMap(); // of entries; new ones at every change would flicker

function imageOf(entry, name) {
  const before = images.get(entry);
  if (before?.getAttribute("src") === entry.url) return before;
  const image = element("img", { src: entry.url, alt: "", onerror: () => {
    images.delete(entry); // it may be there the next time
    image.replaceWith(name);
  } });
  images.set(entry, image);
  return image;
}

export function renderHistory() {
  const { history, current } = session;
  const box = $("#history");
  const hadFocus = box.contains(document.activeElement);
  box.replaceChildren(...history.map((entry, place) => {
    const name = nameOf(entry);
    const go = button("", () => goTo(place), { title: name, ariaLabel: `${place + 1}: ${name}` });
    if (place === current) go.setAttribute("aria-current", "true");
    go.append(imageOf(entry, name));
    return element("li", {}, go);
  }));
  const shown = box.children[current]?.firstElementChild;
  settle([...box.querySelectorAll("button")], shown);
  if (hadFocus) shown?.focus();
  if (shown) box.scrollLeft = shown.offsetLeft - box.clientWidth / 2;
  $("#hint").hidden = history.length !== 1;
  $("#undo").disabled = current < 1;
  $("#redo").disabled = current >= history.length - 1;
}

export function wireHistory() {
  addView(renderHistory);
  rove($("#history"), "button");
  $("#undo").onclick = () => goTo(session.current - 1);
  $("#redo").onclick = () => goTo(session.current + 1);
  addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input[type=text], input[type=search], input[type=number]");
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key) || typing) return;
    event.preventDefault();
    const place = session.current + (event.shiftKey || key === "y" ? 1 : -1);
    if (place >= 0 && place < session.history.length) goTo(place);
  });
}
