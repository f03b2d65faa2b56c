"""Weather: snow that lies on what faces up, and falls."""

from __future__ import annotations

import numpy as np

from ..filters import blurred, swept
from ..geometry import Array, gradient, luma
from ..sampling import blocks
from .chance import noise
from .ground import Ground
from .paint import Amount, over
from .scene import masses, people, scattered, sky, specks
from .tones import smoothstep, stretched

SIMPLE, EDGE = 3.0, 0.05  # size in pixels and change of luma that are left out of the photo
PAINTED = 0.12  # share of the picture in the colours
LEFT, RED_LEFT = 0.6, 1.15  # share of the colours that is left, and of red and yellow ones


def _rgb(red: float, green: float, blue: float) -> Array:
    return np.array([red, green, blue], dtype=np.float32)[:, None, None]


AIR = _rgb(0.66, 0.74, 0.86)  # full of snow
SHADOW = _rgb(0.015, 0.045, 0.13)  # the darkest
LIT_SNOW, SHADED_SNOW = _rgb(0.985, 0.99, 1.0), _rgb(0.38, 0.53, 0.80)
SOIL = np.float32(0.65)  # how much snow lies on rough ground, beside plants
CONTRAST = 0.95  # how far tones go along an S-shaped curve
BLUE, WARM = _rgb(-0.07, -0.015, 0.07), _rgb(0.035, 0.005, -0.02)  # of mid-tones, and of skin
FOCUS, FOCUSED = (0.03, 0.07), 4.0
"""Gradient of luma from where to where edges are in focus, and within which pixels."""
CAP, ABOVE = 6.0, 0.5  # how deep snow lies on edges in pixels, and the share of it that is above
DRIFT = (0.9, 0.45)  # down and to the right
LEDGE, LEDGE_TILTS = 26.0, (-0.6, -0.3, 0, 0.3, 0.6)  # that snow lies on: length, and slopes
FLAKES = (
    (0.9, 0.7, 0.8, 0.85),
    (0.22, 1.4, 2.0, 0.95),
    (0.05, 2.5, 3.0, 0.95),
    (0.015, 5.5, 7.0, 0.6),
)
"""Of far, near and nearest flakes: how many there are in 20 by 20 pixels, their size and their
drift in pixels, and how opaque they are."""


