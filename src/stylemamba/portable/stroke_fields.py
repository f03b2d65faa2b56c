"""Stroke fields: where brush strokes, dots and tiles may go on one photo.

On a flat sky, a network without chance has nothing to tell one place from the next, and stamps
the same mark over and over. These fields give it chance that already has the shape of paint: noise
in two grains, strokes in two widths that flow along the edges of the photo, tiles in two sizes, and
what becomes of the photo's colours when they are spread along such strokes and evened out in such
tiles. Which of them shows in a style, and how, is learned.
"""

from __future__ import annotations

import numpy as np

from .geometry import Array, along_edges, luma

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
    plane = _Plane(height, width, pitch, rng)
    fields = [plane.noise(_ring(plane.frequency, grain)) for grain in GRAINS]
    colours = []
    for thickness in STROKES:
        angle = _directions(plane, luma(small), thickness)
        strokes, spread = _strokes(plane, angle, thickness, small)
        fields.append(strokes)
        colours.append(spread)
    for tile in TILES:
        seams, shades, even = _tiles(small, tile / pitch, rng)
        fields += [seams, shades]
        colours.append(even)
    changes = (np.concatenate(colours) - np.tile(small, (len(colours), 1, 1))) / COLOUR_UNIT
    grid = np.concatenate([np.stack(fields), changes]).astype(np.float32)
    grid = grid.reshape(CHANNELS, height // 2, 2, width // 2, 2).transpose(0, 2, 4, 1, 3)
    return grid.reshape(STROKE_CHANNELS, height // 2, width // 2)


class _Plane:
    """Filters of noise on a grid, in the Fourier domain.

    Attributes:
        frequency: (h, w // 2 + 1), cycles a pixel.
        angle: (h, w // 2 + 1), of the frequencies.
    """

    def __init__(self, height: int, width: int, pitch: int, rng: np.random.Generator) -> None:
        self.shape, self.rng = (height, width), rng
        down = np.fft.fftfreq(height, pitch)[:, None]
        right = np.fft.rfftfreq(width, pitch)[None]
        self.frequency = np.hypot(down, right).astype(np.float32)
        self.angle = np.arctan2(down, right).astype(np.float32)

    def spectrum(self) -> Array:
        """Of white noise."""
        return np.fft.rfft2(self.rng.standard_normal(self.shape, dtype=np.float32))

    def filtered(self, spectrum: Array, response: Array) -> Array:
        """The real field of a spectrum times a response."""
        return np.fft.irfft2(spectrum * response, s=self.shape).astype(np.float32)

    def noise(self, response: Array) -> Array:
        """White noise, filtered, of unit deviation."""
        return _unit(self.filtered(self.spectrum(), response))

    def smooth(self, field: Array, deviation: float) -> Array:
        """A Gaussian blur; `deviation` in pixels."""
        response = np.exp(-2 * (np.pi * deviation * self.frequency) ** 2)
        return self.filtered(np.fft.rfft2(field), response)


def _ring(frequency: Array, wavelength: float) -> Array:
    """Passes wavelengths around one: a Gaussian over the logarithm of the frequency."""
    octaves = np.log2(np.maximum(frequency, 1e-6) * wavelength)
    ring: Array = np.exp(-0.5 * (octaves / 0.5) ** 2)
    return ring


def _unit(field: Array) -> Array:
    centred: Array = field - field.mean()
    unit: Array = centred / max(float(centred.std()), 1e-6)
    return unit


def _directions(plane: _Plane, tones: Array, deviation: float) -> Array:
    """Angle of the strokes, 0 to pi: along the edges where there are any, swirling elsewhere."""
    down, right = np.gradient(tones)
    # As `squared_gradient`, but in one complex step, which NumPy rounds otherwise where it fuses
    # products and sums: fields, on which the fusion was trained, keep their bytes.
    squared = (right + 1j * down) ** 2
    response = np.exp(-((SWIRL / 4 * plane.frequency) ** 2))
    real, imaginary = (
        plane.smooth(part, deviation) + np.float32(FAINT_EDGE**2) * plane.noise(response)
        for part in (squared.real, squared.imag)
    )
    return along_edges(real, imaginary)


def _strokes(plane: _Plane, angle: Array, thickness: float, photo: Array) -> tuple[Array, Array]:
    """Noise (h, w), and the photo's colours (3, h, w), spread along `angle`.

    Each place takes them from the orientations nearest to its own.
    """
    noise = plane.spectrum() * _ring(plane.frequency, 2 * thickness)
    colours = np.fft.rfft2(photo)
    strokes = np.zeros(plane.shape, dtype=np.float32)
    spread = np.zeros_like(photo)
    power = np.zeros(plane.shape, dtype=np.float32)
    total = np.zeros(plane.shape, dtype=np.float32)
    for number in range(ORIENTATIONS):
        along = np.pi * number / ORIENTATIONS
        weight = np.maximum(np.cos(angle - along) ** 2 - 0.5, 0) ** 2
        # Frequencies run across the stroke.
        narrow = np.exp(ASPECT * (np.cos(2 * (plane.angle - along - np.pi / 2)) - 1))
        strokes += weight * _unit(plane.filtered(noise, narrow))
        lengthwise = plane.frequency * np.cos(plane.angle - along) * ASPECT
        crosswise = plane.frequency * np.sin(plane.angle - along)
        blur = np.exp(-(np.pi**2) / 8 * thickness**2 * (lengthwise**2 + crosswise**2))
        spread += weight * plane.filtered(colours, blur)
        power += weight**2
        total += weight
    return _unit(strokes / np.sqrt(power)), spread / total


def _tiles(photo: Array, side: float, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Cells around scattered points (Worley, 1996): seams, shades, and the photo's mean in each."""
    height, width = photo.shape[1:]
    rows, columns = int(height / side) + 3, int(width / side) + 3
    jitter = rng.uniform(0.1, 0.9, (2, rows, columns)).astype(np.float32)
    y = (np.arange(height, dtype=np.float32) / side + 1)[:, None]
    x = (np.arange(width, dtype=np.float32) / side + 1)[None]
    nearest = np.full((height, width), 9.0, dtype=np.float32)
    second = nearest.copy()
    cell = np.zeros((height, width), dtype=np.int64)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            i, j = y.astype(int) + down, x.astype(int) + right
            distance = np.hypot(i + jitter[0][i, j] - y, j + jitter[1][i, j] - x)
            closer = distance < nearest
            second = np.where(closer, nearest, np.minimum(second, distance))
            cell = np.where(closer, i * columns + j, cell)
            nearest = np.minimum(nearest, distance)
    shades = rng.standard_normal(rows * columns, dtype=np.float32)[cell]
    flat = cell.ravel()
    sizes = np.maximum(np.bincount(flat, minlength=rows * columns), 1)
    sums = (np.bincount(flat, colour.ravel(), minlength=rows * columns) for colour in photo)
    even = np.stack([(total / sizes)[cell] for total in sums])
    return _unit(np.exp(-8 * (second - nearest))), shades, even
