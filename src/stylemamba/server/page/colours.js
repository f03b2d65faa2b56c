// The colours that the finished picture is in, if they are not to be the style's.

import * as api from "./api.js";
import { button, element } from "./controls.js";
import { paint } from "./painting.js";
import { addView, session, shownEntry } from "./session.js";
import { fail } from "./status.js";

const MOST = 12;
const LOOKED_AT = 256; // longer side in pixels of the picture whose colours are taken
const GRID = 64; // pixels a side on which extremes are looked for
const UNLIKE = 48; // distance of levels from which a colour is another one
const OTHERS = ["#1d3557", "#e9c46a", "#2a9d8f", "#e76f51", "#f1faee", "#264653", "#8d5a97", "#a8dadc"];

const $ = (selector) => document.querySelector(selector);

function renderColours() {
  const { colours } = session.state;
  $("#colours").replaceChildren(...colours.map((colour, place) => element(
    "span", { className: "colour" },
    element("input", {
      type: "color", value: colour, ariaLabel: `Colour ${place + 1}`,
      onchange: (event) => { colours[place] = event.target.value; paint(); },
    }),
    button("×", () => { colours.splice(place, 1); renderColours(); paint(); },
      { className: "small", ariaLabel: `Remove colour ${place + 1}` }),
  )));
  $("#add-colour").textContent = colours.length ? "Add a colour" : "Choose colours";
  $("#add-colour").disabled = colours.length >= MOST;
}

/** The first time all main colours of the picture, so that it stays near to what it is; then one more at a time. */
async function addColour() {
  const { colours } = session.state;
  const main = await mainColours().catch(() => []);
  if (colours.length) colours.push(next(main, colours) ?? next(OTHERS, colours) ?? "#808080");
  else colours.push(...(main.length > 1 ? main : OTHERS.slice(0, 5)));
  renderColours();
  paint();
}

/** Of the picture that is shown. */
async function mainColours() {
  const { job } = shownEntry();
  const picture = await (await fetch(api.pictureUrl(job, "png", LOOKED_AT))).blob();
  const main = (await api.palette(picture)).colours;
  return [...main, ...extremes(await createImageBitmap(picture)).filter((colour) => next([colour], main))];
}

/** The darkest and the lightest of a picture: ink and paper, which are no main colours of it. */
function extremes(picture) {
  const pen = element("canvas", { width: GRID, height: GRID }).getContext("2d");
  pen.drawImage(picture, 0, 0, GRID, GRID);
  const { data } = pen.getImageData(0, 0, GRID, GRID);
  const levels = Array.from({ length: GRID * GRID }, (_, place) => [...data.slice(4 * place, 4 * place + 3)]);
  levels.sort((one, other) => sum(one) - sum(other));
  const few = Math.floor(levels.length / 50);
  return [levels[few], levels[levels.length - 1 - few]].map((colour) => `#${colour.map(hexadecimal).join("")}`);
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const hexadecimal = (level) => level.toString(16).padStart(2, "0");

/** The first of some colours that none of those there is like. */
function next(colours, there) {
  const levels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const apart = (one, other) => Math.hypot(...levels(one).map((level, at) => level - levels(other)[at]));
  return colours.find((colour) => there.every((other) => apart(colour, other) > UNLIKE));
}

export function wireColours() {
  addView(renderColours);
  $("#add-colour").onclick = addColour;
  $("#colour-file").onchange = async ({ target }) => {
    try {
      session.state.colours = (await api.palette(target.files[0])).colours;
      renderColours();
      paint();
    } catch (error) {
      fail(error);
    }
    target.value = "";
  };
}
