// The studio: what is asked for, what is shown, and the way between them.

import * as api from "./api.js";
import { element, button, later, message, save, slider } from "./controls.js";
import { copy, fresh, recipeOf, stateOf, VALUES } from "./recipe.js";
import { Stage } from "./stage.js";
import { StyleBrowser } from "./styles.js";

const MOST_PICTURES = 100; // of the history
const AT_ONCE = 50; // pictures in a ZIP file
const SYNTAX = /::|--no|[()[\]|]/; // of prompts with weights
const DRAFT = 640; // longer side of the copy that is painted while one tries things
const SHOWN = 1600; // and of results that are shown
const SLIDERS = {
  strength: ["Strength", 0, 2, 0.05],
  stroke: ["Stroke size", 0.4, 3, 0.1],
  texture: ["Brush work", 0, 2, 0.1],
  palette: ["Keep colours", 0, 1, 0.05],
};

const $ = (selector) => document.querySelector(selector);

let state = fresh();
let photo = null; // {id, url, width, height, name, file}
let running = null; // {controller, id}
let edited = null; // the region whose mask is painted
let history = []; // {state, photo, job, url, steps}
let current = -1;
let help = {}; // what the fields of a recipe are for, from the server
let lowCoverage = 0;

const stage = new Stage((mask) => {
  edited.mask = mask;
  paintSoon();
});
const browser = new StyleBrowser((name) => {
  const part = state.parts[state.parts.length - 1];
  part.text = name;
  delete part.learnt;
  delete part.picture;
  renderParts();
  understandSoon();
  paint();
});

// ---------------------------------------------------------------------------- painting

const paintSoon = later(450, () => paint());

/** Paints what is asked for: a small draft at once, or with `full` the photo itself. */
async function paint({ steps = null, full = false } = {}) {
  const recipe = recipeOf(state, steps);
  if (!photo) return null;
  if (!recipe) {
    if (steps || full) message(state.keepRest ? "Give a region a style first." : "Describe a style first.");
    return null;
  }
  abandon();
  const mine = (running = { controller: new AbortController(), id: null });
  const asked = { state: copy(state), photo, steps };
  busy(steps ? "Refining…" : full ? "Painting the full size…" : "Painting…", Boolean(steps || full));
  try {
    const job = await submit(recipe, full || steps ? null : DRAFT);
    mine.id = job.id;
    if (running !== mine) {
      api.forgetJob(job.id);
      return null;
    }
    const done = await api.follow(job.id, (now) => hear(now), mine.controller.signal);
    const url = api.pictureUrl(job.id, "webp", SHOWN);
    await stage.show(url);
    remember({ ...asked, job: job.id, url, full: full || Boolean(steps) || small(photo) });
    const { seconds, notes, interrupted } = done.result;
    const draft = full || steps || small(photo) ? "" : " as a draft; details may differ in full size";
    idle(`${interrupted ? "Stopped" : "Painted"} in ${seconds.toFixed(1)} s${draft}`);
    for (const note of notes.filter((note) => !note.startsWith("warning:") && !note.startsWith('"'))) say(note);
    return job.id;
  } catch (error) {
    if (error.name === "AbortError" || running !== mine) return null;
    idle(error.reason === "cancelled" ? "Stopped" : "");
    if (error.reason !== "cancelled") fail(error);
    return null;
  } finally {
    if (running === mine) running = null;
  }
}

/** Ends what is in work, and what is about to be. */
function abandon() {
  paintSoon.cancel();
  paintLater.cancel();
  running?.controller.abort();
  if (running?.id) api.forgetJob(running.id);
  running = null;
}

const small = (photo) => Math.max(photo.width, photo.height) <= DRAFT;

/** Asks for a picture; a photo that the server has forgotten meanwhile is sent again. */
async function submit(recipe, draft) {
  try {
    return await api.addJob(photo.id, recipe, draft);
  } catch (error) {
    if (error.reason !== "gone") throw error;
    photo.id = (await api.sendPhoto(photo.file)).id;
    return api.addJob(photo.id, recipe, draft);
  }
}

