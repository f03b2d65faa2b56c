"""The result at the size of the photo: what was painted, finer or enlarged, in 8 and in 16 bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from stylemamba.files.deep import blended, resized_planes, to_8bit
from stylemamba.files.icc import to_levels
from stylemamba.files.images import Photo, fit_size, resize, resize_tile, to_pil
from stylemamba.portable.finer import finer, goes_beyond
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.region_maps import rest_of
from stylemamba.progress import OnProgress, Progress

Pixels = TypeVar("Pixels", bound=np.generic)
Result = tuple[Image.Image, NDArray[np.uint16] | None]


def at_full_size(pictures: Tensor, photo: Photo, recipe: Recipe, on_progress: OnProgress) -> Result:
    """The result in 8 bits, (RGB), and in 16, (h, w, 3), of a photo of 16.

    Args:
        pictures: (1, 3, h, w) in [0, 1], painted by the recipe at `pyramid.LARGEST` at most.
        photo: That they were made from, as it came.
        recipe: How they were made.
        on_progress: Hears of tiles.
    """
    styled = _styled(pictures, photo, recipe, on_progress)
    if not recipe.keeps_rest:
        return styled
    image, deep = styled
    rest = rest_of(recipe, photo.rgb.size)
    if deep is not None and photo.deep is not None:
        deep = blended(photo.deep, deep, rest)
    return Image.composite(photo.rgb, image, rest), deep


def _styled(pictures: Tensor, photo: Photo, recipe: Recipe, on_progress: OnProgress) -> Result:
    size = photo.rgb.size
    if not recipe.strength and not recipe.tile:
        return photo.rgb, photo.deep
    if photo.deep is not None:
        deep = _deep(pictures, photo.deep, size, recipe, on_progress)
        return to_8bit(deep), deep
    if not goes_beyond(recipe, max(size)):
        return _scaling(recipe)(to_pil(pictures), size), None
    pixels = np.asarray(resize(photo.rgb, _painted_size(recipe, size)))
    return resize(Image.fromarray(painted_finer(pictures[0], pixels, on_progress)), size), None


def _deep(
    pictures: Tensor,
    photo: NDArray[np.uint16],
    size: tuple[int, int],
    recipe: Recipe,
    on_progress: OnProgress,
) -> NDArray[np.uint16]:
    if not goes_beyond(recipe, max(size)):
        values = pictures[0].detach().float().clamp(0, 1).permute(1, 2, 0).cpu().numpy()
        return to_levels(resized_planes(values, lambda plane: _scaling(recipe)(plane, size)))
    painted = _painted_size(recipe, size)
    return _levels_at(painted_finer(pictures[0], _levels_at(photo, painted), on_progress), size)


def _painted_size(recipe: Recipe, size: tuple[int, int]) -> tuple[int, int]:
    """Of a photo of that (width, height), how large it is painted."""
    return size if recipe.size is None else fit_size(size, min(recipe.size, max(size)))


def _scaling(recipe: Recipe) -> Callable[[Image.Image, tuple[int, int]], Image.Image]:
    return resize_tile if recipe.tile else resize


def _levels_at(levels: NDArray[np.uint16], size: tuple[int, int]) -> NDArray[np.uint16]:
    """Levels (h, w, 3) of 16 bits at a size (width, height)."""
    if levels.shape[1::-1] == size:
        return levels
    return to_levels(resized_planes(levels, lambda plane: resize(plane, size)).clip(0, 1))


def painted_finer(
    picture: Tensor, photo: NDArray[Pixels], on_progress: OnProgress
) -> NDArray[Pixels]:
    """A picture (3, h, w) in [0, 1] at the size of its photo (H, W, 3), in that one's kind."""

    def hear(done: int, tiles: int) -> None:
        on_progress(Progress("tile", done, tiles))

    small = picture.detach().float().cpu().numpy()
    made: NDArray[Pixels] = finer(small, photo, torch.get_num_threads(), hear)
    return made
