"""Painting what is finer: a picture becomes as large as a photo that is larger than it is.

A photo is painted whole up to `pyramid.LARGEST`, which decides on composition, colours, fields and
marks. From there on, each step to a larger size needs nothing but what is around each place, and is
made tile by tile, in as much memory as a tile takes. A step adds to the enlarged picture

- the photo's own finer detail, as much as the picture shows of it: locally, the picture's finest
  detail is a multiple of the photo's, by least squares, and so the detail that is finer still;
- finer detail of the paint: what is left of the picture's finest detail, the borders of marks and
  their grain, taken from where the picture, blurred, looks as the enlarged picture does here.

Source of the second: Freedman and Fattal, "Image and Video Upscaling from Local Self-Examples"
(2011), whose observation is that edges look alike at all sizes, and are found nearby.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from . import pyramid
from .geometry import Array, box, luma
from .recipe import Recipe
from .resampling import Read, Resampling

MOST = 2.25
"""How much larger one step makes a picture at most: examples are for edges of about that size."""
TILE = 256
"""Side of the tiles in pixels: what a tile needs stays in a core's cache."""
AROUND = 8  # radius in pixels within which detail of picture and photo are compared
FAINT = np.float32(2e-5)  # variance of a photo's detail of which nothing is said
GAIN = np.float32(1.2)  # of a photo's detail in a picture, at most
SEARCH, PATCH = 1, 1  # radii in pixels: where examples are looked for, and of what is compared
NEARER = 0.05  # by how much an example a pixel away has to be better
PAINT = np.float32(0.85)  # share of finer paint: all of it makes borders hard
NOTHING = np.float32(0.5 / 255)  # detail of the paint below which there is none

Window = tuple[slice, slice]
OnTile = Callable[[int, int], None]


def _nobody(*_: int) -> None:
    """Hears nothing."""


def goes_beyond(recipe: Recipe, long_side: int) -> bool:
    """Whether a photo of that longer side in pixels is painted finer than `pyramid.LARGEST`.

    The borders of seamless tiles would not fit together any more: they are enlarged.
    """
    return min(recipe.size or long_side, long_side) > pyramid.LARGEST and not recipe.tile


def finer(picture: Array, photo: Array, workers: int = 1, on_tile: OnTile = _nobody) -> Array:
    """A picture at the size of its photo.

    Args:
        picture: (3, h, w) in [0, 1], what a smaller copy of the photo became.
        photo: (H, W, 3), whole numbers of 8 or 16 bits, or floating point in [0, 1]; no smaller
            than the picture on either side.
        workers: Tiles that are made at a time; the result does not depend on it.
        on_tile: Hears after each tile how many are done, and of how many; what it raises ends the
            work.

    Returns:
        (H, W, 3), of the kind of the photo.
    """
    steps = sizes(picture.shape[1:], photo.shape[:2])
    counts = [len(_windows(size)) for size in steps]
    made = picture.transpose(1, 2, 0)
    for place, size in enumerate(steps):
        hear = partial(_heard, on_tile, sum(counts[:place]), sum(counts))
        larger = photo if place == len(steps) - 1 else _shrunk(photo, size, workers)
        made = _step(made, larger, workers, hear)
    return made


def _heard(on_tile: OnTile, before: int, total: int, done: int) -> None:
    on_tile(before + done, total)


def sizes(start: tuple[int, ...], end: tuple[int, ...]) -> list[tuple[int, int]]:
    """The sizes (h, w) of the steps from one to another, the last one included, at least one."""
    ratio = max(end[0] / start[0], end[1] / start[1])
    count = max(1, math.ceil(math.log(ratio) / math.log(MOST) - 1e-9))
    between = [
        tuple(round(a * (b / a) ** (k / count)) for a, b in zip(start, end, strict=True))
        for k in range(1, count)
    ]
    return [*((height, width) for height, width in between), (end[0], end[1])]


