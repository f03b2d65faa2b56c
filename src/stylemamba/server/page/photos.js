// Photos: at the server for as long as it keeps them, and sent again when it has forgotten one.

import * as api from "./api.js";
import { keep, session } from "./session.js";
import { SHOWN } from "./stage.js";

/** A photo of the session. `sent` is the server's answer to its file. */
export async function photoOf(file, { id, width, height }) {
  const numbers = [...session.history.map(({ photo }) => photo.number), session.photo?.number ?? 0];
  const number = Math.max(0, ...numbers) + 1;
  return { number, id, width, height, file, name: file.name, url: await shownUrl(file, id) };
}

/** Does something with a photo's id; one that the server has forgotten is sent again. */
export async function withId(photo, action) {
  try {
    return await action(photo.id);
  } catch (error) {
    if (error.reason !== "gone") throw error;
  }
  try {
    photo.id = (await api.sendPhoto(photo.file)).id;
  } catch (error) {
    const detail = `The server has forgotten ${photo.name}, and it could not be sent again: open it once more.`;
    throw new api.Problem({ reason: error.reason, detail });
  }
  keep();
  return action(photo.id);
}

/** Browsers show most photos themselves; of other formats (TIFF), strength 0 is the photo. */
export async function shownUrl(file, id) {
  const url = URL.createObjectURL(file);
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    return url;
  } catch {
    URL.revokeObjectURL(url);
  }
  const plain = { version: 1, parts: [{ text: "photo" }], strength: 0 };
  const job = await withId({ id, file, name: file.name }, (known) => api.addJob(known, plain, SHOWN));
  await api.follow(job.id, () => {});
  return api.pictureUrl(job.id, "webp", SHOWN);
}
