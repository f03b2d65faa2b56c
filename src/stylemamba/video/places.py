"""Where regions are in the frames of a shot: found in each that is painted, smooth over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from stylemamba.painting.region_specs import NotSeenError, as_text, where_seen
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.region_maps import rest_of
from stylemamba.segmentation import Finder
from stylemamba.video.clip import Picture
from stylemamba.video.motion import Array, Small, difference, motion, moved

FAINT = 1 / 255  # of a mask in which nothing is
KEPT = np.float32(0.6)
"""Share of the mask of the frame that was looked at before, moved, in that of the next one."""


@dataclass(frozen=True)
class Seen:
    """What was found in a frame.

    Attributes:
        photo: The frame, small.
        masks: Where what was looked for is, (n, h, w), 0 to 1.
    """

    photo: Small
    masks: Array


class Places:
    """The regions of a recipe, from frame to frame.

    Args:
        recipe: With regions.
        words: For each of them, what is looked for in every frame; None where it stays.
        finder: Looks for it.
    """

    def __init__(self, recipe: Recipe, words: Sequence[str | None], finder: Finder) -> None:
        self._recipe, self._finder = recipe, finder
        self._sought = [(place, word) for place, word in enumerate(words) if word is not None]
        self._looked = 0
        self._missed: Counter[str] = Counter()

    def find(self, frame: Picture, before: Seen | None) -> Seen:
        """Looks at a frame (h, w, 3).

        Masks of one frame and the next differ by more than what moves: so each is a mean with the
        one before, where the frame shows the same. What is not found is where it was.

        Args:
            frame: The next one, sooner or later in the shot.
            before: What was found in the one that was looked at before; None in a new shot.
        """
        photo = Small.of(frame)
        height, width = photo.luma.shape
        masks = np.zeros((len(self._sought), height, width), np.float32)
        old, same = masks, np.zeros((height, width), np.float32)
        if before is not None and self._sought:
            way = motion(before.photo, photo)
            old = np.stack([moved(mask, way.places) for mask in before.masks])
            shown = difference(photo, moved(before.photo.picture, way.places)) < 1
            same = (way.reliable & shown).astype(np.float32)
        self._looked += 1
        for place, (_, word) in enumerate(self._sought):
            found = self._found(photo.picture, word)
            share = KEPT * same
            masks[place] = old[place] if found is None else share * old[place] + (1 - share) * found
            self._missed[word] += bool(masks[place].max() < FAINT)
        return Seen(photo, masks)

    def recipe(self, seen: Seen) -> Recipe:
        """The recipe of a frame."""
        regions = list(self._recipe.regions)
        for (place, _), mask in zip(self._sought, seen.masks, strict=True):
            drawn = Image.fromarray(np.rint(255 * mask).astype(np.uint8))
            regions[place] = replace(regions[place], mask=as_text(drawn))
        return replace(self._recipe, regions=tuple(regions))

    @property
    def notes(self) -> Iterator[str]:
        """What was looked for in vain."""
        for word, times in (+self._missed).items():
            yield f"no {word} is found in {times} of {self._looked} painted frames"

    def _found(self, picture: Picture, word: str) -> Array | None:
        try:
            return where_seen(picture, word, self._finder)
        except NotSeenError:
            return None


def rest_in(recipe: Recipe, shape: tuple[int, ...]) -> Array | None:
    """How much of a photo (h, w, ...) stays outside of a recipe's regions, (h, w).

    None where all of it is painted.
    """
    if not recipe.keeps_rest:
        return None
    return np.asarray(rest_of(recipe, (shape[1], shape[0])), np.float32) / np.float32(255)
