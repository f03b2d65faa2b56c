// What is asked for: the state of the page, and the recipe that it stands for.

export const VALUES = ["strength", "stroke", "texture", "palette"];
const PLAIN = [...VALUES, "seed", "look", "tile", "steps", "size", "guidance"];

export function fresh() {
  return {
    parts: [{ text: "watercolour", weight: 1 }],
    regions: [],
    colours: [],
    keepRest: false,
    seed: 0,
    look: null,
    strength: 1,
    stroke: 1,
    texture: 1,
    palette: 0,
    tile: false,
    steps: null, // of a fit, until something else is changed
    size: null,
    guidance: 1,
  };
}

const usable = (part) => part.text.trim() !== "" && !part.wrong;

function plainPart({ text, weight, learnt, look }) {
  return { text, weight, learnt: learnt ?? null, look: look ?? null };
}

/** The recipe of a state; null where nothing is asked for yet. */
export function recipeOf(state) {
  const parts = state.parts.filter(usable).map(plainPart);
  const regions = state.regions
    .filter((region) => region.parts.some(usable) && (region.mask || region.box))
    .map((region) => ({
      name: region.name ?? null,
      parts: region.parts.filter(usable).map(plainPart),
      mask: region.mask ?? null,
      box: region.box ?? null,
      strength: region.strength,
      feather: region.feather,
    }));
  if (state.keepRest ? !regions.length : !parts.length) return null;
  const recipe = { version: 1, parts: state.keepRest ? [] : parts, regions, colours: state.colours };
  for (const name of PLAIN) recipe[name] = state[name];
  return recipe;
}

/** What a recipe's file says beside the recipe: the style that waits while the rest is left as it is. */
export function besideRecipe(state) {
  const parts = state.parts.filter(usable).map(plainPart);
  return state.keepRest && parts.length ? { made_with: { studio: { parts } } } : {};
}

/** The state that stands for a recipe, as a file of somebody's may hold it. */
export function stateOf(recipe, beside = {}) {
  const state = { ...fresh(), colours: [...recipe.colours] };
  state.keepRest = !recipe.parts.length;
  const waiting = (beside.studio?.parts ?? []).filter((part) => typeof part?.text === "string");
  const parts = state.keepRest ? waiting.map((part) => ({ ...part, weight: Number(part.weight) || 1 })) : recipe.parts;
  state.parts = parts.length ? parts.map(plainPart) : [{ text: "", weight: 1 }];
  state.regions = recipe.regions.map((region) => ({ ...region, parts: region.parts.map(plainPart) }));
  for (const name of PLAIN) state[name] = recipe[name];
  return state;
}

export const copy = (state) => structuredClone(state);

/** Whether two states stand for the same picture. */
export function isSame(one, other) {
  return JSON.stringify(recipeOf(one)) === JSON.stringify(recipeOf(other));
}
