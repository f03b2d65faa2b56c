"""What the marks of brushwork follow of a photo: its edges, and where it has detail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..colour import to_oklab
from ..filters import blurred, evened
from ..geometry import (
    Array,
    along_edges,
    box,
    gradient,
    inset,
    luma,
    spread,
    squared_gradient,
)
from ..sampling import blocks, enlarged
from .skin import CELL, found
from .tones import smoothstep

SIDE = 450.0
"""Longer side in pixels of a photo whose marks have their nominal size; others' scale."""
WIDEST = 10.0
"""Of nominal marks, in pixels: they scale up to the size of the photo."""
LEAST_SCALE = 0.2  # finer marks would be smaller than a pixel, and countless
FLOW = 60.0  # length over which marks turn where there are no edges, in pixels
FAINT_EDGE = 0.015  # change of luma in `PITCH` pixels below which a direction is a matter of chance
DETAIL = 0.006  # variance of the photo within few pixels from which the picture shows through
EDGE_RADIUS = 6.0  # within which edges decide on a direction, in pixels
FINE_MASS, BROAD_MASS = 1.4, 3.0  # deviations of the windows that even the photo out, in pixels
CONTRAST = (0.05, 0.13)  # deviation of the photo from where to where masses are fine
FEATURES = 36.0  # pixels between skin on both sides within which all may be of a face
ALIKE = 0.4  # how far features may be off the colour of skin around
REDNESS = (0.12, 0.22)  # red over green from where to where they are lips
HAIR_FAR, HAIR_NEAR = 22.0, (0.05, 0.14)
"""Deviation in pixels of a window, and share of skin in it from where to where there is hair."""
HAIR_LIGHT, HAIR_GREY = (0.56, 0.42), (0.2, 0.1)  # lightness, and range of channels, of dark hair
HAIR_SURE = (0.016, 0.03)  # share of the photo that is skin: of less, some may be an orange coat
FLESH = np.float32(0.03)  # how far from the colour of skin, in Oklab's plane, faces are skin
ALIKE_FLESH, AROUND_FLESH = (0.4, 0.65), 3.0
"""How like that colour skin elsewhere is around each place: no skin, skin; and the window."""
CALM, ROUGH = 3.0, (0.13, 0.07)
"""Radius in pixels, and deviation of luma there over the lightness of skin: hair, skin."""
FLESH_LIGHT = (0.45, 0.65)  # share of its lightness from where to where they are
HEAD = (0.02, 0.2)  # likelihood of a face from where to where its features count
PERSON_FAR = 16.0  # deviation in pixels of a window: around skin there are hair and clothes
PITCH = 2  # of the grid of what marks follow, in pixels
FAR = 1e6  # pixels to the border, where there is none


@dataclass(frozen=True)
class People:
    """Where people were found in a photo, (h, w), 0 to 1: zeros where there are none.

    Attributes:
        faces: Their faces.
        persons: All of them.
    """

    faces: Array
    persons: Array


