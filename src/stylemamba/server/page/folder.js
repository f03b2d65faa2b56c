// Several photos at once, by the recipe at hand, as a ZIP file.

import * as api from "./api.js";
import { message, save } from "./controls.js";
import { photoProblem } from "./files.js";
import { abandon, stop } from "./painting.js";
import { recipeOf } from "./recipe.js";
import { session } from "./session.js";
import { busy, idle } from "./status.js";

const AT_ONCE = 50; // pictures in a ZIP file

const $ = (selector) => document.querySelector(selector);

/** Paints many photos; what fails is told, and does not stop the rest. */
export async function paintFolder(files) {
  const recipe = recipeOf({ ...session.state, regions: [], keepRest: false });
  if (!recipe) return message("Describe a style first.");
  const jobs = [];
  const failed = [];
  let stopped = false;
  let archives = 0;
  abandon();
  $("#stop").onclick = () => { stopped = true; };
  for (const [place, file] of files.entries()) {
    if (stopped) break;
    busy(`${place + 1} of ${files.length}: ${file.name}`, { stoppable: true });
    try {
      const sent = await api.patiently(() => api.sendPhoto(file));
      const job = await api.patiently(() => api.addJob(sent.id, recipe, null));
      await api.follow(job.id, () => {});
      api.forgetPhoto(sent.id);
      jobs.push({ id: job.id, name: file.name });
    } catch (error) {
      failed.push(`${file.name}: ${photoProblem(error)}`);
    }
    if (jobs.length === AT_ONCE) saveArchive(jobs.splice(0), ++archives);
  }
  $("#stop").onclick = stop;
  idle(`${files.length - failed.length} of ${files.length} painted`);
  if (failed.length) message(`Not painted: ${failed.slice(0, 8).join("; ")}${failed.length > 8 ? "; …" : ""}`);
  if (jobs.length) saveArchive(jobs, ++archives);
}

function saveArchive(jobs, number) {
  const { format, strip } = session.file;
  save(api.archiveUrl(jobs, format, strip), number > 1 ? `stylemamba-${number}.zip` : "stylemamba.zip");
}
