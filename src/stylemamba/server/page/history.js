// The pictures of this session, to go back and forth among.

import { button, element } from "./controls.js";
import { abandon, paint } from "./painting.js";
import { copy } from "./recipe.js";
import { stopEditing } from "./regions.js";
import { addView, renderAll, session } from "./session.js";
import { stage } from "./stage.js";
import { idle } from "./status.js";

const $ = (selector) => document.querySelector(selector);

export function goTo(place) {
  abandon();
  session.current = place;
  const entry = session.history[place];
  const other = entry.photo !== session.photo;
  session.photo = entry.photo;
  session.state = copy(entry.state);
  stopEditing();
  if (other) stage.setPhoto(entry.photo.url, entry.photo.width, entry.photo.height);
  stage.show(entry.url).catch(() => paint());
  renderAll();
  idle("");
}

export function renderHistory() {
  const { history, current } = session;
  $("#history").replaceChildren(...history.map((entry, place) => {
    const name = entry.state.parts.map((part) => part.text).join(", ");
    const image = element("img", { src: entry.url, alt: "", loading: "lazy" });
    const go = button("", () => goTo(place), { title: name, ariaLabel: `${place + 1}: ${name}` });
    if (place === current) go.setAttribute("aria-current", "true");
    go.append(image);
    return element("li", {}, go);
  }));
  $("#history").lastElementChild?.scrollIntoView({ block: "nearest", inline: "end" });
  $("#undo").disabled = current < 1;
  $("#redo").disabled = current >= history.length - 1;
}

export function wireHistory() {
  addView(renderHistory);
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
