// Parts of the photo with styles of their own: found by a word, painted and corrected by the brush.

import * as api from "./api.js";
import { brush } from "./brush.js";
import { button, element, message, slider } from "./controls.js";
import { paint, paintLater, paintSoon } from "./painting.js";
import { partsOf } from "./parts.js";
import { withId } from "./photos.js";
import { recipeOf } from "./recipe.js";
import { addView, keep, onChange, session } from "./session.js";
import { stage } from "./stage.js";
import { fail, tell } from "./status.js";
import { renderTile } from "./tile.js";

const SYNONYMS = ["foreground", "face", "people"]; // of other words that masks are found by

const $ = (selector) => document.querySelector(selector);

let edited = null; // the region whose mask is painted
let isUnderChosen = false; // whether somebody said what lies under the mask

function renderRegions() {
  const { regions, keepRest } = session.state;
  $("#keep-rest").checked = keepRest;
  $("#regions").replaceChildren(...regions.map((region, place) => {
    const name = nameOf(region);
    const prompt = element("input", {
      type: "text", value: region.text ?? region.parts.map(shown).join(" "), maxLength: 2000,
      placeholder: "Style of this region", ariaLabel: `Style of region ${place + 1}, ${name}`,
      oninput: (event) => {
        region.text = event.target.value;
        region.parts = [{ text: region.text, weight: 1, typed: true }];
        showStyled(region);
        paintLater();
      },
      onchange: () => split(region),
    });
    const strength = slider(
      { label: "Strength", min: 0, max: 2, step: 0.05, value: region.strength, kind: "weight" },
      (value) => { region.strength = value; paintSoon(); },
    );
    const edit = button(region === edited ? "Done" : "Edit mask", () => {
      if (region === edited) return stopEditing();
      startEditing(region).then(() => $("#overlay").focus({ preventScroll: true }));
    }, { className: "small edit", disabled: Boolean(region.box), title: region.box ? "A box, as its recipe has it" : "",
      ariaLabel: region === edited ? `Done with the mask of ${name}` : `Edit the mask of ${name}` });
    const remove = button("Remove", () => {
      if (region === edited) stopEditing();
      regions.splice(place, 1);
      renderRegions();
      paint();
    }, { className: "small", ariaLabel: `Remove region ${place + 1}, ${name}` });
    const row = element("div", { className: "row" }, element("span", { className: "name" }, name), edit, remove);
    const box = element("div", { className: region === edited ? "region edited" : "region" }, row, prompt, strength);
    return box;
  }));
  renderTile();
}

/** Says why nothing is painted, where the rest stays as it is and no region has a style. */
function renderRest() {
  const { state } = session;
  const line = state.regions.some(isStyled) ? "Paint where the region is." : "Give a region a style first.";
  $("#rest-why").textContent = state.keepRest && !recipeOf(state) ? line : "";
}

const nameOf = (region) => region.name || `region ${session.state.regions.indexOf(region) + 1}`;

const isStyled = ({ parts }) => parts.some(({ text }) => text.trim());

const shown = ({ text, weight }) => (weight === 1 ? text : `${text}::${weight}`);

/** "cubism::2 neon light" is two styles in a region, too. */
async function split(region) {
  try {
    const parts = await partsOf(region.text);
    if (!parts) return;
    region.parts = parts;
    paint();
  } catch (error) {
    region.parts = [{ text: "", weight: 1 }];
    fail(error);
  }
}

async function startEditing(region) {
  edited = region;
  stage.setEdited(true);
  const done = () => {
    const place = session.state.regions.indexOf(edited);
    stopEditing();
    $("#regions").children[place]?.querySelector(".edit").focus();
  };
  await brush.edit(session.photo, region.mask, (mask) => {
    region.mask = mask;
    showStyled(region);
    paintSoon();
  }, done);
  $("#brush-of").textContent = nameOf(region);
  $("#overlay").ariaLabel = `Mask of ${nameOf(region)}`;
  $("#brush-done").onclick = done;
  $("#brush").hidden = false;
  renderRegions();
}

function setUnder(what) {
  $(`input[name=under][value=${what}]`).checked = true;
  $("#stage").classList.toggle("over-result", what === "result");
}

/** Once the region that is edited has a style, its result lies under the mask: the photo would hide it. */
function showStyled(region) {
  if (region === edited && region.mask && isStyled(region) && !isUnderChosen) setUnder("result");
}

/** Takes another state's regions; the one whose mask is painted stays so, if it is there. */
export function changeRegions(change) {
  const place = session.state.regions.indexOf(edited);
  change();
  const region = session.state.regions[place];
  if (region && !region.box) startEditing(region);
  else stopEditing();
}

export function stopEditing() {
  edited = null;
  isUnderChosen = false;
  setUnder("photo");
  brush.end();
  stage.setEdited(false);
  $("#brush").hidden = true;
  renderRegions();
}

const find = (word) => withId(session.photo, (id) => api.findMask(id, word));

/** A region over the faces that keeps most of the photo there, in the style of the whole. */
async function keepFaces() {
  try {
    const { mask } = await find("faces");
    if (!mask) return message("No face is found in this photo.");
    const parts = session.state.parts.map((part) => ({ ...part }));
    session.state.regions.push({ name: "faces kept", mask, parts, strength: 0.4, feather: 0.03 });
    renderRegions();
    paint();
  } catch (error) {
    fail(error);
  }
}

function addRegion(name, mask) {
  const region = { name, mask, parts: [{ text: "", weight: 1 }], strength: 1, feather: 0.01 };
  session.state.regions.push(region);
  keep();
  startEditing(region).then(() => $("#regions").lastElementChild.querySelector("input").focus());
}

async function addWord(word) {
  tell(`Looking for ${word}…`);
  try {
    const found = await find(word);
    tell("");
    if (!found.mask) return message(`Nothing is found for “${word}” in this photo: paint the region instead.`);
    addRegion(word, found.mask);
  } catch (error) {
    tell("");
    fail(error);
  }
}

/** Shows the words that the server finds masks by. */
export function showWords(words) {
  $("#words").replaceChildren(
    ...words
      .filter((word) => !SYNONYMS.includes(word))
      .map((word) => button(word, () => addWord(word), { className: "small" })),
    button("keep faces", keepFaces, { className: "small" }),
    button("paint one", () => addRegion("painted", null), { className: "small" }),
  );
  renderTile();
}

export function wireRegions() {
  addView(renderRegions);
  onChange(renderRest);
  for (const under of document.querySelectorAll("input[name=under]")) {
    under.onchange = () => {
      isUnderChosen = true;
      setUnder(under.value);
    };
  }
  $("#keep-rest").onchange = ({ target }) => { session.state.keepRest = target.checked; paint(); };
}