class Ground:
    """What marks follow of a photo, on a grid of `pitch` pixels.

    Args:
        photo: (3, h, w) in [0, 1].
        scale: Of the marks; cut where the widest are as wide as the photo, and where the finest
            are smaller than a pixel.
        rng: Of the directions where there are no edges.
        people: Where they are; None where nobody has looked, then skin tells by its colour alone.
        framed: The photo ends where the picture does; a frame of a film does not.

    Attributes:
        photo: As given.
        shape: (h, w).
        angle: Of the edges, 0 to pi, on the grid.
        moments: Means of the luma and of its square, (2, r, c) on the grid.
    """

    def __init__(
        self,
        photo: Array,
        scale: float,
        rng: np.random.Generator,
        people: People | None = None,
        framed: bool = True,
    ) -> None:
        self._people, self._framed = people, framed
        self._found: dict[Callable[[Ground], Array], Array] = {}
        self.photo, self.shape = photo, photo.shape[1:]
        self.scale = max(min(scale, max(self.shape) / WIDEST), LEAST_SCALE)
        self.pitch = max(1, round(PITCH * self.scale))
        light = luma(photo)
        self.moments = blocks(np.stack([light, light * light]), self.pitch)
        mean = self.moments[0]
        edges = squared_gradient(*gradient(box(mean, 1)))
        knots = [int(length / (FLOW * self.scale)) + 2 for length in self.shape]
        chance = rng.standard_normal((2, *knots), dtype=np.float32)
        swirl = spread(chance, mean.shape)
        around = round(EDGE_RADIUS / PITCH)
        real, imaginary = box(box(edges, around), around) + FAINT_EDGE**2 * swirl
        self.angle = along_edges(real, imaginary)

    @cached_property
    def masses(self) -> Array:
        """The photo without texture, its edges kept, (3, h', w') on the grid."""
        fine = evened(blocks(self.photo, self.pitch), FINE_MASS * self.scale / self.pitch, 2)
        broad = evened(fine, BROAD_MASS * self.scale / self.pitch, 2)
        deviation = np.sqrt(self.variance(2 * BROAD_MASS * self.scale))
        return broad + smoothstep(*CONTRAST, deviation) * (fine - broad)

    @cached_property
    def skin(self) -> Array:
        """How likely there is skin, 0 to 1, on the grid."""
        people = self._people
        if people is not None and not people.persons.any() and not people.faces.any():
            return np.zeros_like(self.moments[0])
        skin = blocks(found(self.photo, CELL * self.scale), self.pitch)
        if people is None:
            return skin
        faces = blocks(people.faces, self.pitch)
        skin = skin * np.maximum(faces, blocks(people.persons, self.pitch))
        if not people.faces.any():
            return skin
        # What has the colour of faces, in whatever light: red flowers on a shirt have not.
        lab = to_oklab(blocks(self.photo, self.pitch))
        sure = faces * (skin + np.float32(0.02))
        mean = (lab * sure).sum((1, 2)) / (sure.sum() + np.float32(1e-6))
        other = np.square((lab[1:] - mean[1:, None, None]) / FLESH).sum(0)
        like = np.exp(-other) * smoothstep(*FLESH_LIGHT, lab[0] / mean[0].clip(1e-3))
        # Fair hair has that colour, too, but is not as calm.
        rough = np.sqrt(self.variance(CALM * self.scale)) / mean[0].clip(1e-3)
        like = like * smoothstep(*ROUGH, rough)
        alike = smoothstep(*ALIKE_FLESH, blurred(np.exp(-other / 4), AROUND_FLESH))
        return np.maximum(skin * np.maximum(alike, faces), faces * like)

    @cached_property
    def face(self) -> Array:
        """How likely there is skin, with its highlights, shades, lips and eyes, on the grid."""
        photo = blocks(self.photo, self.pitch)
        reach = max(1, round(FEATURES * self.scale / self.pitch))
        pairs = [_beside(self.skin, reach, axis) for axis in (0, 1)]
        between = np.max([np.minimum(before, after) for before, after in pairs], axis=0)
        beside = smoothstep(0.2, 0.45, blurred(self.skin, reach / 4))
        near = np.maximum(smoothstep(0.03, 0.09, between), beside)
        around = blurred(np.concatenate([self.skin[None], self.skin * photo]), reach / 2)
        other = photo - around[1:] / (around[0] + np.float32(1e-3))
        like = np.exp(np.square(other).sum(0) / np.float32(-(ALIKE**2)))
        like = np.maximum(like, smoothstep(*REDNESS, photo[0] - photo[1]))
        feature = near * smoothstep(0.12, 0.3, like)
        if self._people is not None:
            feature = feature * blocks(self._people.persons, self.pitch)
        return np.maximum(self.skin, blurred(feature, 1.0))

    @cached_property
    def hair(self) -> Array:
        """How likely there is dark hair, 0 to 1, on the grid: dark and grey beside skin."""
        near = smoothstep(*HAIR_NEAR, blurred(self.skin, HAIR_FAR * self.scale / self.pitch))
        grey = smoothstep(*HAIR_GREY, np.ptp(self.masses, axis=0))
        dark = smoothstep(*HAIR_LIGHT, luma(self.masses)) * grey
        sure = smoothstep(*HAIR_SURE, self.skin.mean())
        return sure * dark * near * (1 - smoothstep(0.3, 0.6, self.skin))

    @cached_property
    def heads(self) -> Array:
        """Where faces may be, 0 to 1, on the grid: everywhere, unless people were looked for."""
        if self._people is None:
            return np.ones_like(self.moments[0])
        return smoothstep(*HEAD, blurred(blocks(self._people.faces, self.pitch), 2.0))

    @cached_property
    def persons(self) -> Array:
        """How likely there are people, with hair and clothes, 0 to 1, on the grid."""
        if self._people is not None:
            return blocks(np.maximum(self._people.persons, self._people.faces), self.pitch)
        return smoothstep(0.02, 0.15, blurred(self.face, PERSON_FAR * self.scale / self.pitch))

    @cached_property
    def inset(self) -> Array:
        """How far every pixel (h, w) is from the border of the sheet, in pixels."""
        return inset(self.shape) if self._framed else np.full(self.shape, FAR, np.float32)

    def of(self, find: Callable[[Ground], Array]) -> Array:
        """What a function finds of this ground; it is found once."""
        if find not in self._found:
            self._found[find] = find(self)
        return self._found[find]

    def inside(self, y: Array, x: Array) -> tuple[Array, Array]:
        """Places as pixels of the photo."""
        return (
            y.astype(int).clip(0, self.shape[0] - 1),
            x.astype(int).clip(0, self.shape[1] - 1),
        )

    def at(self, cells: Array, place: tuple[Array, Array]) -> Array:
        """The values of a map on the grid at places (y, x) in pixels."""
        values: Array = cells[place[0] // self.pitch, place[1] // self.pitch]
        return values

    def spread(self, cells: Array) -> Array:
        """Maps (..., r, c) on the grid, interpolated to (..., h, w)."""
        return enlarged(cells, self.pitch, self.shape)

    def repeated(self, cells: Array) -> Array:
        """Maps (..., r, c) on the grid as they are, (..., h, w)."""
        pixels = cells.repeat(self.pitch, -2).repeat(self.pitch, -1)
        return pixels[..., : self.shape[0], : self.shape[1]]

    def variance(self, radius: float) -> Array:
        """Of the luma within a radius in pixels, on the grid."""
        mean, square = box(self.moments, max(1, round(radius / self.pitch)))
        variance: Array = (square - mean * mean).clip(0)
        return variance

    def detail(self) -> Array:
        """How much of its fine detail should be left, 0 to 1, (h, w)."""
        variance = self.variance(self.pitch)
        return self.spread(box(variance / (variance + DETAIL), 1))


def _beside(maps: Array, reach: int, axis: int) -> tuple[Array, Array]:
    """Means of a map (r, c) over so many cells before and after each, along an axis."""
    around = [(reach, reach) if i == axis else (0, 0) for i in range(2)]
    sums = np.cumsum(np.pad(maps, around), axis=axis, dtype=np.float32)
    length, rows = maps.shape[axis], np.moveaxis(sums, axis, 0)
    before = rows[reach : reach + length] - rows[:length]
    after = rows[2 * reach :] - rows[reach : reach + length]
    return np.moveaxis(before / reach, 0, axis), np.moveaxis(after / reach, 0, axis)
