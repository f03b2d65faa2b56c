// The look of the picture: strength, strokes, colours, seed, tile.

import * as api from "./api.js";
import { button, clamped, element, slider } from "./controls.js";
import { paint, paintSoon } from "./painting.js";
import { VALUES } from "./recipe.js";
import { addView, server, session } from "./session.js";
import { fail } from "./status.js";

const SLIDERS = {
  strength: ["Strength", 0, 2, 0.05],
  stroke: ["Stroke size", 0.4, 3, 0.1],
  texture: ["Brush work", 0, 2, 0.1],
  palette: ["Keep colours", 0, 1, 0.05],
};

const $ = (selector) => document.querySelector(selector);

function renderLook() {
  const { state } = session;
  $("#sliders").replaceChildren(...VALUES.map((name) => {
    const [label, min, max, step] = SLIDERS[name];
    return slider({ label, min, max, step, value: state[name], title: server.help[name] ?? "" }, (value) => {
      state[name] = value;
      paintSoon();
    });
  }));
  $("#seed").value = state.seed;
  $("#look").value = state.look ?? "";
  $("#tile").checked = state.tile;
  renderColours();
}

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
}

function wireColours() {
  $("#add-colour").onclick = () => { session.state.colours.push("#aa3322"); renderColours(); paint(); };
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

export function wireLook() {
  addView(renderLook);
  $("#seed").onchange = ({ target }) => { session.state.seed = clamped(target); paint(); };
  $("#look").onchange = ({ target }) => {
    session.state.look = target.value === "" ? null : clamped(target);
    paint();
  };
  $("#dice").onclick = () => {
    session.state.seed = Math.floor(Math.random() * 10_000);
    renderLook();
    paint();
  };
  $("#tile").onchange = ({ target }) => { session.state.tile = target.checked; paint(); };
  wireColours();
}
