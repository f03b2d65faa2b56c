// What the server says of a field, as the page calls that field.

export function inTime(seconds) {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

const NAMES = {
  prompt: "The style", text: "The style's text", photo: "The photo", recipe: "The recipe",
  parts: "The styles", regions: "The regions", colours: "The colours", version: "The recipe's version",
  strength: "Strength", stroke: "Stroke size", texture: "Brush work", palette: "Keep colours",
  seed: "Seed", look: "Look", steps: "Steps", size: "The size to work at", guidance: "The guidance",
  tile: "Seamless tile", weight: "Share", box: "Box", mask: "Mask", feather: "Soft border",
  learnt: "What was learnt of pictures", name: "Name",
};
const ITEMS = { parts: "Style", regions: "Region", pictures: "Picture" };
const PLURAL = /(?:^|\.)(?:parts|regions|colours|steps)$/;
const PATH = /^(?:[a-z]+(?:\[\d+\])?\.)*[a-z]+(?:\[\d+\])?(?=:? )/;

/** A problem's line: "regions[0].box should be …" is "Region 1, box should be …". */
export function inWords({ message }) {
  const path = PATH.exec(message)?.[0];
  const steps = path?.split(".").map(called);
  if (!steps || steps.includes(undefined)) return message;
  const [first, ...others] = steps;
  const named = [first, ...others.map((name) => name.toLowerCase().replace(/^the /, ""))].join(", ");
  const rest = message.slice(path.length);
  return named + (PLURAL.test(path) ? rest.replace(/^ is /, " are ") : rest);
}

function called(step) {
  const [, name, place] = /^([a-z]+)(?:\[(\d+)\])?$/.exec(step);
  return place === undefined ? NAMES[name] : ITEMS[name] && `${ITEMS[name]} ${Number(place) + 1}`;
}
