"""Stroke fields: where brush strokes, dots and tiles may go on one photo.

On a flat sky, a network without chance has nothing to tell one place from the next, and stamps
the same mark over and over. These fields give it chance that already has the shape of paint: noise
in two grains, strokes in two widths that flow along the edges of the photo, tiles in two sizes, and
what becomes of the photo's colours when they are spread along such strokes and evened out in such
tiles. Which of them shows in a style, and how, is learned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .geometry import Array, along_edges, luma, squared_gradient
from .sampling import means
from .workers import each

GRAINS = (6.0, 16.0)  # wavelengths of the noise in pixels
STROKES = (6.0, 14.0)  # widths of strokes and the gaps between them in pixels
ASPECT = 4.0  # length of a stroke in widths
TILES = (14.0, 30.0)  # in pixels
ORIENTATIONS = 8  # in half a turn
SWIRL = 90.0  # wavelength of the directions that strokes take where there are no edges, in pixels
FAINT_EDGE = (
    0.004  # change of luma a cell of the grid below which a direction is a matter of chance
)
COLOUR_UNIT = 0.1  # change of colour that counts as 1
CHANNELS = len(GRAINS) + 4 * len(STROKES) + 5 * len(TILES)
STROKE_CHANNELS = 4 * CHANNELS
"""Channels of `stroke_fields`."""


def stroke_fields(photo: Array, seed: int = 0, factor: int = 4) -> Array:
    """The fields of a photo, for style fusion.

    They are computed on a grid of `factor` / 2 pixels, and every 2 x 2 of it becomes channels.

    Args:
        photo: (3, h, w) in [0, 1]; h and w are multiples of `factor`.
        seed: Of the noise.
        factor: Side of a latent pixel in pixels, even.

    Returns:
        (`STROKE_CHANNELS`, h / factor, w / factor). Noise, strokes, seams and shades of tiles have
        about zero mean and unit deviation; colours are differences from the photo in `COLOUR_UNIT`.
    """
    pitch = factor // 2
    height, width = photo.shape[1] // pitch, photo.shape[2] // pitch
    small = photo.reshape(3, height, pitch, width, pitch).mean((2, 4))
    rng = np.random.default_rng(seed)
    plane = _Plane(height, width, pitch)

    def white(count: int) -> list[Array]:
        return [rng.standard_normal(plane.shape, dtype=np.float32) for _ in range(count)]

    # Chance comes first, in one order: what is made of it may come in any.
    tasks: list[Callable[[], _Part]] = []
    tasks += [partial(_grain, plane, white(1), grain) for grain in GRAINS]
    tasks += [partial(_strokes, plane, small, white(3), thickness) for thickness in STROKES]
    tasks += [partial(_tiles, small, _Scattered.over(plane.shape, t / pitch, rng)) for t in TILES]
    parts = each(lambda task: task(), tasks)
    fields = np.stack([field for part in parts for field in part.fields])
    changes = [(part.colours - small) / COLOUR_UNIT for part in parts if part.colours is not None]
    grid = np.concatenate([fields, *changes]).astype(np.float32)
    grid = grid.reshape(CHANNELS, height // 2, 2, width // 2, 2).transpose(0, 2, 4, 1, 3)
    return grid.reshape(STROKE_CHANNELS, height // 2, width // 2)


@dataclass(frozen=True)
class _Part:
    """Some of the fields.

    Attributes:
        fields: Maps (h, w).
        colours: What becomes of the photo's, (3, h, w); None for nothing.
    """

    fields: list[Array]
    colours: Array | None = None


class _Plane:
    """Filters on a grid, in the Fourier domain.

    Attributes:
        shape: (h, w).
        down: (h, 1), cycles a pixel from one row to the next.
        right: (1, w // 2 + 1), from one column to the next.
        frequency: (h, w // 2 + 1), in the direction of both.
    """

    def __init__(self, height: int, width: int, pitch: int) -> None:
        self.shape = height, width
        self.down = np.fft.fftfreq(height, pitch)[:, None].astype(np.float32)
        self.right = np.fft.rfftfreq(width, pitch)[None].astype(np.float32)
        self.frequency = np.hypot(self.down, self.right)

    def filtered(self, spectrum: Array, response: Array) -> Array:
        """The real field of a spectrum times a response."""
        return np.fft.irfft2(spectrum * response, s=self.shape).astype(np.float32, copy=False)

    def noise(self, white: Array, response: Array) -> Array:
        """White noise, filtered, of unit deviation."""
        return _unit(self.filtered(np.fft.rfft2(white), response))

    def smooth(self, field: Array, deviation: float) -> Array:
        """A Gaussian blur; `deviation` in pixels."""
        response = np.exp(-2 * (np.pi * deviation * self.frequency) ** 2)
        return self.filtered(np.fft.rfft2(field), response)


def _grain(plane: _Plane, white: list[Array], wavelength: float) -> _Part:
    """Noise of a wavelength."""
    return _Part([plane.noise(white[0], _ring(plane.frequency, wavelength))])


def _ring(frequency: Array, wavelength: float) -> Array:
    """Passes wavelengths around one: a Gaussian over the logarithm of the frequency."""
    octaves = np.log2(np.maximum(frequency, 1e-6) * wavelength)
    ring: Array = np.exp(-0.5 * (octaves / 0.5) ** 2)
    return ring


def _unit(field: Array) -> Array:
    centred: Array = field - field.mean()
    unit: Array = centred / max(float(centred.std()), 1e-6)
    return unit


def _directions(plane: _Plane, tones: Array, white: list[Array], deviation: float) -> Array:
    """Angle of the strokes, 0 to pi: along the edges where there are any, swirling elsewhere."""
    down, right = np.gradient(tones)
    response = np.exp(-((SWIRL / 4 * plane.frequency) ** 2))
    real, imaginary = (
        plane.smooth(part, deviation) + np.float32(FAINT_EDGE**2) * plane.noise(noise, response)
        for part, noise in zip(squared_gradient(down, right), white, strict=True)
    )
    return along_edges(real, imaginary)


def _strokes(plane: _Plane, photo: Array, white: list[Array], thickness: float) -> _Part:
    """Noise, and the photo's colours, spread along its edges.

    Each place takes them from the orientations nearest to its own.
    """
    doubled = 2 * _directions(plane, luma(photo), white[:2], thickness)
    cosine, sine = np.cos(doubled), np.sin(doubled)
    squared_frequency = np.maximum(np.square(plane.frequency), 1e-12)
    noise = np.fft.rfft2(white[2]) * _ring(plane.frequency, 2 * thickness)
    colours = np.fft.rfft2(photo)
    strokes = np.zeros(plane.shape, dtype=np.float32)
    spread = np.zeros_like(photo)
    power = np.zeros(plane.shape, dtype=np.float32)
    total = np.zeros(plane.shape, dtype=np.float32)
    for number in range(ORIENTATIONS):
        along = np.pi * number / ORIENTATIONS
        right, down = np.float32(np.cos(along)), np.float32(np.sin(along))
        # cos^2 - 1/2 of the angle between, that is half the cosine of twice of it.
        turned = np.float32(np.cos(2 * along)) * cosine + np.float32(np.sin(2 * along)) * sine
        weight = np.square(np.maximum(turned / 2, 0))
        # Frequencies run across the stroke.
        crosswise = np.square(right * plane.down - down * plane.right)
        narrow = np.exp(np.float32(2 * ASPECT) * (crosswise / squared_frequency - 1))
        strokes += weight * _unit(plane.filtered(noise, narrow))
        lengthwise = np.float32(ASPECT**2) * np.square(right * plane.right + down * plane.down)
        blur = np.exp(np.float32(-(np.pi**2) / 8 * thickness**2) * (lengthwise + crosswise))
        spread += weight * plane.filtered(colours, blur)
        power += np.square(weight)
        total += weight
    return _Part([_unit(strokes / np.sqrt(power))], spread / total)


@dataclass(frozen=True)
class _Scattered:
    """Points, one in each cell of a grid that goes a cell beyond a plane.

    Attributes:
        side: Of a cell.
        places: Within their cells, (2, rows, columns), 0 to 1.
        shades: (rows columns,).
    """

    side: float
    places: Array
    shades: Array

    @classmethod
    def over(cls, shape: tuple[int, int], side: float, rng: np.random.Generator) -> _Scattered:
        rows, columns = (int(length / side) + 3 for length in shape)
        places = rng.uniform(0.1, 0.9, (2, rows, columns)).astype(np.float32)
        return cls(side, places, rng.standard_normal(rows * columns, dtype=np.float32))


def _tiles(photo: Array, points: _Scattered) -> _Part:
    """Cells around points (Worley, 1996): seams, shades, and the photo's mean in each."""
    shape = photo.shape[1:]
    y, x = (np.arange(length, dtype=np.float32) / points.side + 1 for length in shape)
    _, rows, columns = points.places.shape
    nearest = np.full(shape, 81.0, dtype=np.float32)  # squares of distances
    second = nearest.copy()
    cell = np.zeros(shape, dtype=np.int64)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            i, j = y.astype(int) + down, x.astype(int) + right
            away = points.places[0][i][:, j] + (i - y).astype(np.float32)[:, None]
            beside = points.places[1][i][:, j] + (j - x).astype(np.float32)
            distance = np.square(away) + np.square(beside)
            second = np.minimum(second, np.maximum(nearest, distance))
            np.copyto(cell, i[:, None] * columns + j, where=distance < nearest)
            nearest = np.minimum(nearest, distance)
    seams = _unit(np.exp(-8 * (np.sqrt(second) - np.sqrt(nearest))))
    return _Part([seams, points.shades[cell]], means(photo, cell, rows * columns)[:, cell])
