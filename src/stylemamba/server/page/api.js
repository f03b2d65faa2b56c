// The HTTP API, as the page uses it.

const PATIENCE = 5000;
const LASTING = ["invalid", "too-large", "not-a-picture", "not-a-video", "not-installed"]; // whatever is tried again

export class Problem extends Error {
  constructor(content) {
    super(content.detail || "the server did not answer as it should");
    this.reason = content.reason || "internal";
    this.field = content.field;
  }

  get mayPass() {
    return !LASTING.includes(this.reason);
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem({ reason: "offline", detail: "The server does not answer. Is it still running?" });
  }
  if (!response.ok) throw new Problem(await response.json().catch(() => ({})));
  return response;
}

const TRY_AGAIN = 1500; // ms after which a server that was busy is asked again

/** Does what the server may be too busy for again and again, as long as `isWanted`, which hears of every wait. */
export async function patiently(action, isWanted = () => true) {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!["too-many-requests", "queue-full"].includes(error.reason) || !isWanted()) throw error;
      await new Promise((go) => setTimeout(go, TRY_AGAIN));
      if (!isWanted()) throw error;
    }
  }
}

const json = async (path, options) => (await ask(path, options)).json();

function form(fields) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) data.append(name, one);
  }
  return { method: "POST", body: data };
}

export const about = () => json("v1/about");
export const schema = () => json("openapi.json");
export const sendPhoto = (file) => json("v1/photos", form({ photo: file }));
export const forgetJob = (id) => ask(`v1/jobs/${id}`, { method: "DELETE" }).catch(() => {});
export const cancelJob = (id) => json(`v1/jobs/${id}/cancel`, { method: "POST" });
export const styles = (search, limit) => json(`v1/styles?${new URLSearchParams({ search, limit })}`);
export const understand = (text) => json(`v1/prompts?${new URLSearchParams({ text })}`);
export const findMask = (photo, word) => json("v1/masks", form({ photo_id: photo, word }));
export const learn = (name, pictures) => json("v1/learnt", form({ name, pictures }));
export const palette = (file) => json("v1/palettes", form({ photo: file }));
export const readRecipe = (file) => json("v1/recipes", form({ file }));
export const forgetPhoto = (id) => ask(`v1/photos/${id}`, { method: "DELETE" }).catch(() => {});
/** Asks for a job to end, though the page itself is closed. */
export const leave = (id) => navigator.sendBeacon(`v1/jobs/${id}/cancel`);

function queryOf(format, strip) {
  return new URLSearchParams(strip ? { format, strip_metadata: "true" } : { format });
}

/** A ZIP file of jobs {id, name}. */
export function archiveUrl(jobs, format, strip) {
  const query = queryOf(format, strip);
  for (const { id, name } of jobs) {
    query.append("job", id);
    query.append("name", name);
  }
  return `v1/archive?${query}`;
}

/** A picture; with `strip` without date, camera and place of its photo. */
export function pictureUrl(id, format, side = null, strip = false) {
  const query = queryOf(format, strip);
  if (side) query.set("side", side);
  return `v1/jobs/${id}/picture?${query}`;
}

/** Puts a picture into the queue. A recipe goes as a file: with masks it may be long. */
export function addJob(photo, recipe, draft) {
  const file = new Blob([JSON.stringify(recipe)], { type: "application/json" });
  return json("v1/jobs", form({ photo_id: photo, recipe: file, draft }));
}

export const sendClip = (file) => json("v1/clips", form({ video: file }));
export const forgetClip = (id) => ask(`v1/clips/${id}`, { method: "DELETE" }).catch(() => {});
export const clipFrame = async (id, at) => (await ask(`v1/clips/${id}/frame?${new URLSearchParams({ at })}`)).blob();
export const videoUrl = (id) => `v1/jobs/${id}/video`;

/** Puts a clip into the queue of clips. */
export function addFilm(clip, recipe, values) {
  const file = new Blob([JSON.stringify(recipe)], { type: "application/json" });
  return json("v1/videos", form({ clip_id: clip, recipe: file, ...values }));
}

/** Follows a job to its end: its last state. `hear` gets every state before. */
export function follow(id, hear) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(`v1/jobs/${id}/events`);
    const end = (finish, value) => { source.close(); finish(value); };
    const listen = (event) => {
      const job = JSON.parse(event.data);
      if (job.state === "done") end(resolve, job);
      else if (job.state === "failed") end(reject, new Problem(job.problem));
      else hear(job);
    };
    for (const state of ["queued", "running", "done", "failed"]) source.addEventListener(state, listen);
    source.onerror = () => {
      const lost = () => end(reject, new Problem({ reason: "offline", detail: "The connection to the server was lost." }));
      // It tries again by itself: that is given some seconds.
      if (source.readyState === EventSource.CLOSED) lost();
      else setTimeout(() => { if (source.readyState === EventSource.CONNECTING) lost(); }, PATIENCE);
    };
  });
}
