// A tile has one style all over: it and regions exclude each other, and say so.

import { paint } from "./painting.js";
import { addView, session } from "./session.js";

const $ = (selector) => document.querySelector(selector);

/** Shows which of the two can be chosen now. */
export function renderTile() {
  const { tile, regions } = session.state;
  $("#tile").checked = tile;
  $("#tile").disabled = !tile && regions.length > 0;
  $("#tile-why").hidden = !$("#tile").disabled;
  for (const button of $("#words").children) button.disabled = tile;
  $("#regions-why").hidden = !tile;
}

export function wireTile() {
  addView(renderTile);
  $("#tile").onchange = ({ target }) => {
    session.state.tile = target.checked;
    renderTile();
    paint();
  };
}
