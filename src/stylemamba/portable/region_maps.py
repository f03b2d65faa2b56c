"""Regions of a recipe as maps of weights."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from .geometry import Array
from .recipe import Recipe, Region
from .recipe_fields import RecipeError
from .srgb import to_srgb

SIDE = 1024
"""Longer side in pixels at which maps are drawn, at most."""
FAINT = 0.1
"""Weight of regions below which the photo itself comes through, in `rest_of`."""
MAX_PIXELS = 16_000_000
"""Of a mask: a small file may hold a picture that fills the memory."""


def region_maps(recipe: Recipe, height: int, width: int) -> Array | None:
    """Where the styles of a recipe count: the base, then its regions, each over those before.

    Args:
        recipe: With regions.
        height: Of the photo.
        width: Of the photo.

    Returns:
        (1 + regions, h', w') in [0, 1], with a sum of one at every place; None without regions.

    Raises:
        RecipeError: A mask is no picture.
    """
    if not recipe.regions:
        return None
    scale = min(1.0, SIDE / max(height, width))
    shape = max(1, round(height * scale)), max(1, round(width * scale))
    maps = [np.ones(shape, dtype=np.float32)]
    for place, region in enumerate(recipe.regions):
        mask = _mask(region, shape, f"regions[{place}].mask")
        maps = [below * (1 - mask) for below in maps] + [mask]
    return np.stack(maps)


def rest_of(recipe: Recipe, size: tuple[int, int]) -> Image.Image:
    """What is outside of a recipe's regions, mode L, of a photo of width and height `size`.

    Where a region is faint, as on its soft border, a faint change has been painted already.

    Raises:
        RecipeError: A mask is no picture.
    """
    maps = region_maps(recipe, size[1], size[0])
    if maps is None:
        return Image.new("L", size, 255)
    outside = ((maps[0] - 1 + FAINT) / FAINT).clip(0, 1)
    return Image.fromarray(np.rint(255 * outside).astype(np.uint8)).resize(size)


def _mask(region: Region, shape: tuple[int, int], field: str) -> Array:
    height, width = shape
    if region.box is None:
        picture = _decoded(region, field).resize((width, height), Image.Resampling.BILINEAR)
        mask = np.asarray(picture, dtype=np.float32) / 255
    else:
        x, y, box_width, box_height = region.box
        down = _covered(y, y + box_height, height)
        mask = np.outer(down, _covered(x, x + box_width, width))
    deviation = region.feather * max(shape) / 2
    if deviation < 0.3:
        return mask
    blurred = Image.fromarray(np.rint(mask * 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(deviation)
    )
    return np.asarray(blurred, dtype=np.float32) / 255


def _covered(start: float, end: float, length: int) -> Array:
    """Which share of each of `length` pixels lies between two shares of the whole."""
    edges = np.arange(length + 1, dtype=np.float32)
    ends = np.minimum(edges[1:], end * length) - np.maximum(edges[:-1], start * length)
    return ends.clip(0, 1).astype(np.float32)


def _decoded(region: Region, field: str) -> Image.Image:
    """The mask, mode L: grey, and nothing where it is transparent."""
    try:
        with Image.open(io.BytesIO(region.mask_bytes()), formats=["PNG"]) as picture:
            pixels = picture.width * picture.height
            if pixels > MAX_PIXELS:
                raise RecipeError(
                    field, f"has {pixels / 1e6:.0f} megapixels, at most {MAX_PIXELS // 10**6} count"
                )
            picture.load()
            rgb, alpha, _ = to_srgb(picture)
    except (RecipeError, MemoryError):
        raise
    except Exception as error:  # decoders raise nearly anything on damaged files
        raise RecipeError(field, "is not a PNG picture") from error
    grey = rgb.convert("L")
    return grey if alpha is None else ImageChops.multiply(grey, alpha)