@dataclass(frozen=True)
class _Step:
    """One step. Nothing is kept of it but pictures: what a tile depends on is found with it.

    Attributes:
        picture: (h, w, 3).
        small: The photo at that size, (h, w, 3).
        photo: At the next size, (H, W, 3).
        enlarging: From that size to the next.
        shrinking: To the size that is as much smaller.
        restoring: And back.
    """

    picture: Array
    small: Array
    photo: Array
    enlarging: Resampling
    shrinking: Resampling
    restoring: Resampling

    @classmethod
    def of(cls, picture: Array, small: Array, photo: Array) -> _Step:
        size, larger = picture.shape[:2], photo.shape[:2]
        coarse = tuple(max(1, round(a * a / b)) for a, b in zip(size, larger, strict=True))
        return cls(
            picture,
            small,
            photo,
            Resampling.of(size, larger),
            Resampling.of(size, coarse),
            Resampling.of(coarse, size),
        )

    def tile(self, rows: slice, columns: slice) -> Array:
        """The picture at the next size, (3, ...), within a window."""
        known = _Known.of(self, self._source(rows, 0), self._source(columns, 1))
        # One pixel more on each side, as far as there are any, to compare patches.
        high, right = self.photo.shape[:2]
        wide = _widened(rows, PATCH, high), _widened(columns, PATCH, right)
        around = self.enlarging.window(_reader(self.picture), *wide)
        inner = _within(wide, rows, columns)
        enlarged = partial(self.enlarging.window, rows=rows, columns=columns)
        detail = _channels(self.photo[rows, columns]) - enlarged(_reader(self.small))
        shown = _shown(detail, enlarged(known.gains_in))
        missing = [
            (PATCH - part.start, PATCH - (larger.stop - larger.start - part.stop))
            for part, larger in zip(inner, wide, strict=True)
        ]
        light = np.pad(luma(around), missing, mode="edge")
        plain = around[:, inner[0], inner[1]]
        return plain + shown + PAINT * self._paint(known, light, rows, columns)

    def _source(self, window: slice, axis: int) -> slice:
        """Where of the picture the new pixels of a window of an axis come from."""
        needed = (self.enlarging.down, self.enlarging.right)[axis].needed(window)
        places = self._places(window, axis)
        first, last = min(needed.start, places[0]), max(needed.stop, places[-1] + 1)
        return _widened(slice(first, last), SEARCH + PATCH, self.picture.shape[axis])

    def _places(self, window: slice, axis: int) -> Array:
        """The pixel of the picture that each new pixel of a window of an axis lies in."""
        new = np.arange(window.start, window.stop)
        return (2 * new + 1) * self.picture.shape[axis] // (2 * self.photo.shape[axis])

    def _paint(self, known: _Known, light: Array, rows: slice, columns: slice) -> Array:
        """Finer detail of the paint, where the picture is this light, `PATCH` pixels around too."""
        y = self._places(rows, 0) - known.rows.start
        x = self._places(columns, 1) - known.columns.start
        if not known.paint.any():
            return known.paint[:, y[:, None], x]
        down, right = _best(light, luma(known.blurred), y, x)
        height, width = known.paint.shape[1:]
        return known.paint[
            :, (y[:, None] + down).clip(0, height - 1), (x + right).clip(0, width - 1)
        ]

    def blurred(self, maps: Array, rows: slice, columns: slice) -> Array:
        """A window of pictures (h, w, 3) as if they had been enlarged to their size, (3, ...)."""
        return self.restoring.window(
            lambda tall, wide: self.shrinking.window(_reader(maps), tall, wide), rows, columns
        )


@dataclass(frozen=True)
class _Known:
    """What a tile needs to know of the picture that it comes from, in a window of that one.

    Attributes:
        rows: Of the window.
        columns: Likewise.
        blurred: The picture, blurred, (3, h, w).
        gains: How much of the photo's detail it shows, (4, h, w); see `_gains`.
        paint: Its finest detail that is not the photo's, (3, h, w).
    """

    rows: slice
    columns: slice
    blurred: Array
    gains: Array
    paint: Array

    @classmethod
    def of(cls, step: _Step, rows: slice, columns: slice) -> _Known:
        height, width = step.picture.shape[:2]
        wide = _widened(rows, AROUND, height), _widened(columns, AROUND, width)
        blurred = step.blurred(step.picture, *wide)
        of_picture = _channels(step.picture[wide]) - blurred
        of_photo = _channels(step.small[wide]) - step.blurred(step.small, *wide)
        gains = _gains(of_picture, of_photo)
        paint = of_picture - _shown(of_photo, gains)
        paint *= np.abs(paint).max(0) >= NOTHING
        inner = _within(wide, rows, columns)
        return cls(
            rows, columns, *(maps[(slice(None), *inner)] for maps in (blurred, gains, paint))
        )

    def gains_in(self, rows: slice, columns: slice) -> Array:
        """The gains in a window that lies in this one."""
        return self.gains[(slice(None), *_within((self.rows, self.columns), rows, columns))]


def _gains(of_picture: Array, of_photo: Array) -> Array:
    """How much of a photo's detail (3, h, w) a picture shows, by its own.

    The multiples of least squares, times how well they explain the picture: flat paint that ends
    where things end has edges in common with the photo, but none of its detail within.

    Returns:
        (4, h, w): of the luma, a channel each, and of the colours.
    """
    light, grey = luma(of_photo), luma(of_picture)
    squares = box(light * light, AROUND)
    both = box(light * grey, AROUND)
    explained = both * both / ((squares + FAINT) * (box(grey * grey, AROUND) + FAINT))
    scale = explained / (squares + FAINT)
    of_light = np.stack([box(plane * light, AROUND) * scale for plane in of_picture])
    chroma = of_photo - light
    shared = box(((of_picture - grey) * chroma).sum(0), AROUND)
    of_colours = explained * shared / (box(np.square(chroma).sum(0), AROUND) + FAINT)
    return np.concatenate([of_light, of_colours[None]]).clip(-GAIN, GAIN)


