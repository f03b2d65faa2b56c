// Files that are dropped, those in folders, too.

/** All files of a drop. What was dropped is only there until the event is over: it is taken at once. */
export function filesOf({ items, files }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return Promise.resolve([...files]);
  return Promise.all(entries.filter(Boolean).map(within)).then((found) => found.flat());
}

async function within(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => { entry.file(resolve, reject); })];
  const entries = await listed(entry.createReader());
  entries.sort((one, other) => one.name.localeCompare(other.name));
  return (await Promise.all(entries.map(within))).flat();
}

/** A reader gives some entries at a time, and none at the end. */
async function listed(reader) {
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!some.length) return all;
    all.push(...some);
  }
}
