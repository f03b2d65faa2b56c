// What a tab keeps over a reload: its session, and the photos of it, in the browser's IndexedDB.
//
// Every tab has a name in its sessionStorage. A tab that was duplicated finds there the name of one
// that is open, takes what that has, and a name of its own: no two tabs write to the same session.

const DATABASE = "stylemamba-studio";
const MARK = "stylemamba-tab";
const HOURS = 24; // that sessions of tabs that are closed are kept

const tab = { name: null, from: null };
let database = null; // a promise of it

/** What the sessionStorage has under a key, an object; null where that is nothing, or junk. */
export function kept(key) {
  try {
    const found = JSON.parse(sessionStorage.getItem(key));
    return typeof found === "object" ? found : null;
  } catch {
    return null;
  }
}

/** Names this tab; true where it has been here before. */
export function enter() {
  const before = kept(MARK);
  tab.from = before?.name ?? null;
  tab.name = before && !before.open ? before.name : crypto.getRandomValues(new Uint32Array(4)).join("-");
  const mark = (open) => sessionStorage.setItem(MARK, JSON.stringify({ name: tab.name, open }));
  mark(true);
  addEventListener("pagehide", () => { if (tab.name) mark(false); });
  addEventListener("pageshow", () => { if (tab.name) mark(true); });
  return tab.from !== null;
}

/** The session of this tab, and its photos' files by their number; null where there is none. */
export async function load() {
  const all = await photosOf(tab.from);
  const session = await request("sessions", "readonly", (store) => store.get(tab.from));
  if (tab.from !== tab.name) await Promise.all(all.map(({ number, file }) => addFile(number, file)));
  return session ? { ...session, files: new Map(all.map(({ number, file }) => [number, file])) } : null;
}

export function save(session) {
  return request("sessions", "readwrite", (store) => store.put({ ...session, tab: tab.name, saved: Date.now() }));
}

export function addFile(number, file) {
  return request("photos", "readwrite", (store) => store.put({ tab: tab.name, number, file }));
}

/** Forgets this tab's session. */
export async function forget() {
  const { name } = tab;
  tab.name = null;
  sessionStorage.clear();
  await forgetTab(name);
}

/** Forgets what tabs left that were closed long ago. */
export async function tidy() {
  const sessions = await request("sessions", "readonly", (store) => store.getAll());
  const old = sessions.filter(({ tab: name, saved }) => name !== tab.name && Date.now() - saved > HOURS * 3600_000);
  for (const { tab: name } of old) await forgetTab(name);
}

async function forgetTab(name) {
  await request("sessions", "readwrite", (store) => store.delete(name));
  await request("photos", "readwrite", (store) => store.delete(rangeOf(name)));
}

const rangeOf = (name) => IDBKeyRange.bound([name, 0], [name, Infinity]);

const photosOf = (name) => request("photos", "readonly", (store) => store.getAll(rangeOf(name)));

function open() {
  database ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("sessions", { keyPath: "tab" });
      opening.result.createObjectStore("photos", { keyPath: ["tab", "number"] });
    };
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  return database;
}

async function request(name, mode, ask) {
  const transaction = (await open()).transaction(name, mode);
  const asked = ask(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(asked.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error ?? asked.error);
  });
}