function hear(job) {
  const bar = $("#progress");
  if (job.state === "queued" && job.position > 0) $("#status").textContent = `Waiting behind ${job.position}…`;
  if (!job.steps) return;
  bar.max = job.steps;
  bar.value = job.step;
  if (job.has_preview) stage.show(`v1/jobs/${job.id}/preview?${job.step}`).catch(() => {});
}

function busy(text, stoppable) {
  $("#stage").classList.add("busy");
  $("#status").textContent = text;
  $("#progress").hidden = false;
  $("#progress").removeAttribute("value");
  $("#stop").hidden = !stoppable;
}

function idle(text) {
  $("#stage").classList.remove("busy");
  $("#status").textContent = text;
  $("#progress").hidden = true;
  $("#stop").hidden = true;
}

const said = new Set();
function say(note) {
  if (said.has(note)) return;
  said.add(note);
  message(note);
}

function fail(error) {
  const region = /^recipe\.regions\[(\d+)\]/.exec(error.field ?? "");
  message(region ? `Region ${Number(region[1]) + 1}: ${error.message}` : error.message);
}

// ---------------------------------------------------------------------------- history

function remember(entry) {
  history = [...history, entry].slice(-MOST_PICTURES);
  current = history.length - 1;
  renderHistory();
}

function goTo(place) {
  abandon();
  current = place;
  const entry = history[place];
  const other = entry.photo !== photo;
  photo = entry.photo;
  state = copy(entry.state);
  stopEditing();
  if (other) stage.setPhoto(photo.url, photo.width, photo.height);
  stage.show(entry.url).catch(() => paint());
  renderAll();
  idle("");
}

