"""Clean masses of colour: what lies beneath the other marks.

Networks of this size leave a lattice of fine crumple and halos in a picture; a painter lays masses.
So every place takes the colour of the calmest windows around it, calm in the photo above all, and
fine lines, as of eyes and mouths, come back as the photo has them.

Sources: Papari, Petkov and Campisi, "Artistic Edge and Corner Enhancing Smoothing" (2007): sectors
weighted by their inverse variance; Kyprianidis and Kang, "Image and Video Abstraction by
Anisotropic Kuwahara Filtering" (2009) and Kyprianidis (2011), several scales; here sectors are
shifted boxes. Lines: the local linear model of He, Sun and Tang, "Guided Image Filtering" (2010).
"""

from __future__ import annotations

import numpy as np

from ..geometry import LUMA, Array, box, luma
from ..sampling import blocks, enlarged
from .ground import Ground
from .paint import Amount, over

SECTORS = 8
FINE, MIDDLE, BROAD = 1.5, 3.5, 8.0
"""Half sides of windows in pixels, at scale 1: of colour, there are no fine ones."""
DISTANCE = 1.2  # of a window's middle, in half sides
CALM = 4e-4  # variance from which windows count less
SHARPNESS = 3  # power of the inverse variance
BLOCK = 2  # side in pixels, at scale 1, of the blocks that broad windows and colour are made of
COLOUR = 0.7  # of the photo, beside its luma, where calm is looked for
CRUMPLE = 0.5  # of the picture's luma, there
GAIN_RADIUS = 3  # within which the picture's contrast is compared to the photo's, in blocks
GAIN = 1.5  # of the photo's lines, at most
FAINT = 5e-4  # variance below which the photo has no lines
LINES = 1.1  # how much of them comes back where the photo has detail
CONTRAST = 1.2  # by which lightness is spread, at most, where calm took its contrast


def paint_masses(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) without crumple, halos and coloured fringes; see `brushwork`."""
    clean = _cleaned(picture, ground)
    return over(picture, clean, amount)


def _cleaned(picture: Array, ground: Ground) -> Array:
    light, guide = luma(picture), luma(ground.photo)
    guides = np.stack([guide, *(COLOUR * (ground.photo[::2] - guide)), CRUMPLE * light])
    sources = np.stack([light, guide, *(picture[::2] - light)])

    block = max(BLOCK, round(BLOCK * ground.scale))
    coarse, coarse_guides = blocks(sources, block), blocks(guides, block)
    middle = _calmest(coarse, coarse_guides, MIDDLE, ground.scale / block)
    broad = _calmest(coarse, coarse_guides, BROAD, ground.scale / block)
    chroma = (middle + broad)[2:]
    chroma = chroma[:-1] / chroma[-1]
    sums = enlarged(broad[[0, 1, 4]], block, light.shape)
    for radius in (FINE, MIDDLE):
        sums += _calmest(sources[:2], guides, radius, ground.scale)
    smooth, smooth_guide = sums[:-1] / sums[-1]

    lines = enlarged(_gain(coarse[0], coarse[1]), block, light.shape) * (guide - smooth_guide)
    smooth += LINES * ground.detail() * lines
    contrast = (light.std() / (smooth.std() + 1e-6)).clip(1, CONTRAST)
    smooth = light.mean() + contrast * (smooth - light.mean())
    red, blue = enlarged(chroma, block, light.shape)
    green = -(LUMA[0] * red + LUMA[2] * blue) / LUMA[1]
    return (smooth + np.stack([red, green, blue])).astype(np.float32)


def _calmest(maps: Array, guides: Array, radius: float, scale: float) -> Array:
    """Weighted sums of maps over windows around every pixel, calm ones first.

    Args:
        maps: (c, h, w), that are smoothed.
        guides: (k, h, w), of which calm windows have little variance.
        radius: Half the windows' side, at scale 1; wide ones weigh more.
        scale: Of the windows.

    Returns:
        (c + 1, h, w): sums of the maps, and of the weights.
    """
    height, width = maps.shape[1:]
    far = DISTANCE * radius * scale
    border = int(np.ceil(far))
    whole = max(1, round(radius * scale))
    centred = guides - guides.mean((1, 2), keepdims=True)
    moments = box(np.concatenate([maps, centred, np.square(centred).sum(0)[None]]), whole)
    variance = (moments[-1] - np.square(moments[len(maps) : -1]).sum(0)).clip(0)
    weight = (radius / (1 + variance / np.float32(CALM))) ** SHARPNESS
    windows = np.concatenate([weight * moments[: len(maps)], weight[None]])
    windows = np.pad(windows, ((0, 0), (border, border), (border, border)), mode="edge")
    sums = np.zeros((len(maps) + 1, height, width), dtype=np.float32)
    for turn in 2 * np.pi * (np.arange(SECTORS) + 0.5) / SECTORS:
        down = border + round(far * np.sin(turn))
        right = border + round(far * np.cos(turn))
        sums += windows[:, down : down + height, right : right + width]
    return sums


def _gain(light: Array, guide: Array) -> Array:
    """How strongly, and with which sign, the picture follows the photo's luma, (h, w)."""
    maps = np.stack([light, guide, guide * guide, light * guide])
    picture, photo, square, product = box(maps, GAIN_RADIUS)
    gain: Array = (product - picture * photo) / (square - photo * photo + np.float32(FAINT))
    return gain.clip(-GAIN, GAIN)
