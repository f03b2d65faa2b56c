// The studio's start: every part of the page is wired by the module of its name.

import * as api from "./api.js";
import { wireColours } from "./colours.js";
import { clamped } from "./controls.js";
import { wireDownloads } from "./downloads.js";
import { openPhoto, wireFiles } from "./files.js";
import { showSession, wireHistory } from "./history.js";
import { wireLook } from "./look.js";
import { leave, refine, stop } from "./painting.js";
import { takeStyle, wireParts } from "./parts.js";
import { shownUrl } from "./photos.js";
import { showWords, wireRegions } from "./regions.js";
import { isAtRisk, keepNow, renderAll, server, takeUp } from "./session.js";
import { fail, idle } from "./status.js";
import { StyleBrowser } from "./styles.js";
import { wireTile } from "./tile.js";
import { wireClips } from "./video.js";

const THEME = "stylemamba-theme";

const $ = (selector) => document.querySelector(selector);

function wire() {
  $("#panel").addEventListener("submit", (event) => event.preventDefault());
  wireParts();
  wireLook();
  wireTile();
  wireColours();
  wireRegions();
  wireHistory();
  wireDownloads();
  wireFiles();
  $("#refine").onclick = () => refine(Math.max(1, clamped($("#steps"))));
  $("#stop").onclick = stop;
  wireTheme();
  addEventListener("beforeunload", (event) => { if (isAtRisk()) event.preventDefault(); });
  addEventListener("pagehide", () => {
    leave();
    keepNow();
  });
}

/** Asks the browser's storage, which people may have switched off. */
function kept(action) {
  try {
    return action(localStorage);
  } catch {
    return null;
  }
}

/** Light or dark: the system's, until one is chosen. */
function wireTheme() {
  const page = document.documentElement;
  page.className = kept((storage) => storage.getItem(THEME)) ?? "";
  $("#theme").onclick = () => {
    const now = page.className || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    page.className = now === "dark" ? "light" : "dark";
    kept((storage) => storage.setItem(THEME, page.className));
  };
}

async function start() {
  wire();
  renderAll();
  new StyleBrowser(takeStyle).start();
  try {
    const [{ words, low_coverage, limits, video }, { components }] = await Promise.all([api.about(), api.schema()]);
    server.lowCoverage = low_coverage;
    $("#steps").max = limits.steps;
    const fields = components.schemas.Recipe.properties;
    server.help = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.description]));
    showWords(words);
    wireClips(video);
    if (await takeUp(shownUrl)) {
      renderAll();
      return await showSession();
    }
    renderAll();
    const sample = await (await fetch("sample.png")).blob();
    await openPhoto(new File([sample], "chelsea.png", { type: "image/png" }));
  } catch (error) {
    idle("Not opened", () => location.reload());
    fail(error);
  }
}

start();
