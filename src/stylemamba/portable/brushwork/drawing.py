"""What drawings and prints share: tones, hatching, paper, and the direction of a form.

All of it is of the photo and the seed alone.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided, swept
from ..geometry import Array, along_edges, gradient, luma, squared_gradient
from ..sampling import enlarged
from .chance import clouds
from .ground import Ground
from .paint import Amount, over
from .tones import smoothstep

RED_FILTER = np.array([0.4, 0.48, 0.12], dtype=np.float32)
"""Weights of red, green and blue in tones: skin is lighter, and skies are darker, than as luma."""
BINS = 64  # of the histogram of tones
STEEPEST = 3.0  # of a curve of tones: noise on flat ground stays faint
SMOOTHED = 0.03  # deviation of the tones below which a guided filter takes out detail
AROUND = 10.0  # deviation of the window that local contrast is against, in pixels
MEAN, LEAST_GAMMA = 0.55, 0.55  # mean tone that a dark photo is lifted to, if so low a gamma can
BROAD = 2.4  # width of a stroke in pixels from twice of which on hatching is made at half the size
FAINT = 1e-6  # squared change of luma between pixels below which a form turns no lines


def tones(ground: Ground, radius: float, lift: float, detail: float) -> Array:
    """The photo's lightness (h, w), stretched over what a medium has, from 0, black, to 1, paper.

    Args:
        ground: Of the photo.
        radius: Of the windows that detail is evened out in, in pixels at scale 1.
        lift: How far darker tones are spread out evenly, 0 to 1: paper is light, and so is a
            drawing of a dark photo. Nothing grows darker.
        detail: How much of its local contrast is added to it.
    """
    filtered = np.tensordot(RED_FILTER, ground.photo, 1)
    light = guided(filtered, filtered, radius * ground.scale, SMOOTHED)
    light = (light + detail * (light - blurred(light, AROUND * ground.scale))).clip(0, 1)
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


def hatch(
    shape: tuple[int, ...], angle: Amount, width: float, length: float, rng: np.random.Generator
) -> Array:
    """Pressure of parallel strokes (h, w), a little bent and each of its own, evenly in 0 to 1.

    Args:
        shape: (h, w).
        angle: Of the strokes; a number, or a map (h, w) of a few, each of which is whole patches'.
        width: Of one, in pixels.
        length: Of one, likewise.
        rng: Of their places.
    """
    side = max(1, int(width / BROAD))
    if side > 1:  # broad strokes are soft enough
        few = tuple(-(-part // side) for part in shape)
        angle = np.asarray(angle)[..., ::side, ::side] if np.ndim(angle) else angle
        return enlarged(hatch(few, angle, width / side, length / side, rng), side, shape)
    bend, step = 0.12 * length, max(1.0, length / 12)
    reach = float(np.hypot(shape[0], shape[1])) / 2 + 6 * bend
    rows, columns = int(2 * reach / width) + 4, int(2 * reach / step) + 4
    pressure = swept(rng.standard_normal((rows, columns), dtype=np.float32), 0, length / step)
    # Evenly spaced: no clusters of dark strokes, nor of light ones.
    pressure = pressure - np.float32(0.85) * swept(pressure, 5, 0)
    pressure = 0.5 + 0.5 * np.tanh(np.float32(0.8 / pressure.std()) * pressure)
    y = np.arange(shape[0], dtype=np.float32)[:, None] - shape[0] / 2
    x = np.arange(shape[1], dtype=np.float32)[None] - shape[1] / 2
    sine, cosine = (np.asarray(part, dtype=np.float32) for part in (np.sin(angle), np.cos(angle)))
    bends = np.float32(bend) * clouds(shape, 3 * length, rng)
    across = (y * cosine - x * sine + bends + np.float32(reach)) * np.float32(1 / width)
    along = (y * sine + x * cosine + np.float32(reach)) * np.float32(1 / step)
    low = across.astype(np.int32)
    down = across - low
    # Strokes change slowly along their length.
    place = low * np.int32(columns) + along.astype(np.int32)
    flat = pressure.ravel()
    near = flat[place]
    place += np.int32(columns)
    near += down * (flat[place] - near)
    result: Array = near
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


def detailed(ground: Ground) -> Array:
    """How much detail the photo has around each place (r, c) of the ground's grid, 0 to 1."""
    deviation = blurred(np.sqrt(ground.variance(8 * ground.scale)), 3.3)
    return smoothstep(0.02, 0.1, deviation)


def flow(ground: Ground, deviation: float, rest: Amount, pull: float) -> Array:
    """The angle (r, c) of lines that follow a form, on the ground's grid.

    Args:
        ground: Of the photo.
        deviation: Of the window in which its edges decide, in pixels at scale 1.
        rest: The angle where there are none; a number or a map.
        pull: How strongly they turn to it elsewhere.
    """
    mean = ground.moments[0]
    edges = squared_gradient(*gradient(blurred(mean, 0.7)))
    strength = np.hypot(*edges)
    # Its root: faint forms turn lines almost as strong edges do.
    edges = edges / np.sqrt(strength + np.float32(FAINT))
    real, imaginary = blurred(edges, deviation * ground.scale / ground.pitch)
    # Gradients lie across lines.
    real = real - pull * np.cos(2 * rest)
    imaginary = imaginary - pull * np.sin(2 * rest)
    return along_edges(real, imaginary)
