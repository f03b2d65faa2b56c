// Files that are opened, dropped or pasted: photos, results and recipes.

import * as api from "./api.js";
import { message } from "./controls.js";
import { filesOf } from "./dropped.js";
import { paintFolder } from "./folder.js";
import { abandon, paint, paintAsked } from "./painting.js";
import { photoOf } from "./photos.js";
import { stateOf } from "./recipe.js";
import { stopEditing } from "./regions.js";
import { keepPhoto, renderAll, session } from "./session.js";
import { stage } from "./stage.js";
import { busy, idle, say, tell } from "./status.js";
import { isClip, openClip } from "./video.js";
import { inWords } from "./wording.js";

const $ = (selector) => document.querySelector(selector);

let latest = null; // the file that was opened last: one before it that arrives later is not shown

const isRecipe = ({ name }) => /\.json$/i.test(name);

/** The server calls a photo by its field. */
export const photoProblem = (error) => error.message.replace(/^photo:? (is )?/, "");

const failPhoto = (file, error) => message(`${file.name}: ${photoProblem(error)}`);

/** Sends a photo, when the server has a place for it; until another one is opened. */
function send(file) {
  const isWanted = () => {
    if (latest === file) tell("Waiting for a place…");
    return latest === file;
  };
  return api.patiently(() => api.sendPhoto(file), isWanted);
}

export async function openPhoto(file, known = null) {
  latest = file;
  abandon();
  busy("Opening…");
  try {
    const sent = known ?? (await send(file));
    const photo = await photoOf(file, sent);
    if (latest !== file) return;
    session.photo = photo;
    session.state.regions = [];
    session.state.keepRest = false;
    keepPhoto();
    stopEditing();
    stage.setPhoto(session.photo);
    renderAll();
    sent.notes.forEach(say);
    await paint();
  } catch (error) {
    if (latest === file) idle("Not opened", error.mayPass ? () => openPhoto(file, known) : null);
    failPhoto(file, error);
  }
}

async function takeRecipe(file) {
  let read;
  try {
    read = await api.readRecipe(file);
  } catch (error) {
    return message(`${file.name} holds no recipe that can be read here. ${inWords(error)}.`);
  }
  const waiting = { studio: { parts: session.state.parts }, ...read.made_with };
  session.state = stateOf(read.recipe, waiting);
  stopEditing();
  renderAll();
  const isPicture = !isRecipe(file);
  message(`Going on from the recipe in ${file.name}.`,
    isPicture ? { text: "Use it as a photo", do: () => openPhoto(file) } : null);
  await paintAsked();
}

async function takeFiles(files) {
  const pictures = files.filter((file) => !file.name.startsWith("."));
  if (pictures.length > 1) return paintFolder(pictures);
  const [file] = pictures;
  if (!file) return message("There are no files in it.");
  if (isClip(file)) return openClip(file);
  await (isRecipe(file) ? takeRecipe(file) : takePicture(file));
}

/** A picture is a photo, or a result, whose recipe is taken. */
async function takePicture(file) {
  let sent;
  latest = file;
  tell(`Sending ${file.name}…`);
  try {
    sent = await send(file);
  } catch (error) {
    if (latest === file && error.mayPass) idle("Not opened", () => takePicture(file));
    else if (latest === file) tell("");
    return failPhoto(file, error);
  }
  if (latest !== file) return api.forgetPhoto(sent.id);
  if (!sent.recipe) return openPhoto(file, sent);
  api.forgetPhoto(sent.id);
  return takeRecipe(file);
}

export function wireFiles() {
  for (const id of ["#photo-file", "#photo-folder"]) {
    $(id).onchange = ({ target }) => {
      if (target.files.length) takeFiles([...target.files]);
      target.value = "";
    };
  }
  wireDrop();
}

function wireDrop() {
  let depth = 0;
  const show = (change) => {
    depth = Math.max(0, depth + change);
    $("#drop").hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => { event.preventDefault(); show(1); });
  addEventListener("dragleave", () => show(-1));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    show(0);
    if (!event.dataTransfer.types.includes("Files")) return;
    filesOf(event.dataTransfer).then(takeFiles).catch(() => message("What was dropped cannot be read."));
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) takeFiles(files);
  });
}
