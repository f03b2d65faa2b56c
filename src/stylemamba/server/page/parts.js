// The styles of the whole picture: in words or of pictures, each with a share.

import * as api from "./api.js";
import { button, element, later, slider } from "./controls.js";
import { paint, paintLater, paintSoon } from "./painting.js";
import { addView, keep, server, session } from "./session.js";
import { fail } from "./status.js";
import { inWords } from "./wording.js";

const THUMBNAIL = 88; // pixels a side of a picture that is a style
const SYNTAX = /::|--no|[()[\]|]/; // of prompts with weights

const $ = (selector) => document.querySelector(selector);

function renderParts() {
  const { parts } = session.state;
  const rows = parts.map((part, place) => {
    const shown = part.learnt ? learntName(part) : promptInput(part, place);
    const remove = button("Remove", () => {
      parts.splice(place, 1);
      renderParts();
      understandSoon();
      paint();
    }, { className: "small remove", ariaLabel: `Remove style ${place + 1}`, disabled: parts.length === 1 });
    const weight = slider(
      { label: "Share", min: -1, max: 3, step: 0.1, value: part.weight, kind: "weight",
        title: "Against the other styles; below 0 pushes away" },
      (value) => { part.weight = value; paintSoon(); },
    );
    return element("div", { className: "part" }, shown, remove, weight);
  });
  $("#parts").replaceChildren(...rows);
  $("#parts").classList.toggle("parts-one", parts.length === 1);
}

function promptInput(part, place) {
  return element("input", {
    type: "text", value: part.text, maxLength: 2000, placeholder: "Describe a style: stained glass, Claude Monet…",
    ariaLabel: session.state.parts.length > 1 ? `Style ${place + 1}` : "Style",
    oninput: (event) => {
      part.text = event.target.value;
      part.typed = true;
      understandSoon();
      paintLater();
    },
    onchange: () => split(part),
  });
}

function learntName(part) {
  const children = part.picture ? [element("img", { src: part.picture, alt: "" })] : [];
  return element("div", { className: "picture" }, ...children, element("span", {}, part.text));
}

/** Styles that a text with weights stands for: "cubism::2 neon light"; null for plain texts. */
export async function partsOf(text) {
  return SYNTAX.test(text) ? (await api.understand(text)).parts : null;
}

/** "cubism::2 neon light" becomes two styles with shares. */
async function split(part) {
  try {
    const parts = await partsOf(part.text);
    const place = session.state.parts.indexOf(part);
    if (place < 0 || !parts || parts.length < 2) return;
    session.state.parts.splice(place, 1, ...parts.map(({ text, weight }) => ({ text, weight })));
    renderParts();
    paint();
  } catch (error) {
    fail(error);
  }
}

/** Puts a known style in the place of the last one. */
export function takeStyle(name) {
  const part = session.state.parts[session.state.parts.length - 1];
  part.text = name;
  for (const other of ["learnt", "picture", "look", "wrong"]) delete part[other];
  renderParts();
  understandSoon();
  paint();
}

let asked = 0;
export const understandSoon = later(250, async () => {
  const box = $("#understood");
  const parts = session.state.parts.filter((part) => !part.learnt && part.text.trim());
  const mine = ++asked;
  if (!parts.length) return box.replaceChildren();
  const found = await Promise.all(parts.map(({ text }) => api.understand(text).catch((problem) => ({ problem }))));
  if (mine !== asked) return;
  // What a recipe says is taken as it is: only what is typed has a syntax.
  found.forEach(({ problem }, place) => { parts[place].wrong = parts[place].typed && problem?.reason === "invalid"; });
  const doubtful = ({ problem, coverage }) => problem || (coverage !== null && coverage < server.lowCoverage);
  box.classList.toggle("doubt", found.some(doubtful));
  const lines = found.map((one, place) => {
    const line = told(one);
    return line && parts.length > 1 ? `${parts[place].text.trim()}: ${line[0].toLowerCase()}${line.slice(1)}` : line;
  });
  box.textContent = lines.filter(Boolean).join(" · ");
});

function told({ problem, coverage, remarks, neighbours }) {
  if (problem) return inWords(problem);
  if (coverage === null) return "";
  if (coverage < server.lowCoverage) {
    return `Hardly known (${coverage.toFixed(2)}); nearest: ${neighbours.slice(0, 3).join(", ")}`;
  }
  return [`Known (${coverage.toFixed(2)})`, ...remarks].join("; ");
}

/** A small copy of a picture, as an address that a reload does not change. */
async function thumbnail(file) {
  const picture = await createImageBitmap(file);
  const scale = THUMBNAIL / Math.min(picture.width, picture.height);
  const canvas = element("canvas", { width: THUMBNAIL, height: THUMBNAIL });
  canvas.getContext("2d").drawImage(picture, 0, 0, picture.width * scale, picture.height * scale);
  return canvas.toDataURL("image/jpeg");
}

/** Each picture becomes a style of its own. */
async function learnFrom(files) {
  const { parts } = session.state;
  for (const file of files) {
    try {
      const part = await api.learn(file.name.replace(/\.[^.]*$/, ""), [file]);
      const free = parts.findIndex((one) => !one.text.trim());
      const row = { ...part, picture: await thumbnail(file).catch(() => null) };
      parts.splice(free < 0 ? parts.length : free, free < 0 ? 0 : 1, row);
    } catch (error) {
      fail(error);
    }
  }
  renderParts();
  paint();
}

export function wireParts() {
  addView(renderParts);
  addView(understandSoon);
  $("#add-part").onclick = () => {
    session.state.parts.push({ text: "", weight: 1 });
    keep();
    renderParts();
    $("#parts").lastElementChild.querySelector("input").focus();
  };
  $("#style-file").onchange = async ({ target }) => {
    await learnFrom([...target.files]);
    target.value = "";
  };
}