def paint_snow(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The scene (3, h, w) in winter, in [0, 1]; see `brushwork`."""
    shape, pitch = ground.shape, ground.pitch
    colour = blocks(ground.photo, pitch)
    face, open_sky = ground.face, sky(ground, colour)
    colour = colour + PAINTED * (1 - face) * (blocks(picture, pitch) - colour)
    dust = _dust(ground, colour, face, open_sky) * (1 - face)
    scene = masses(ground, _cold(colour, dust, face, open_sky), SIMPLE, EDGE)
    depth = _caps(ground, face, open_sky, rng)
    scene = _covered(scene, ground.spread(depth), ground.scale)
    flakes = _flakes(shape, ground.scale, rng) * (1 - 0.6 * ground.spread(face))
    return over(picture, scene + flakes * (LIT_SNOW - scene), amount)


def _dust(ground: Ground, colour: Array, face: Array, open_sky: Array) -> Array:
    """How much snow lies on plants and on rough ground (r, c), 0 to 1."""
    step = ground.scale / ground.pitch
    red, green, blue = colour
    most = np.maximum(np.maximum(red, green), blue) + np.float32(0.02)
    saturation = 1 - np.minimum(np.minimum(red, green), blue) / most
    leaf = smoothstep(0.0, 0.12, (green - blue) / most)
    leaf *= 1 - smoothstep(0.0, 0.1, (red - green) / most - 0.02)
    # Yellow things are bright, dry grass is not.
    leaf *= 1 - smoothstep(0.45, 0.65, red) * smoothstep(0.4, 0.7, (red - blue) / most)
    rows = np.linspace(0, 1, leaf.shape[0], dtype=np.float32)[:, None]
    rough = smoothstep(0.006, 0.02, blurred(np.sqrt(ground.variance(2 * ground.scale)), 2.4 * step))
    soil = rough * smoothstep(0.3, 0.65, rows) * (1 - smoothstep(0.45, 0.7, saturation))
    light = ground.moments[0]
    grain = light - blurred(light, 0.4 * 8 * step)
    caught = 0.6 + 0.4 * smoothstep(-0.04, 0.05, grain)
    soil = SOIL * blurred(soil, 1.6) * (1 - people(face, step))
    dust = (
        np.maximum(blurred(leaf, 0.8) * (1 - 0.4 * people(face, step)), soil)
        * caught
        * (1 - open_sky)
    )
    return dust.astype(np.float32)


def _cold(colour: Array, dust: Array, face: Array, open_sky: Array) -> Array:
    """Colours (3, r, c) in the light of an overcast winter day."""
    light = stretched(luma(colour))
    light = light + CONTRAST * (smoothstep(0, 1, light) - light) * (1 - 0.6 * face)
    red = smoothstep(0.1, 0.35, colour[0] - colour[2])
    left = LEFT + np.maximum(face, red) * (RED_LEFT - LEFT)
    shadow = SHADOW * (1 - 0.6 * face)
    light = light ** (1 - 0.2 * face)
    cold = shadow + light * (LIT_SNOW - shadow) + left * (colour - luma(colour))
    # Shades are lit by the sky.
    cold = cold + BLUE * (4 * light * (1 - light)) * (1 - face) * (1 - 0.7 * red)
    cold = cold + WARM * face
    # Of itself it is bright, however dark the ground was.
    lit = luma(colour) / (blurred(luma(colour), 16) + np.float32(0.05))
    snow = SHADED_SNOW + (0.25 + 0.5 * lit).clip(0, 1) * (LIT_SNOW - SHADED_SNOW)
    cold = cold + 0.9 * dust * (snow - cold)
    # Haze: the higher, the farther, as far as a photo says.
    rows = np.linspace(1, 0, light.shape[0], dtype=np.float32)[:, None]
    far = np.maximum(0.12 * smoothstep(0.4, 1, rows) * (1 - face), 0.5 * open_sky)
    return cold + far * (AIR - cold)


def _caps(ground: Ground, face: Array, open_sky: Array, rng: np.random.Generator) -> Array:
    """How deep snow lies on tops of things, 0 to about 1, (r, c)."""
    step = ground.scale / ground.pitch
    down, right = gradient(blurred(ground.moments[0], 0.4 * 2 * step))
    sharp = blurred(np.hypot(*gradient(ground.moments[0])), 0.4 * 2 * step)
    # An edge is all of one direction, a texture is not.
    total = blurred(np.hypot(down, right), 2.4 * step) + np.float32(0.002)
    lone = smoothstep(0.4, 0.75, blurred(down, 2.4 * step) / total)
    slope = np.abs(down) / (np.hypot(down, right) + np.float32(0.004))
    size = max(1, round(CAP * step))
    ends = gradient(blurred(open_sky, 0.4 * size))[0]
    above, below = smoothstep(0.02, 0.08, -ends), smoothstep(0.02, 0.08, ends)
    # Tops are lit from above; before the sky they may be dark.
    tops = np.abs(down) * above + down.clip(0) * lone * (1 - above) * (1 - below)
    tops = (
        tops * smoothstep(0.3, 0.75, slope) * (1 - smoothstep(0.0, 0.3, blurred(face, 1.6 * step)))
    )
    tops = smoothstep(0.006, 0.025, swept(tops, 0, size))
    tops = tops * _in_focus(ground)
    tops = tops * smoothstep(0.02, 0.04, sharp) * (1 - 0.4 * people(face, step))
    length = LEDGE * step
    long = np.max([swept(tops, tilt * length, length) for tilt in LEDGE_TILTS], axis=0)
    tops = tops * smoothstep(0.55, 0.8, long)
    uneven = noise(tops.shape, 12 * step, rng)
    cap = np.zeros_like(tops)
    up = round(ABOVE * size)
    for shift in range(-up, size - up + 1):
        cap = np.maximum(cap, np.roll(tops, shift, axis=0))
    return blurred(cap, 0.4 * 2 * step) * (1 + 0.15 * uneven)


def _in_focus(ground: Ground) -> Array:
    """Where edges are sharp (r, c), 0 to 1: their gradient is that of few pixels of the photo."""
    down, right = gradient(luma(ground.photo))
    sharp = blocks(np.square(np.hypot(down, right)), ground.pitch)
    near = blurred(sharp, FOCUSED * ground.scale / ground.pitch)
    return smoothstep(*FOCUS, np.sqrt(near))


def _covered(scene: Array, depth: Array, scale: float) -> Array:
    """A scene (3, h, w) under snow that lies as deep as (h, w) says."""
    cover = smoothstep(0.25, 0.6, depth)
    relief = blurred(depth, 0.4 * 2.5 * scale)
    down, right = gradient(relief)
    shade = smoothstep(-0.12, 0.03, scale * (down + 0.3 * right))
    snow = SHADED_SNOW + (0.3 + 0.7 * shade) * (LIT_SNOW - SHADED_SNOW)
    return scene + cover * (snow - scene)


def _flakes(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> Array:
    """Falling snow (h, w)."""
    clear = np.ones(shape, dtype=np.float32)
    for count, size, drift, opacity in FLAKES:
        place = scattered(shape, count, scale, rng)
        chance = rng.random((2, place.shape[1]), dtype=np.float32)
        uneven = rng.standard_normal(place.shape[1], dtype=np.float32)
        sizes = scale * size * np.exp(0.3 * uneven.clip(-2, 2))
        fall = scale * drift * np.array(DRIFT, dtype=np.float32)[:, None] * (0.6 + 0.8 * chance[0])
        strength = opacity * (0.4 + 0.6 * chance[1:])
        clear *= 1 - specks(shape, place, sizes.clip(0.35), fall, strength)[0]
    return 1 - clear
