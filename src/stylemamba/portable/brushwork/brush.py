"""Strokes of a brush, from broad ones to fine ones.

Each has one colour, bristles and a ridge that catches light; fine ones go only where the photo has
something to tell.

Source: the layers of brushes are those of Hertzmann, "Painterly Rendering with Curved Brush Strokes
of Multiple Sizes" (1998), with short straight strokes that are found per pixel, as cells are by
Worley, "A Cellular Texture Basis Function" (1996), so that cost does not depend on their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import Array
from .ground import Ground
from .paint import Amount, lit, opaque, over, varied

ANGLE_JITTER, BRISTLE = 0.12, 0.015
BRISTLES = 9
RELIEF = 0.06  # of light on ridges
DAB = 0.4  # half the side of what a stroke's colour is the mean of, in widths
BAND = 64  # rows that are worked on at once: they fit into a core's cache


@dataclass(frozen=True)
class Brush:
    """A kind of stroke.

    Attributes:
        layers: Of each layer, the width of its strokes in pixels, which is the side of the cells
            that they come in, and the deviation of the photo from which there are any.
        aspect: Length of a stroke in widths.
        fullness: Of a stroke's width: neighbours overlap.
        blunt: A stroke is where |l|^(2 blunt) + c^2 < 1, l along it and c across.
        opacity: Of natural strokes: the style's own marks, which the networks painted, show
            through.
        hue: How much strokes differ in hue, in radians.
        chroma: Logarithm by which they are more colourful than the picture, and by which they
            differ in that.
        tint: How much they differ in each channel: on grey ground, too.
        shade: How much they differ in lightness.
    """

    layers: tuple[tuple[float, float], ...]
    aspect: float
    fullness: float
    blunt: int
    opacity: float
    hue: float
    chroma: float
    tint: float
    shade: float

    @property
    def reach(self) -> int:
        """Cells of the grid that a stroke can reach: half its length."""
        return int(np.ceil(max(self.aspect, self.fullness) / 2))


STROKES = Brush(
    layers=((10.0, 0.0), (4.0, 0.03)),
    aspect=4.0,
    fullness=1.24,
    blunt=2,
    opacity=0.65,
    hue=0.2,
    chroma=0.12,
    tint=0.0,
    shade=0.02,
)


def paint_strokes(
    brush: Brush, picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) under strokes of a brush, in [0, 1]; see `brushwork`."""
    layers: list[_Strokes] = []
    top = np.full(ground.shape, -1, dtype=np.int32)
    for width, least in brush.layers:
        strokes = _Strokes(ground, picture, brush, width, least, rng)
        number = strokes.topmost()
        top = np.where(number >= 0, number + sum(layer.count for layer in layers), top)
        layers.append(strokes)
    paint = _laid(layers, brush, top, rng)
    opacity = opaque(brush.opacity * amount) * (1 - ground.detail()) * (top >= 0)
    return over(picture, paint, opacity)


