"""What drawings and prints share: tones, contours, paper, and lines that follow a form.

All of it is of the photo and the seed alone.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, along_edges, gradient, luma, spread, squared_gradient
from .ground import Amount, Ground, opaque

RED_FILTER = np.array([0.4, 0.48, 0.12], dtype=np.float32)
"""Weights of red, green and blue in tones: skin is lighter, and skies are darker, than as luma."""
BINS = 64  # of the histogram of tones
STEEPEST = 3.0  # of a curve of tones: noise on flat ground stays faint
SMOOTHED = 0.03  # deviation of the tones below which a guided filter takes out detail
AROUND = 24.0  # size of what local contrast is against, in pixels
MEAN, LEAST_GAMMA = 0.55, 0.55  # mean tone that a dark photo is lifted to, if so low a gamma can
DIRECTIONS = 12  # among which contours choose the way they run
FAINT = 1e-6  # squared change of luma between pixels below which a form turns no lines


def sweep(maps: Array, down: float, right: float) -> Array:
    """Means along a segment of (down, right) pixels around every pixel, with borders repeated.

    By doubling: the cost is that of the logarithm of its length.
    """
    count = int(np.ceil(np.log2(max(abs(down), abs(right), 1.0) + 1)))
    steps = [(round(down / 2**j), round(right / 2**j)) for j in range(1, count + 1)]
    ends = [sum(abs(step[axis]) for step in steps) for axis in (0, 1)]
    # A segment of an even number of pixels lies half a pixel ahead, or, where negative, behind.
    halves = [(end // 2, end - end // 2) for end in ends]
    ways = zip(halves, (down, right), strict=True)
    around = [half if way >= 0 else half[::-1] for half, way in ways]
    maps = np.pad(maps, [(0, 0)] * (maps.ndim - 2) + around, mode="edge")
    for i, j in steps:
        height, width = maps.shape[-2:]
        one = maps[..., max(i, 0) : height + min(i, 0), max(j, 0) : width + min(j, 0)]
        other = maps[..., max(-i, 0) : height + min(-i, 0), max(-j, 0) : width + min(-j, 0)]
        maps = (one + other) * np.float32(0.5)
    return maps


def blur(maps: Array, size: float) -> Array:
    """Means under a pyramid of 2 `size` pixels, much like a Gaussian of deviation 0.4 `size`."""
    for way in (size, -size):
        maps = sweep(sweep(maps, way, 0), 0, way)
    return maps


def guided(maps: Array, guide: Array, size: float, edge: float) -> Array:
    """Maps (..., h, w), smoothed up to the edges of a guide (h, w).

    Source: He, Sun and Tang, "Guided Image Filtering" (2010), with `blur` for the means.
    """
    mean, means = blur(guide, size), blur(maps, size)
    slope = (blur(maps * guide, size) - means * mean) / (
        blur(guide * guide, size) - mean * mean + edge**2
    )
    result: Array = blur(slope, size) * guide + blur(means - slope * mean, size)
    return result


def smoothstep(low: float, high: float, values: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth in between."""
    part = ((values - low) / (high - low)).clip(0, 1)
    result: Array = part * part * (3 - 2 * part)
    return result


