"""Planes of analytic cubism: what is seen is broken up into tilted, overlapping planes.

Source: the manner of Braque and Picasso from 1909 to 1912, as Kahnweiler describes it in "The Rise
of Cubism" (1920): planes with straight edges, each shaded from dark to light across, open on some
sides, and each showing its part of the subject from a little elsewhere. They are found per pixel,
as strokes are in `brush`.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma
from .colour import GUIDE, NOISE, means
from .filters import guided
from .ground import Ground
from .paint import Amount, over
from .sampling import blocks
from .tones import stepped

LAYERS = ((64.0, 0.0, 1.0), (36.0, 0.08, 0.75), (19.0, 0.18, 0.45))
"""Of each layer, the side of the cells that planes come in, in pixels at scale 1, the deviation of
the photo around a plane from which it is there, and how flat and how shaded it is."""
SCAFFOLD = 6  # directions of planes, in half a turn
TILT = 0.12  # deviation from them, in radians
LENGTH, WIDTH = (0.72, 1.05), (0.45, 0.78)  # halves of a plane's, in sides, from and to
SLANT = 0.35  # deviation of a plane's ends from right angles, in radians
SHIFT, ZOOM = 0.065, 0.06  # deviations of what a plane shows, in sides and as a factor
OPEN = 0.5  # share of planes that have no contours at their ends
PHOTO = 0.35  # share of the photo in the colours
FLATNESS = 0.3  # share of a plane's mean colour in what a plane of the broadest shows
SHADE, DUSK = 0.25, 0.2  # change of light across a plane; where it is unchanged, -1 to 1
CONTRAST, CHROMA = 1.2, 1.3  # factors
CONTOUR = 1.4  # width in pixels, at scale 1
INK = np.float32(0.75)  # opacity of contours
HAIRS, HAIR = 24, 0.012  # streaks of the brush across a plane, and the deviation of their light
MASS = 3.7  # radius of the window within which tones are evened out, in pixels at scale 1
MASS_NOISE = 0.06  # deviation of luma that is evened out there
STEPS, BORDER, STEPPED = 6, 0.45, 0.65  # of tones: number, softness of borders, and share
ACROSS = 3  # cells along an axis from which planes reach a pixel
BAND = 64  # rows that are worked on at once: they fit into a core's cache
NO_PLANE = np.array([0, 0, 0, 0, 0, 0, np.inf, np.inf, 1, 0, 0, 0], dtype=np.float32)[:, None]


def paint_planes(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in cubist planes, in [0, 1]; see `brushwork`."""
    layers = [_Planes(ground, *layer, rng) for layer in LAYERS]
    planes = np.concatenate([layer.values for layer in layers] + [NO_PLANE], axis=1)
    top = np.full(ground.shape, planes.shape[1] - 1, dtype=np.int32)
    first = 0
    for layer in layers:
        number = layer.topmost()
        top = np.where(number >= 0, number + first, top)
        first += layer.count
    uy, ux, u0, vy, vx, v0, end, side, zoom, down, right, weight = (
        part.take(top) for part in planes
    )
    y = np.arange(ground.shape[0], dtype=np.float32)[:, None]
    x = np.arange(ground.shape[1], dtype=np.float32)
    u, v = uy * y + ux * x + u0, vy * y + vx * x + v0
    there = ground.inside(zoom * y + down, zoom * x + right)
    shown = _subject(picture, ground)[:, there[0], there[1]]
    mean = means(shown, top, planes.shape[1])
    shown += FLATNESS * weight * (np.take(mean, top, axis=1) - shown)
    hair = rng.standard_normal((planes.shape[1], HAIRS), dtype=np.float32)
    shown += HAIR * hair[top, ((u + 1) * (HAIRS / 2)).astype(np.int32).clip(0, HAIRS - 1)]
    light = SHADE * weight * (v - DUSK)
    shown += light * (shown + np.float32(0.3))
    edge = np.minimum((1 - np.abs(u)).clip(1e-6) * end, (1 + v) * side)
    shown *= 1 - INK * (CONTOUR * np.float32(ground.scale) + 0.5 - edge).clip(0, 1)
    return over(picture, shown, amount)


def _subject(picture: Array, ground: Ground) -> Array:
    """What planes show: the picture's colours (3, h, w) in the photo's masses."""
    colours = PHOTO * ground.photo + (1 - PHOTO) * picture
    colours = guided(blocks(colours, ground.pitch), ground.moments[0], GUIDE, NOISE).clip(0, 1)
    grey = luma(colours)
    middle = grey.mean()
    colours = middle + CONTRAST * (grey - middle) + CHROMA * (colours - grey)
    subject = ground.spread(colours)
    tones = luma(ground.photo)
    tones = guided(tones, tones, MASS * ground.scale, MASS_NOISE).clip(0, 1)
    tones += STEPPED * (stepped(tones, STEPS, BORDER) - tones)
    subject += tones - luma(subject)
    return subject