class _Strokes:
    """Strokes of one width, one in every cell of a grid that goes `reach` cells beyond the photo.

    A stroke's own coordinates, l along it and c across, are affine in the pixel's y and x.

    Args:
        ground: They follow it.
        picture: (3, h, w), of whose colours they are.
        brush: Their kind.
        width: In pixels, at scale 1; also the side of the cells.
        least: Deviation of the ground around a stroke from which it is there.
        rng: Of places, angles, order and differences in colour.
    """

    def __init__(
        self,
        ground: Ground,
        picture: Array,
        brush: Brush,
        width: float,
        least: float,
        rng: np.random.Generator,
    ) -> None:
        self.shape, self.brush = ground.shape, brush
        self.side = side = max(3, round(width * ground.scale))
        self.cells = tuple(-(-length // side) for length in self.shape)
        grid = tuple(count + 2 * brush.reach for count in self.cells)
        self.count = grid[0] * grid[1]
        y = (np.arange(grid[0])[:, None] - brush.reach + rng.random(grid)) * side
        x = (np.arange(grid[1])[None] - brush.reach + rng.random(grid)) * side
        centre = ground.inside(y, x)
        angle = ground.at(ground.angle, centre)
        angle = angle + ANGLE_JITTER * rng.standard_normal(grid)
        down, right = np.sin(angle), np.cos(angle)
        long, wide = 2 / (brush.aspect * side), 2 / (brush.fullness * side)
        along = [down * long, right * long, -(y * down + x * right) * long]
        across = [right * wide, -down * wide, -(y * right - x * down) * wide]
        self.coordinates = np.stack(along + across).astype(np.float32)
        present = ground.at(ground.variance(side / 2), centre) >= least**2
        order = rng.permutation(self.count).reshape(grid) + 1
        self.order = (order * present).astype(np.float32)
        # Dipped into the picture at nine places around the centre.
        y, x = centre
        steps = [round(step * DAB * side) for step in (-1, 0, 1)]
        places = [ground.inside(y + i, x + j) for i in steps for j in steps]
        colour = np.mean([picture[:, down, right] for down, right in places], axis=0)
        self.colour = varied(
            colour,
            rng,
            shade=brush.shade,
            hue=brush.hue,
            chroma=brush.chroma,
            chroma_jitter=brush.chroma,
            tint=brush.tint,
        )

    def topmost(self) -> Array:
        """Number (h, w) of the stroke that is seen at every pixel, -1 where there is none."""
        numbers = np.full(self.count + 1, -1, dtype=np.int32)
        numbers[self.order.ravel().astype(int)] = np.arange(self.count)
        numbers[0] = -1
        # Their coordinates at the columns of pixels, not of cells: NumPy is slow on short rows.
        pixels = np.repeat(np.stack([*self.coordinates, self.order]), self.side, axis=2)
        rows = max(1, BAND // self.side)
        bands = [
            self._topmost(pixels, first, min(first + rows, self.cells[0]))
            for first in range(0, self.cells[0], rows)
        ]
        order = np.concatenate(bands)[: self.shape[0], : self.shape[1]]
        return numbers[order.astype(np.int32)]

    def _topmost(self, pixels: Array, first: int, last: int) -> Array:
        """The highest order of a stroke at every pixel of some rows of cells, 0 without one."""
        side, width = self.side, self.cells[1] * self.side
        y = np.arange(first * side, last * side, dtype=np.float32).reshape(-1, side, 1)
        x = np.arange(width, dtype=np.float32)
        top = np.zeros((last - first, side, width), dtype=np.float32)
        inside, across = np.empty_like(top), np.empty_like(top)
        candidates = range(2 * self.brush.reach + 1)
        for down in candidates:
            for right in candidates:
                ly, lx, l0, cy, cx, c0, order = pixels[
                    :, first + down : last + down, None, right * side : right * side + width
                ]
                np.multiply(ly, y, out=inside)
                np.add(inside, lx * x + l0, out=inside)
                for _ in range(self.brush.blunt):
                    np.square(inside, out=inside)
                np.multiply(cy, y, out=across)
                np.add(across, cx * x + c0, out=across)
                np.square(across, out=across)
                np.add(inside, across, out=inside)
                np.multiply(inside < 1, order, out=inside)
                np.maximum(top, inside, out=top)
        return top.reshape(-1, width)


def _laid(layers: list[_Strokes], brush: Brush, top: Array, rng: np.random.Generator) -> Array:
    """The paint (3, h, w) of the strokes that are on top, numbered through all layers."""
    ly, lx, l0, cy, cx, c0 = np.concatenate(
        [layer.coordinates.reshape(6, -1) for layer in layers], axis=1
    )
    colours = np.concatenate([layer.colour.reshape(3, -1) for layer in layers], axis=1)
    y = np.arange(top.shape[0], dtype=np.float32)[:, None]
    x = np.arange(top.shape[1], dtype=np.float32)[None]
    along = ly[top] * y + lx[top] * x + l0[top]
    across = cy[top] * y + cx[top] * x + c0[top]
    hairs = rng.standard_normal((colours.shape[1], BRISTLES), dtype=np.float32)
    hair = hairs[top, ((across + 1) * (BRISTLES / 2)).astype(np.int32).clip(0, BRISTLES - 1)]
    ridge = np.sqrt((1 - along ** (2 * brush.blunt) - across**2).clip(0)) + 10 * BRISTLE * hair
    paint: Array = np.take(colours, top, axis=1) + BRISTLE * hair + RELIEF * lit(ridge)
    return paint