def noise(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    """Smooth noise (h, w) of deviation about 1, whose hills are that many pixels apart."""
    knots = [int(length / size) + 2 for length in shape]
    return np.float32(1.5) * spread(rng.standard_normal(knots, dtype=np.float32), shape)


def tooth(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    """The relief (h, w) of paper, of deviation 1: bumps of that many pixels and finer ones."""
    fine = rng.standard_normal(shape, dtype=np.float32)
    relief = blur(fine, max(1.0, size / 2)) - blur(fine, size * 2)
    relief = relief / (relief.std() + np.float32(1e-6))
    result: Array = relief + np.float32(0.25) * fine
    return result


def tones(ground: Ground, size: float, lift: float, detail: float) -> Array:
    """The photo's lightness (h, w), stretched over what a medium has, from 0, black, to 1, paper.

    Args:
        ground: Of the photo.
        size: Of the forms that are left, in pixels at scale 1.
        lift: How far darker tones are spread out evenly, 0 to 1: paper is light, and so is a
            drawing of a dark photo. Nothing grows darker.
        detail: How much of its local contrast is added to it.
    """
    filtered = np.tensordot(RED_FILTER, ground.photo, 1)
    light = guided(filtered, filtered, size * ground.scale, SMOOTHED)
    light = (light + detail * (light - blur(light, AROUND * ground.scale))).clip(0, 1)
    share = np.histogram(light, BINS, (0, 1))[0] / light.size
    edges = np.linspace(0, 1, BINS + 1)
    low, high = edges[np.searchsorted(share.cumsum(), (0.01, 0.99)) + (0, 1)]
    width = max(high - low, 1 / STEEPEST)
    start = ((low + high - width) / 2).clip(0, 1 - width)
    stretched = ((edges - start) / width).clip(0, 1)
    capped = np.minimum(share, STEEPEST / BINS)
    even = np.append(0, (capped + (1 - capped.sum()) / BINS).cumsum())
    curve = stretched + lift * (even - stretched).clip(0)
    tone = np.interp(light, edges, curve).astype(np.float32)
    gamma = np.log(MEAN) / np.log(np.clip(tone.mean(), 1e-3, 0.999))
    result: Array = tone ** np.float32(np.clip(gamma, LEAST_GAMMA, 1))
    return result


def contours(ground: Ground, width: float, length: float) -> Array:
    """How dark each pixel (h, w) is against its surroundings, coherent along edges; signed.

    Source: Kang, Lee and Chui, "Coherent Line Drawing" (2007), with a few straight segments for the
    flow, as in Lu, Xu and Jia, "Combining Sketch and Tone for Pencil Drawing Production" (2012).

    Args:
        ground: Of the photo.
        width: Of a line in pixels at scale 1.
        length: Of the segments, likewise.
    """
    light = luma(ground.photo)
    size = max(1.0, width * ground.scale)
    dark = blur(light, 2 * size) - blur(light, size)
    turn = np.rint(ground.angle * (DIRECTIONS / np.pi)).astype(int) % DIRECTIONS
    turn = turn.repeat(ground.pitch, axis=0).repeat(ground.pitch, axis=1)
    turn = turn[: ground.shape[0], : ground.shape[1]]
    lines = np.empty_like(dark)
    for number in range(DIRECTIONS):
        angle = number * np.pi / DIRECTIONS
        reach = length * ground.scale
        swept = sweep(dark, reach * np.sin(angle), reach * np.cos(angle))
        np.copyto(lines, swept, where=turn == number)
    return lines


def hatch(
    shape: tuple[int, ...], angle: float, width: float, length: float, rng: np.random.Generator
) -> Array:
    """Pressure of parallel strokes (h, w), a little bent and each of its own, evenly in 0 to 1.

    Args:
        shape: (h, w).
        angle: Of the strokes.
        width: Of one, in pixels.
        length: Of one, likewise.
        rng: Of their places.
    """
    bend, step = 0.12 * length, max(1.0, length / 12)
    reach = float(np.hypot(shape[0], shape[1])) / 2 + 4 * bend
    rows, columns = int(2 * reach / width) + 4, int(2 * reach / step) + 4
    pressure = sweep(rng.standard_normal((rows, columns), dtype=np.float32), 0, length / step)
    # Evenly spaced: no clusters of dark strokes, nor of light ones.
    pressure = pressure - np.float32(0.85) * sweep(pressure, 5, 0)
    pressure = 0.5 + 0.5 * np.tanh(np.float32(0.8 / pressure.std()) * pressure)
    y = np.arange(shape[0], dtype=np.float32)[:, None] - shape[0] / 2
    x = np.arange(shape[1], dtype=np.float32)[None] - shape[1] / 2
    sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    bends = np.float32(bend) * noise(shape, 3 * length, rng)
    across = (y * cosine - x * sine + bends + np.float32(reach)) * np.float32(1 / width)
    along = (y * sine + x * cosine + np.float32(reach)) * np.float32(1 / step)
    across, along = across.clip(0, rows - 2), along.clip(0, columns - 2)
    low, first = across.astype(np.int32), along.astype(np.int32)
    down, right = across - low, along - first
    place = low * columns + first
    near, far = (
        (1 - right) * pressure.take(place + shift) + right * pressure.take(place + shift + 1)
        for shift in (0, columns)
    )
    result: Array = near + down * (far - near)
    return result


def paper(picture: Array, colour: tuple[float, float, float], share: float) -> Array:
    """The colour (3, 1, 1) of a sheet, tinted a little as the light parts of a picture are."""
    weight = luma(picture) ** 4 + np.float32(1e-6)
    light = (picture * weight).sum((1, 2)) / weight.sum()
    tint = (light - light.mean()).clip(-0.2, 0.2)
    sheet: Array = (np.array(colour, dtype=np.float32) + np.float32(share) * tint)[:, None, None]
    return sheet


def drawn(
    picture: Array, light: Array, colour: tuple[float, float, float], sheet: Array, amount: Amount
) -> Array:
    """A drawing of one colour laid over a picture.

    Args:
        picture: (3, h, w).
        light: Of the drawing (h, w), from 0, its colour, to 1, the sheet.
        colour: Of the darkest marks.
        sheet: (3, 1, 1).
        amount: How opaque it is.
    """
    ink = np.array(colour, dtype=np.float32)[:, None, None]
    return over(picture, ink + light * (sheet - ink), amount)


def over(picture: Array, paint: Array, amount: Amount) -> Array:
    """Paint (3, h, w) laid over a picture, as opaque as the amount says, in [0, 1]."""
    paint = paint.clip(0, 1).astype(np.float32)
    painted: Array = (picture + opaque(amount) * (paint - picture)).clip(0, 1)
    return painted


def detailed(ground: Ground) -> Array:
    """How much detail the photo has around each place (r, c) of the ground's grid, 0 to 1."""
    deviation = blur(np.sqrt(ground.variance(8 * ground.scale)), 8)
    return smoothstep(0.02, 0.1, deviation).astype(np.float32)


def flow(ground: Ground, size: float, rest: Amount, pull: float) -> Array:
    """The angle (r, c) of lines that follow a form, on the ground's grid.

    Args:
        ground: Of the photo.
        size: Within which its edges decide, in pixels at scale 1.
        rest: The angle where there are none; a number or a map.
        pull: How strongly they turn to it elsewhere.
    """
    mean = ground.moments[0]
    edges = squared_gradient(*gradient(blur(mean, 2)))
    strength = np.hypot(*edges)
    # Its root: faint forms turn lines almost as strong edges do.
    edges = edges / np.sqrt(strength + np.float32(FAINT))
    real, imaginary = blur(edges, size * ground.scale / ground.pitch)
    # Gradients lie across lines.
    real = real - pull * np.cos(2 * rest)
    imaginary = imaginary - pull * np.sin(2 * rest)
    return along_edges(real, imaginary)