class _Planes:
    """One plane in every cell of a grid that goes a cell beyond the photo.

    Args:
        ground: Planes are tilted as its edges run.
        side: Of the cells in pixels, at scale 1.
        least: Deviation of the ground around a plane from which it is there.
        weight: How flat and how shaded it is.
        rng: Of everything else.

    Attributes:
        count: Number of planes.
        values: (12, count) as in `NO_PLANE`. u is -1 and 1 at a plane's ends, v at its sides: both
            are affine in the pixel's y and x, with three factors each. Then, how many pixels a unit
            of u and of v is, infinite for an open end; the factor and the offsets that give the
            place which is shown at a place; and the weight.
    """

    def __init__(
        self, ground: Ground, side: float, least: float, weight: float, rng: np.random.Generator
    ) -> None:
        self.shape = ground.shape
        self.side = width = max(4, round(side * ground.scale))
        self.cells = tuple(-(-length // width) for length in self.shape)
        grid = tuple(count + ACROSS - 1 for count in self.cells)
        self.count = grid[0] * grid[1]
        y = (np.arange(grid[0])[:, None] - 1 + rng.random(grid)) * width
        x = (np.arange(grid[1])[None] - 1 + rng.random(grid)) * width
        centre = ground.inside(y, x)
        step = np.pi / SCAFFOLD
        angle = (ground.at(ground.angle, centre) / step).round() * step
        angle += TILT * rng.standard_normal(grid) + np.pi * rng.integers(2, size=grid)
        slant = angle + SLANT * rng.standard_normal(grid)
        long, wide = rng.uniform(*LENGTH, grid) * width, rng.uniform(*WIDTH, grid) * width
        uy, ux = np.sin(slant) / long, np.cos(slant) / long
        vy, vx = np.cos(angle) / wide, -np.sin(angle) / wide
        zoom = 1 + ZOOM * rng.standard_normal(grid)
        down, right = SHIFT * width * rng.standard_normal((2, *grid))
        end = np.where(rng.random(grid) < OPEN, np.inf, long)
        values = [uy, ux, -(uy * y + ux * x), vy, vx, -(vy * y + vx * x), end, wide]
        values += [zoom, (1 - zoom) * y + down, (1 - zoom) * x + right, np.full(grid, weight)]
        self._grid = np.stack(values).astype(np.float32)
        self.values = self._grid.reshape(len(values), -1)
        present = ground.at(ground.variance(width / 2), centre) >= least**2
        self._order = (rng.permutation(self.count).reshape(grid) + 1) * present

    def topmost(self) -> Array:
        """Number (h, w) of the plane that is seen at every pixel, -1 where there is none."""
        numbers = np.full(self.count + 1, -1, dtype=np.int32)
        numbers[self._order] = np.arange(self.count).reshape(self._order.shape)
        numbers[0] = -1
        order = self._order[None].astype(np.float32)
        # Columns are of pixels, not of cells: NumPy is slow on short rows.
        pixels = np.concatenate([self._grid[:6], order]).repeat(self.side, axis=2)
        rows = max(1, BAND // self.side)
        bands = [
            self._topmost(pixels, first, min(first + rows, self.cells[0]))
            for first in range(0, self.cells[0], rows)
        ]
        top = np.concatenate(bands)[: self.shape[0], : self.shape[1]]
        return numbers[top.astype(np.int32)]

    def _topmost(self, pixels: Array, first: int, last: int) -> Array:
        """The highest order of a plane at every pixel of some rows of cells, 0 without one."""
        side, width = self.side, self.cells[1] * self.side
        y = np.arange(first * side, last * side, dtype=np.float32).reshape(-1, side, 1)
        x = np.arange(width, dtype=np.float32)
        top = np.zeros((last - first, side, width), dtype=np.float32)
        for i, j in np.ndindex(ACROSS, ACROSS):
            here = slice(j * side, j * side + width)
            uy, ux, u0, vy, vx, v0, order = pixels[:, first + i : last + i, None, here]
            u = np.abs(uy * y + (ux * x + u0))
            v = np.abs(vy * y + (vx * x + v0))
            np.maximum(top, (np.maximum(u, v) < 1) * order, out=top)
        return top.reshape(-1, width)
