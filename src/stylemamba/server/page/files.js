// Files that are opened, dropped or pasted: photos, results and recipes.

import * as api from "./api.js";
import { message } from "./controls.js";
import { paintFolder } from "./folder.js";
import { abandon, paint } from "./painting.js";
import { stateOf } from "./recipe.js";
import { stopEditing } from "./regions.js";
import { renderAll, session } from "./session.js";
import { SHOWN, stage } from "./stage.js";
import { busy, idle, say } from "./status.js";

const $ = (selector) => document.querySelector(selector);

/** The server calls a photo by its field. */
function failPhoto(file, error) {
  message(`${file.name}: ${error.message.replace(/^photo:? (is )?/, "")}`);
}

export async function openPhoto(file, known = null) {
  abandon();
  busy("Opening…", false);
  try {
    const sent = known ?? (await api.sendPhoto(file));
    session.photo = { ...sent, file, name: file.name, url: await shownUrl(file, sent.id) };
    session.state.regions = [];
    session.state.keepRest = false;
    stopEditing();
    stage.setPhoto(session.photo.url, sent.width, sent.height);
    renderAll();
    sent.notes.forEach(say);
    await paint();
  } catch (error) {
    idle("");
    failPhoto(file, error);
  }
}

/** Browsers show most photos themselves; of other formats (TIFF), strength 0 is the photo. */
async function shownUrl(file, id) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return url;
  } catch {
    const job = await api.addJob(id, { version: 1, parts: [{ text: "photo" }], strength: 0 }, SHOWN);
    await api.follow(job.id, () => {});
    return api.pictureUrl(job.id, "webp", SHOWN);
  }
}

async function takeRecipe(file) {
  try {
    const { recipe } = await api.readRecipe(file);
    session.state = stateOf(recipe);
    stopEditing();
    renderAll();
    const isPicture = !file.name.endsWith(".json");
    message(`Going on from the recipe in ${file.name}.`,
      isPicture ? { text: "Use it as a photo", do: () => openPhoto(file) } : null);
    await paint({ steps: recipe.steps || null });
    return true;
  } catch {
    return false;
  }
}

async function takeFiles(files) {
  const pictures = files.filter((file) => !file.name.startsWith("."));
  if (pictures.length > 1) return paintFolder(pictures);
  const [file] = pictures;
  if (!file) return;
  if (file.name.endsWith(".json")) {
    if (!(await takeRecipe(file))) message(`${file.name} holds no recipe that can be read here.`);
  } else {
    await takePicture(file);
  }
}

/** A picture is a photo, or a result, whose recipe is taken. */
async function takePicture(file) {
  let sent;
  try {
    sent = await api.sendPhoto(file);
  } catch (error) {
    return failPhoto(file, error);
  }
  if (!sent.recipe) return openPhoto(file, sent);
  api.forgetPhoto(sent.id);
  return takeRecipe(file);
}

export function wireFiles() {
  for (const id of ["#photo-file", "#photo-folder"]) {
    $(id).onchange = ({ target }) => { takeFiles([...target.files]); target.value = ""; };
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
    takeFiles([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) takeFiles(files);
  });
}
