// The look of the picture: strength, strokes, seed.

import { clamped, slider } from "./controls.js";
import { paint, paintSoon } from "./painting.js";
import { VALUES } from "./recipe.js";
import { addView, server, session } from "./session.js";

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
}