def _best(light: Array, examples: Array, y: Array, x: Array) -> tuple[Array, Array]:
    """How far away, down and to the right, the best example for each place of a window is.

    Args:
        light: (h + 2 p, w + 2 p), with p = `PATCH`.
        examples: Where they are looked for, (r, c); its border is repeated.
        y: (h,), the rows of it that are there.
        x: (w,), its columns.
    """
    steps = range(-SEARCH - PATCH, SEARCH + PATCH + 1)
    high, right = (length - 1 for length in examples.shape)
    planes = {
        (i, j): row[:, (x + j).clip(0, right)]
        for i in steps
        for row in [examples[(y + i).clip(0, high)]]
        for j in steps
    }
    shape = (len(y), len(x))
    least = np.full(shape, np.inf, np.float32)
    best = np.zeros((2, *shape), np.int8)
    for i, j in sorted(_square(SEARCH), key=lambda step: math.hypot(*step)):
        unlike = np.zeros(shape, np.float32)
        for k, m in _square(PATCH):
            here = light[PATCH + k :, PATCH + m :][: shape[0], : shape[1]]
            unlike += np.square(here - planes[i + k, j + m])
        unlike *= np.float32(1 + NEARER * (i * i + j * j))
        better = unlike < least
        np.copyto(least, unlike, where=better)
        for offsets, value in zip(best, (i, j), strict=True):
            np.copyto(offsets, np.int8(value), where=better)
    return best[0], best[1]


def _square(radius: int) -> Iterator[tuple[int, int]]:
    around = range(-radius, radius + 1)
    return ((i, j) for i in around for j in around)


def _shown(detail: Array, gains: Array) -> Array:
    """What a picture shows of a photo's detail (3, h, w)."""
    light = luma(detail)
    return gains[:3] * light + gains[3] * (detail - light)


def _step(picture: Array, photo: Array, workers: int, on_done: Callable[[int], None]) -> Array:
    """A picture (h, w, 3) at the size of a photo (H, W, 3), in that one's kind."""
    step = _Step.of(picture, _shrunk(photo, picture.shape[:2], workers), photo)
    made = np.empty_like(photo)

    def make(window: Window) -> None:
        made[window] = _as_kind(step.tile(*window), photo.dtype)

    _each(_windows(photo.shape[:2]), make, workers, on_done)
    return made


def _shrunk(photo: Array, size: tuple[int, ...], workers: int) -> Array:
    """The photo (H, W, 3) at a smaller size (h, w), in 16 bits: half the memory of float32."""
    shrinking = Resampling.of(photo.shape[:2], size)
    made = np.empty((*size, 3), np.uint16)

    def make(window: Window) -> None:
        made[window] = _as_kind(shrinking.window(_reader(photo), *window), made.dtype)

    _each(_windows(size), make, workers)
    return made


def _windows(size: tuple[int, ...]) -> list[Window]:
    """Rows and columns of the tiles of a picture (h, w)."""
    return [
        (slice(top, min(top + TILE, size[0])), slice(left, min(left + TILE, size[1])))
        for top in range(0, size[0], TILE)
        for left in range(0, size[1], TILE)
    ]


def _each(
    windows: Sequence[Window],
    make: Callable[[Window], None],
    workers: int,
    on_done: Callable[[int], None] = _nobody,
) -> None:
    with ThreadPoolExecutor(workers) as pool:
        tiles = [pool.submit(make, window) for window in windows]
        try:
            for done, tile in enumerate(tiles, 1):
                tile.result()
                on_done(done)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _within(larger: Window, rows: slice, columns: slice) -> Window:
    """A window as rows and columns of a larger one that it lies in."""
    top, left = (axis.start for axis in larger)
    return slice(rows.start - top, rows.stop - top), slice(
        columns.start - left, columns.stop - left
    )


def _widened(window: slice, by: int, end: int) -> slice:
    return slice(max(0, window.start - by), min(end, window.stop + by))


def _reader(photo: Array) -> Read:
    """Hands out windows (3, h, w) in [0, 1] of a photo (H, W, 3)."""
    return lambda rows, columns: _channels(photo[rows, columns])


def _channels(photo: Array) -> Array:
    """A photo (h, w, 3) as (3, h, w) in [0, 1], float32."""
    values = photo.transpose(2, 0, 1).astype(np.float32)
    if np.issubdtype(photo.dtype, np.integer):
        values /= np.float32(np.iinfo(photo.dtype).max)
    return values


def _as_kind(values: Array, kind: np.dtype[Any]) -> Array:
    """Values (3, h, w), cut to [0, 1], as a photo (h, w, 3) of a kind."""
    rows = values.clip(0, 1).transpose(1, 2, 0)
    if np.issubdtype(kind, np.integer):
        rows = np.rint(rows * np.float32(np.iinfo(kind).max))
    return rows.astype(kind)
