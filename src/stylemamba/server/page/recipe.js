// What is asked for: the state of the page, and the recipe that it stands for.

export const VALUES = ["strength", "stroke", "texture", "palette"];

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
  };
}

const usable = (part) => part.text.trim() !== "" && !part.wrong;

function plainPart({ text, weight, learnt, look }) {
  return { text, weight, learnt: learnt ?? null, look: look ?? null };
}

/** The recipe of a state; null where nothing is asked for yet. */
export function recipeOf(state, steps = null) {
  const parts = state.parts.filter(usable).map(plainPart);
  const regions = state.regions
    .filter((region) => region.parts.some(usable) && (region.mask || region.box))
    .map((region) => ({
      parts: region.parts.filter(usable).map(plainPart),
      mask: region.mask ?? null,
      box: region.box ?? null,
      strength: region.strength,
      feather: region.feather,
    }));
  if (state.keepRest ? !regions.length : !parts.length) return null;
  const recipe = {
    version: 1,
    parts: state.keepRest ? [] : parts,
    regions,
    colours: state.colours,
    seed: state.seed,
    look: state.look,
    tile: state.tile,
    steps,
  };
  for (const name of VALUES) recipe[name] = state[name];
  for (const [name, value] of Object.entries(state.others ?? {})) recipe[name] = value;
  return recipe;
}

/** The state that stands for a recipe, as a file of somebody's may hold it. */
export function stateOf(recipe) {
  const state = { ...fresh(), parts: recipe.parts.map((part) => ({ ...part })) };
  state.keepRest = !recipe.parts.length && recipe.regions.length > 0;
  if (!state.parts.length) state.parts = [{ text: "", weight: 1 }];
  state.regions = (recipe.regions ?? []).map((region, number) => ({ ...region, name: `region ${number + 1}` }));
  state.colours = [...(recipe.colours ?? [])];
  for (const name of [...VALUES, "seed", "look", "tile"]) if (recipe[name] !== undefined) state[name] = recipe[name];
  state.others = { size: recipe.size ?? null, guidance: recipe.guidance ?? 1 };
  return state;
}

export const copy = (state) => structuredClone(state);