function renderHistory() {
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

// ---------------------------------------------------------------------------- styles

function renderParts() {
  const rows = state.parts.map((part, place) => {
    const shown = part.learnt ? learntName(part) : promptInput(part, place);
    const remove = button("Remove", () => {
      state.parts.splice(place, 1);
      renderParts();
      paint();
    }, { className: "small", ariaLabel: `Remove style ${place + 1}`, disabled: state.parts.length === 1 });
    const weight = slider(
      { label: "Share", min: -1, max: 3, step: 0.1, value: part.weight, kind: "weight",
        title: "Against the other styles; below 0 pushes away" },
      (value) => { part.weight = value; paintSoon(); },
    );
    return element("div", { className: "part" }, shown, remove, weight);
  });
  $("#parts").replaceChildren(...rows);
  $("#parts").classList.toggle("parts-one", state.parts.length === 1);
}

function promptInput(part, place) {
  return element("input", {
    type: "text", value: part.text, maxLength: 2000, placeholder: "Describe a style: stained glass, Claude Monet…",
    ariaLabel: state.parts.length > 1 ? `Style ${place + 1}` : "Style",
    oninput: (event) => {
      part.text = event.target.value;
      understandSoon();
      paintLater();
    },
    onchange: () => split(part),
  });
}

const paintLater = later(900, () => paint());

function learntName(part) {
  const children = part.picture ? [element("img", { src: part.picture, alt: "" })] : [];
  return element("div", { className: "picture" }, ...children, element("span", {}, part.text));
}

/** "cubism::2 neon light" becomes two styles with shares. */
async function split(part) {
  if (!SYNTAX.test(part.text)) return;
  try {
    const { parts } = await api.understand(part.text);
    const place = state.parts.indexOf(part);
    if (place < 0 || parts.length < 2) return;
    state.parts.splice(place, 1, ...parts.map(({ text, weight }) => ({ text, weight })));
    renderParts();
    paint();
  } catch (error) {
    fail(error);
  }
}

let asked = 0;
const understandSoon = later(250, async () => {
  const box = $("#understood");
  const texts = state.parts.filter((part) => !part.learnt && part.text.trim()).map((part) => part.text);
  const mine = ++asked;
  if (!texts.length) return box.replaceChildren();
  const found = await Promise.all(texts.map((text) => api.understand(text).catch((problem) => ({ problem }))));
  if (mine !== asked) return;
  const parts = state.parts.filter((part) => !part.learnt && part.text.trim());
  found.forEach(({ problem }, place) => { parts[place].wrong = problem?.reason === "invalid"; });
  const doubtful = ({ problem, coverage }) => problem || (coverage !== null && coverage < lowCoverage);
  box.classList.toggle("doubt", found.some(doubtful));
  box.textContent = found.map(told).filter(Boolean).join(" · ");
});

function told({ problem, coverage, remarks, neighbours }) {
  if (problem) return problem.message;
  if (coverage === null) return "";
  if (coverage < lowCoverage) return `Hardly known (${coverage.toFixed(2)}); nearest: ${neighbours.slice(0, 3).join(", ")}`;
  return [`Known (${coverage.toFixed(2)})`, ...remarks].join("; ");
}

// ---------------------------------------------------------------------------- look

function renderLook() {
  $("#sliders").replaceChildren(...VALUES.map((name) => {
    const [label, min, max, step] = SLIDERS[name];
    return slider({ label, min, max, step, value: state[name], title: help[name] ?? "" }, (value) => {
      state[name] = value;
      paintSoon();
    });
  }));
  $("#seed").value = state.seed;
  $("#look").value = state.look ?? "";
  $("#keep-rest").checked = state.keepRest;
  $("#tile").checked = state.tile;
  $("#colours").replaceChildren(...state.colours.map((colour, place) => element(
    "span", { className: "colour" },
    element("input", {
      type: "color", value: colour, ariaLabel: `Colour ${place + 1}`,
      onchange: (event) => { state.colours[place] = event.target.value; paint(); },
    }),
    button("×", () => { state.colours.splice(place, 1); renderLook(); paint(); },
      { className: "small", ariaLabel: `Remove colour ${place + 1}` }),
  )));
}

// ---------------------------------------------------------------------------- regions

function renderRegions() {
  $("#regions").replaceChildren(...state.regions.map((region, place) => {
    const prompt = element("input", {
      type: "text", value: region.text ?? region.parts.map(shown).join(" "), maxLength: 2000,
      placeholder: "Style of this region", ariaLabel: `Style of region ${place + 1}, ${region.name}`,
      oninput: (event) => {
        region.text = event.target.value;
        region.parts = [{ text: region.text, weight: 1 }];
        paintLater();
      },
      onchange: () => splitRegion(region),
    });
    const strength = slider(
      { label: "Strength", min: 0, max: 2, step: 0.05, value: region.strength, kind: "weight" },
      (value) => { region.strength = value; paintSoon(); },
    );
    const edit = button(region === edited ? "Painting" : "Edit mask", () => startEditing(region),
      { className: "small", disabled: Boolean(region.box) });
    const remove = button("Remove", () => {
      if (region === edited) stopEditing();
      state.regions.splice(place, 1);
      renderRegions();
      paint();
    }, { className: "small", ariaLabel: `Remove region ${place + 1}` });
    const row = element("div", { className: "row" }, element("span", { className: "quiet" }, region.name), edit, remove);
    const box = element("div", { className: region === edited ? "region edited" : "region" }, row, prompt, strength);
    strength.style.display = "grid";
    return box;
  }));
}

const shown = ({ text, weight }) => (weight === 1 ? text : `${text}::${weight}`);

/** "cubism::2 neon light" is two styles in a region, too. */
async function splitRegion(region) {
  if (!SYNTAX.test(region.text)) return;
  try {
    region.parts = (await api.understand(region.text)).parts;
    paint();
  } catch (error) {
    region.parts = [{ text: "", weight: 1 }];
    fail(error);
  }
}

async function startEditing(region) {
  edited = region;
  await stage.edit(region.mask);
  $("#brush").hidden = false;
  renderRegions();
}

function stopEditing() {
  edited = null;
  stage.stopEditing();
  $("#brush").hidden = true;
  renderRegions();
}

/** A region over the faces that keeps most of the photo there, in the style of the whole. */
async function keepFaces() {
  try {
    const { mask } = await api.findMask(photo.id, "faces");
    if (!mask) return message("No face is found in this photo.");
    const parts = state.parts.map((part) => ({ ...part }));
    state.regions.push({ name: "faces kept", mask, parts, strength: 0.4, feather: 0.03 });
    renderRegions();
    paint();
  } catch (error) {
    fail(error);
  }
}

function addRegion(name, mask) {
  const region = { name, mask, parts: [{ text: "", weight: 1 }], strength: 1, feather: 0.01 };
  state.regions.push(region);
  startEditing(region).then(() => $("#regions").lastElementChild.querySelector("input").focus());
}

async function addWord(word) {
  $("#status").textContent = `Looking for ${word}…`;
  try {
    const found = await api.findMask(photo.id, word);
    $("#status").textContent = "";
    if (!found.mask) return message(`Nothing is found for “${word}” in this photo: paint the region instead.`);
    addRegion(word, found.mask);
  } catch (error) {
    fail(error);
  }
}

// ---------------------------------------------------------------------------- files

/** The server calls a photo by its field. */
function failPhoto(file, error) {
  message(`${file.name}: ${error.message.replace(/^photo:? (is )?/, "")}`);
}

async function openPhoto(file, known = null) {
  abandon();
  busy("Opening…", false);
  try {
    const sent = known ?? (await api.sendPhoto(file));
    photo = { ...sent, file, name: file.name, url: await shownUrl(file, sent.id) };
    state.regions = [];
    state.keepRest = false;
    stopEditing();
    stage.setPhoto(photo.url, photo.width, photo.height);
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
    state = stateOf(recipe);
    stopEditing();
    renderAll();
    understandSoon();
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

/** Paints many photos by the recipe at hand; what fails is told, and does not stop the rest. */
async function paintFolder(files) {
  const recipe = recipeOf({ ...state, regions: [], keepRest: false });
  if (!recipe) return message("Describe a style first.");
  const jobs = [];
  const failed = [];
  let stopped = false;
  let archives = 0;
  abandon();
  $("#stop").onclick = () => { stopped = true; };
  for (const [place, file] of files.entries()) {
    if (stopped) break;
    busy(`${place + 1} of ${files.length}: ${file.name}`, true);
    try {
      const sent = await patiently(() => api.sendPhoto(file));
      const job = await patiently(() => api.addJob(sent.id, recipe, null));
      await api.follow(job.id, () => {});
      api.forgetPhoto(sent.id);
      jobs.push({ id: job.id, name: file.name });
    } catch (error) {
      failed.push(`${file.name}: ${error.message}`);
    }
    if (jobs.length === AT_ONCE) saveArchive(jobs.splice(0), ++archives);
  }
  $("#stop").onclick = stop;
  idle(`${files.length - failed.length} of ${files.length} painted`);
  if (failed.length) message(`Not painted: ${failed.slice(0, 8).join("; ")}${failed.length > 8 ? "; …" : ""}`);
  if (jobs.length) saveArchive(jobs, ++archives);
}

function saveArchive(jobs, number) {
  save(api.archiveUrl(jobs, $("#format").value), number > 1 ? `stylemamba-${number}.zip` : "stylemamba.zip");
}

/** Does what the server may be too busy for, again and again. */
async function patiently(action) {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!["too-many-requests", "queue-full"].includes(error.reason)) throw error;
      await new Promise((go) => setTimeout(go, 1500));
    }
  }
}

