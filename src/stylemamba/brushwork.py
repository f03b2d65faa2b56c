"""Brushwork: a picture repainted with strokes that lie along the edges of its photo.

Networks of this size decide on colours and contours well, and leave a fine crumple where a painter
would lay one stroke. So a picture in a painterly style is painted once more, from broad strokes to
fine ones: each has one colour, bristles and a ridge that catches light, and fine ones go only where
the photo has something to tell. Where and how they lie depends on the photo and the seed alone.

NumPy only: the script that `stylemamba export` writes brings this file along.

Source: the layers of brushes are those of Hertzmann, "Painterly Rendering with Curved Brush Strokes
of Multiple Sizes" (1998), with short straight strokes that are found per pixel, as cells are by
Worley, "A Cellular Texture Basis Function" (1996), so that cost does not depend on their number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

LAYERS = ((10.0, 0.0), (4.0, 0.03))
"""Width of the strokes in pixels, and deviation of the photo from which there are any."""
SIDE = 450.0
"""Longer side in pixels of a photo whose strokes have the widths of `LAYERS`; others' scale."""
OPACITY = 0.65
"""Of natural strokes: the style's own marks, which the networks painted, show through."""
ASPECT = 4.0  # length of a stroke in widths
FULLNESS = 1.24  # of a stroke's width: neighbours overlap
REACH = 2  # cells of the grid that a stroke can reach: half its length
CANDIDATES = range(2 * REACH + 1)
ANGLE_JITTER, SHADE, BRISTLE = 0.12, 0.02, 0.015
HUE, CHROMA = 0.2, 0.12  # how much strokes differ: radians, and the logarithm of their chroma
BRISTLES = 9
RELIEF = 0.06  # of light on ridges
DAB = 0.4  # half the side of what a stroke's colour is the mean of, in widths
FLOW = 60.0  # length over which strokes turn where there are no edges, in pixels
FAINT_EDGE = 0.015  # change of luma in `PITCH` pixels below which a direction is a matter of chance
DETAIL = 0.006  # variance of the photo within few pixels from which the picture shows through
EDGE_RADIUS = 6.0  # within which edges decide on a direction, in pixels
PITCH = 2  # of the grid of what strokes follow, in pixels
BAND = 64  # rows that are worked on at once: they fit into a core's cache
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def brushwork(
    picture: Array, photo: Array, amount: float = 1.0, seed: int = 0, stroke: float = 1.0
) -> Array:
    """Repaints a picture.

    Args:
        picture: (3, h, w) in [0, 1].
        photo: That it was made from, (3, h, w) in [0, 1].
        amount: How much of the strokes; 1 is natural, 0 none.
        seed: Of their places.
        stroke: Their size; 1 is natural, 2 twice as large. They are never wider than the photo.

    Returns:
        (3, h, w) in [0, 1], float32.
    """
    rng = np.random.default_rng(seed)
    side = max(photo.shape[1:])
    scale = min(stroke * side / SIDE, side / LAYERS[0][0])
    ground = _Ground(np.tensordot(LUMA, photo, 1).astype(np.float32), scale, rng)
    layers: list[_Strokes] = []
    top = np.full(ground.shape, -1, dtype=np.int32)
    for width, least in LAYERS:
        strokes = _Strokes(ground, picture, width, least, rng)
        number = strokes.topmost()
        top = np.where(number >= 0, number + sum(layer.count for layer in layers), top)
        layers.append(strokes)
    paint = _laid(layers, top, rng)
    opacity = np.float32(min(1.0, OPACITY * amount)) * (1 - ground.detail()) * (top >= 0)
    return (picture + opacity * (paint - picture)).clip(0, 1)


