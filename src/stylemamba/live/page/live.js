// Asks for the next picture when the last one is shown, so that none queue up.

const byId = (id) => document.getElementById(id);
const WINDOW = 2000;
const AGAIN = 1000;
const STATE_EVERY = 1000;
const SETTLE = 150;

let frozen = false;
let shown = [];

function message(text) {
  const box = byId("messages");
  box.replaceChildren();
  if (!text) return;
  const line = document.createElement("div");
  line.textContent = text;
  box.append(line);
}

/** The frame is the left half of the file, the picture the right one. */
function draw(bitmap) {
  const width = bitmap.width / 2;
  for (const [id, left] of [["frame", 0], ["picture", width]]) {
    const canvas = byId(id);
    if (canvas.width !== width || canvas.height !== bitmap.height) {
      canvas.width = width;
      canvas.height = bitmap.height;
    }
    canvas.getContext("2d").drawImage(bitmap, left, 0, width, bitmap.height, 0, 0, width, bitmap.height);
  }
}

function tellSpeed(age) {
  const now = performance.now();
  shown.push(now);
  shown = shown.filter((time) => time > now - WINDOW);
  const rate = (1000 * shown.length) / WINDOW;
  byId("speed").textContent = `${rate.toFixed(1)} pictures a second, ${Math.round(age)} ms behind`;
}

async function follow() {
  let number = 0;
  for (;;) {
    try {
      const answer = await fetch(`v1/view?after=${number}`);
      const came = performance.now();
      if (answer.status === 204) continue;
      if (!answer.ok) throw new Error(answer.statusText);
      number = Number(answer.headers.get("X-Number"));
      const bitmap = await createImageBitmap(await answer.blob());
      draw(bitmap);
      bitmap.close();
      document.body.dataset.number = number;
      if (!frozen) tellSpeed(Number(answer.headers.get("X-Age")) + performance.now() - came);
    } catch {
      byId("speed").textContent = "It has ended.";
      number = 0;
      await new Promise((done) => setTimeout(done, AGAIN));
    }
  }
}

function tell(state, settings) {
  frozen = state.frozen;
  byId("freeze").setAttribute("aria-pressed", frozen);
  byId("notes").textContent = state.notes.join(" ");
  if (state.over) byId("speed").textContent = "The source is over; this is its last picture.";
  else if (frozen) byId("speed").textContent = "Frozen.";
  document.body.classList.toggle("waiting", state.shown !== state.prompt);
  if (!settings) return;
  byId("prompt").value = state.prompt;
  byId("strength").value = state.strength;
  byId("strength-shown").textContent = state.strength.toFixed(2);
}

async function ask(wish) {
  try {
    const answer = await fetch("v1/wish", { method: "POST", body: JSON.stringify(wish) });
    const content = await answer.json();
    message(answer.ok ? "" : content.detail);
    if (answer.ok) tell(content);
  } catch {
    message("It does not answer. Is it still running?");
  }
}

async function watch() {
  for (let first = true; ; ) {
    try {
      tell(await (await fetch("v1/state")).json(), first);
      first = false;
    } catch { /* `follow` says so */ }
    await new Promise((done) => setTimeout(done, STATE_EVERY));
  }
}

byId("wish").addEventListener("submit", (event) => {
  event.preventDefault();
  ask({ prompt: byId("prompt").value });
});
let waiting;
byId("strength").addEventListener("input", (event) => {
  const strength = event.target.valueAsNumber;
  byId("strength-shown").textContent = strength.toFixed(2);
  clearTimeout(waiting);
  waiting = setTimeout(() => ask({ strength }), SETTLE);
});
byId("freeze").addEventListener("click", () => ask({ frozen: !frozen }));
byId("both").addEventListener("change", (event) => { byId("frame-side").hidden = !event.target.checked; });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, button, a")) return;
  if (event.key === " ") {
    event.preventDefault();
    byId("freeze").click();
  } else if (event.key === "s") byId("snapshot").click();
});

watch();
follow();