async function download() {
  const format = $("#format").value;
  const entry = history[current];
  const same = entry?.full && entry.photo === photo
    && JSON.stringify(recipeOf(entry.state)) === JSON.stringify(recipeOf(state));
  const job = same ? entry.job : await paint({ full: true });
  if (job) save(api.pictureUrl(job, format), `${baseName()}.${format === "jpeg" ? "jpg" : format}`);
}

function downloadRecipe() {
  const recipe = recipeOf(state, history[current]?.steps ?? null);
  if (!recipe) return message("Describe a style first.");
  const url = URL.createObjectURL(new Blob([JSON.stringify(recipe, null, 1)], { type: "application/json" }));
  save(url, `${baseName()}.json`);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function baseName() {
  const style = state.parts.map((part) => part.text).join(" ").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${photo.name.replace(/\.[^.]*$/, "")}-${style}`.slice(0, 80).replace(/-+$/, "");
}

// ---------------------------------------------------------------------------- wiring

function stop() {
  if (running?.id) api.cancelJob(running.id).catch(fail);
}

function renderAll() {
  renderParts();
  renderLook();
  renderRegions();
  renderHistory();
  understandSoon();
}

function wire() {
  $("#panel").addEventListener("submit", (event) => event.preventDefault());
  $("#add-part").onclick = () => {
    state.parts.push({ text: "", weight: 1 });
    renderParts();
    $("#parts").lastElementChild.querySelector("input").focus();
  };
  $("#style-file").onchange = async ({ target }) => {
    for (const file of target.files) {
      try {
        const part = await api.learn(file.name.replace(/\.[^.]*$/, ""), [file]);
        const free = state.parts.findIndex((one) => !one.text.trim());
        const row = { ...part, picture: URL.createObjectURL(file) };
        state.parts.splice(free < 0 ? state.parts.length : free, free < 0 ? 0 : 1, row);
      } catch (error) {
        fail(error);
      }
    }
    target.value = "";
    renderParts();
    paint();
  };
  $("#seed").onchange = ({ target }) => { state.seed = clamped(target); paint(); };
  $("#look").onchange = ({ target }) => { state.look = target.value === "" ? null : clamped(target); paint(); };
  $("#dice").onclick = () => {
    state.seed = Math.floor(Math.random() * 10_000);
    renderLook();
    paint();
  };
  $("#add-colour").onclick = () => { state.colours.push("#aa3322"); renderLook(); paint(); };
  $("#colour-file").onchange = async ({ target }) => {
    try {
      state.colours = (await api.palette(target.files[0])).colours;
      renderLook();
      paint();
    } catch (error) {
      fail(error);
    }
    target.value = "";
  };
  $("#brush-done").onclick = stopEditing;
  $("#keep-rest").onchange = ({ target }) => { state.keepRest = target.checked; paint(); };
  $("#tile").onchange = ({ target }) => { state.tile = target.checked; paint(); };
  $("#refine").onclick = () => paint({ steps: Math.max(1, clamped($("#steps"))) });
  $("#stop").onclick = stop;
  $("#download").onclick = download;
  $("#download-recipe").onclick = downloadRecipe;
  $("#undo").onclick = () => goTo(current - 1);
  $("#redo").onclick = () => goTo(current + 1);
  for (const id of ["#photo-file", "#photo-folder"]) {
    $(id).onchange = ({ target }) => { takeFiles([...target.files]); target.value = ""; };
  }
  $("#theme").onclick = () => {
    const dark = getComputedStyle(document.documentElement).colorScheme.trim() === "dark"
      || (!document.documentElement.className && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.className = dark ? "light" : "dark";
  };
  addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input[type=text], input[type=search], input[type=number]");
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key) || typing) return;
    event.preventDefault();
    const place = current + (event.shiftKey || key === "y" ? 1 : -1);
    if (place >= 0 && place < history.length) goTo(place);
  });
  addEventListener("beforeunload", (event) => { if (history.length > 1) event.preventDefault(); });
  addEventListener("pagehide", () => { if (running?.id) api.leave(running.id); });
  wireDrop();
}

const clamped = (input) => {
  const value = Math.round(Math.min(Number(input.max), Math.max(Number(input.min), Number(input.value) || 0)));
  input.value = value;
  return value;
};

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

async function start() {
  wire();
  renderAll();
  browser.start();
  try {
    const [{ words, low_coverage, limits }, { components }] = await Promise.all([api.about(), api.schema()]);
    lowCoverage = low_coverage;
    $("#steps").max = limits.steps;
    const fields = components.schemas.Recipe.properties;
    help = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.description]));
    const seen = words.filter((word) => !["foreground", "face", "people"].includes(word));
    $("#words").replaceChildren(
      ...seen.map((word) => button(word, () => addWord(word), { className: "small" })),
      button("keep faces", keepFaces, { className: "small" }),
      button("paint one", () => addRegion("painted", null), { className: "small" }),
    );
    renderAll();
    const sample = await (await fetch("sample.png")).blob();
    await openPhoto(new File([sample], "chelsea.png", { type: "image/png" }));
  } catch (error) {
    idle("");
    fail(error);
  }
}

start();