class _Ground:
    """What strokes follow of a photo, on a grid of `pitch` pixels.

    Args:
        luma: (h, w).
        scale: Of the strokes.
        rng: Of the directions where there are no edges.

    Attributes:
        angle: Of the strokes, 0 to pi, on the grid.
    """

    def __init__(self, luma: Array, scale: float, rng: np.random.Generator) -> None:
        self.shape, self.scale = luma.shape, scale
        self.pitch = max(1, round(PITCH * scale))
        padding = [(0, -length % self.pitch) for length in luma.shape]
        padded = np.pad(luma, padding, mode="edge")
        blocks = padded.reshape(
            padded.shape[0] // self.pitch, self.pitch, padded.shape[1] // self.pitch, self.pitch
        )
        mean = blocks.mean((1, 3))
        self.moments = np.stack([mean, np.square(blocks).mean((1, 3))])
        # The squared gradient, as a complex number, has twice the gradient's angle: so opposite
        # gradients add up (the structure tensor).
        down, right = _gradient(_box(mean, 1))
        edges = np.stack([right**2 - down**2, 2 * right * down])
        knots = [int(length / (FLOW * scale)) + 2 for length in luma.shape]
        chance = rng.standard_normal((2, *knots), dtype=np.float32)
        swirl = np.stack([_spread(part, mean.shape) for part in chance])
        around = round(EDGE_RADIUS / PITCH)
        real, imaginary = _box(_box(edges, around), around) + FAINT_EDGE**2 * swirl
        self.angle = (np.arctan2(imaginary, real) + np.float32(np.pi)) / 2

    def at(self, cells: Array, place: tuple[Array, Array]) -> Array:
        """The values of a map on the grid at places (y, x) in pixels."""
        values: Array = cells[place[0] // self.pitch, place[1] // self.pitch]
        return values

    def variance(self, radius: float) -> Array:
        """Of the luma within a radius in pixels, on the grid."""
        mean, square = _box(self.moments, max(1, round(radius / self.pitch)))
        variance: Array = (square - mean * mean).clip(0)
        return variance

    def detail(self) -> Array:
        """How much of its fine detail should be left, 0 to 1, (h, w)."""
        variance = self.variance(self.pitch)
        return _spread(_box(variance / (variance + DETAIL), 1), self.shape)


class _Strokes:
    """Strokes of one width, one in every cell of a grid that goes `REACH` cells beyond the photo.

    In a stroke's own coordinates, l along it and c across, both affine in the pixel's y and x, it
    is where l^4 + c^2 < 1.

    Args:
        ground: They follow it.
        picture: (3, h, w), of whose colours they are.
        width: In pixels, at scale 1; also the side of the cells.
        least: Deviation of the ground around a stroke from which it is there.
        rng: Of places, angles, order and differences in colour.
    """

    def __init__(
        self,
        ground: _Ground,
        picture: Array,
        width: float,
        least: float,
        rng: np.random.Generator,
    ) -> None:
        self.shape = ground.shape
        self.side = side = max(3, round(width * ground.scale))
        self.cells = tuple(-(-length // side) for length in self.shape)
        grid = tuple(count + 2 * REACH for count in self.cells)
        self.count = grid[0] * grid[1]
        y = (np.arange(grid[0])[:, None] - REACH + rng.random(grid)) * side
        x = (np.arange(grid[1])[None] - REACH + rng.random(grid)) * side
        self.centre = self._inside(y, x)
        angle = ground.at(ground.angle, self.centre)
        angle = angle + ANGLE_JITTER * rng.standard_normal(grid)
        down, right = np.sin(angle), np.cos(angle)
        long, wide = 2 / (ASPECT * side), 2 / (FULLNESS * side)
        along = [down * long, right * long, -(y * down + x * right) * long]
        across = [right * wide, -down * wide, -(y * right - x * down) * wide]
        self.coordinates = np.stack(along + across).astype(np.float32)
        present = ground.at(ground.variance(side / 2), self.centre) >= least**2
        order = rng.permutation(self.count).reshape(grid) + 1
        self.order = (order * present).astype(np.float32)
        self.colour = self._dipped(picture, rng)

    def _inside(self, y: Array, x: Array) -> tuple[Array, Array]:
        """Places as pixels of the photo."""
        return (
            y.astype(int).clip(0, self.shape[0] - 1),
            x.astype(int).clip(0, self.shape[1] - 1),
        )

    def _dipped(self, picture: Array, rng: np.random.Generator) -> Array:
        """Colours (3, rows, columns): the picture's at nine places around each centre, varied."""
        y, x = self.centre
        steps = [round(step * DAB * self.side) for step in (-1, 0, 1)]
        places = [self._inside(y + i, x + j) for i in steps for j in steps]
        colour = np.mean([picture[:, down, right] for down, right in places], axis=0)
        shade, gain, turn = rng.standard_normal((3, *self.order.shape), dtype=np.float32)
        grey = colour.mean(0)
        # Broken colour: a hue lies in the plane across the grey axis, and turns in it.
        hue = colour - grey
        turned = np.roll(hue, 1, axis=0) - np.roll(hue, -1, axis=0)
        turn = HUE * turn
        hue = np.cos(turn) * hue + np.sin(turn) / np.sqrt(np.float32(3)) * turned
        varied: Array = grey + SHADE * shade + np.exp(CHROMA + CHROMA * gain) * hue
        return varied

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
        for down in CANDIDATES:
            for right in CANDIDATES:
                ly, lx, l0, cy, cx, c0, order = pixels[
                    :, first + down : last + down, None, right * side : right * side + width
                ]
                np.multiply(ly, y, out=inside)
                np.add(inside, lx * x + l0, out=inside)
                np.square(inside, out=inside)
                np.square(inside, out=inside)
                np.multiply(cy, y, out=across)
                np.add(across, cx * x + c0, out=across)
                np.square(across, out=across)
                np.add(inside, across, out=inside)
                np.multiply(inside < 1, order, out=inside)
                np.maximum(top, inside, out=top)
        return top.reshape(-1, width)


def _laid(layers: list[_Strokes], top: Array, rng: np.random.Generator) -> Array:
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
    ridge = np.sqrt((1 - along**4 - across**2).clip(0)) + 10 * BRISTLE * hair
    down, right = _gradient(ridge)
    light = (-0.7 * (down + right)).clip(-1, 1)  # from above on the left
    paint: Array = np.take(colours, top, axis=1) + BRISTLE * hair + RELIEF * light
    return paint


def _spread(knots: Array, shape: tuple[int, ...]) -> Array:
    """Bilinear interpolation of (r, c), r and c at least 2, to a shape."""
    for axis, length in enumerate(shape):
        place = np.linspace(0, knots.shape[axis] - 1, length, dtype=np.float32)
        low = place.astype(int).clip(0, knots.shape[axis] - 2)
        part = (place - low).astype(np.float32).reshape(-1, *(1,) * (1 - axis))
        knots = (1 - part) * knots.take(low, axis) + part * knots.take(low + 1, axis)
    return knots


def _gradient(maps: Array) -> tuple[Array, Array]:
    """Central differences (h, w), down and to the right, with borders repeated."""
    padded = np.pad(maps, 1, mode="edge")
    return (
        (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2,
        (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2,
    )


def _box(maps: Array, radius: int) -> Array:
    """Means over windows of the last two axes, of 2 radius + 1 pixels, with borders repeated."""
    for axis in (-2, -1):
        around = [(0, 0)] * maps.ndim
        around[axis] = (radius + 1, radius)
        sums = np.pad(maps, around, mode="edge").cumsum(axis, dtype=np.float64)
        sums = np.moveaxis(sums, axis, -1)
        window = sums[..., 2 * radius + 1 :] - sums[..., : -2 * radius - 1]
        maps = np.moveaxis(window / (2 * radius + 1), -1, axis).astype(np.float32)
    return maps
