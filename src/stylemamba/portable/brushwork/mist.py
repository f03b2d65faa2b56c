"""Wet weather: rain that falls in streaks on wet ground, and fog in layers.

Source: Narasimhan and Nayar, "Vision and the Atmosphere" (2002): light from afar is replaced by
that of the air, exponentially with the distance. That is guessed by height in the picture.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, swept
from ..geometry import Array, luma, spread
from ..sampling import blocks
from .chance import noise
from .ground import Ground
from .paint import Amount, over
from .scene import masses, scattered, sky, specks
from .tones import smoothstep

SIMPLE, EDGE = 3.0, 0.05  # size in pixels and change of luma that are left out of the photo
LEFT, SKIN_LEFT = 0.4, 0.8  # share of the colours that is left, and of those of skin
FOG = np.array([0.83, 0.86, 0.89], dtype=np.float32)[:, None, None]
RAIN_SHADOW = np.array([0.035, 0.05, 0.075], dtype=np.float32)[:, None, None]
RAIN_AIR = np.array([0.56, 0.63, 0.70], dtype=np.float32)[:, None, None]
DENSITY, LAYERED, NEAR_FOG = 2.2, 0.25, 0.12  # of fog far off, its layers, and nearby
RAIN_LIGHT = np.array([0.70, 0.78, 0.87], dtype=np.float32)[:, None, None]
DROP = np.array([0.86, 0.92, 0.97], dtype=np.float32)[:, None, None]
RAIN_HAZE = 0.55  # how much of it there is far off
SLANT = 0.16  # of rain, columns to a row
STREAKS = ((1.8, 0.38, 9.0, 0.42), (0.4, 0.55, 20.0, 0.55), (0.05, 0.95, 42.0, 0.5))
"""Of far to near rain: how many streaks there are in 20 by 20 pixels, their deviation across and
their length in pixels, and how opaque they are."""
SHEEN = 34.0  # length of reflections on wet ground, in pixels


def paint_fog(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The scene (3, h, w) in fog, in [0, 1]; see `brushwork`."""
    step = ground.scale / ground.pitch
    colour, face, body, far = _scene(ground)
    light = luma(colour)
    pale = light + (LEFT + (SKIN_LEFT - LEFT) * body) * (colour - light)
    # Banks of it lie flat.
    flat = (far.shape[0], max(1, far.shape[1] // 5))
    banks = spread(noise(flat, 22 * step, rng) + 0.5 * noise(flat, 9 * step, rng), far.shape)
    depth = DENSITY * far**1.5 * (1 + LAYERED * banks.clip(-2, 2)).clip(0.1) + NEAR_FOG
    clear = ground.spread(np.exp(-depth * (1 - 0.6 * np.maximum(face, body))))
    scene = masses(ground, pale, SIMPLE, EDGE)
    # Scattered light softens what it comes from.
    soft = ground.spread(blurred(pale, 0.4 * 5 * step))
    scene = scene + 0.6 * (1 - clear) * (soft - scene)
    return over(picture, FOG + clear * (scene - FOG), amount)


def paint_rain(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The scene (3, h, w) in the rain, in [0, 1]; see `brushwork`."""
    shape, step = ground.shape, ground.scale / ground.pitch
    colour, face, body, far = _scene(ground)
    light = luma(colour)
    tone = light + 0.3 * (smoothstep(0, 1, light) - light)
    wet = RAIN_SHADOW + tone * (RAIN_LIGHT - RAIN_SHADOW)
    wet = wet + (LEFT + (SKIN_LEFT - LEFT) * body) * (colour - light)
    wet = _wet(wet, 1 - np.maximum(face, 0.7 * body), step, rng)
    wet = wet + RAIN_HAZE * far**2 * (1 - 0.8 * body) * (RAIN_AIR - wet)
    scene = masses(ground, wet, SIMPLE, EDGE)
    drops = _streaks(shape, ground.scale, rng) * (1 - 0.6 * ground.spread(face))
    return over(picture, scene + drops * (0.35 * scene + 0.65 * DROP - scene), amount)


def _wet(colour: Array, bare: Array, step: float, rng: np.random.Generator) -> Array:
    """Colours (3, r, c) of ground that mirrors what is above it, where `bare` (r, c) is 1."""
    rows = np.linspace(0, 1, bare.shape[0], dtype=np.float32)[:, None]
    mirror = swept(np.roll(colour, round(SHEEN / 2 * step), axis=1), SHEEN * step, 0)
    ripples = noise((bare.shape[0], max(1, bare.shape[1] // 6)), 3 * step, rng)
    gloss = 0.5 * smoothstep(0.55, 0.95, rows) * bare
    gloss = gloss * spread(0.5 + 0.5 * ripples, bare.shape).clip(0, 1)
    return colour + gloss * (1.15 * mirror + 0.04 - colour)


def _scene(ground: Ground) -> tuple[Array, Array, Array, Array]:
    """Of the photo on the grid: its colours, skin, people, and how far things are, 0 to 1."""
    colour, step = blocks(ground.photo, ground.pitch), ground.scale / ground.pitch
    face, open_sky = ground.skin, sky(ground, colour)
    rows = np.linspace(1, 0, face.shape[0], dtype=np.float32)[:, None]
    far = np.maximum(0.85 * smoothstep(0.05, 0.85, rows), open_sky)
    return colour, face, ground.persons, blurred(far, 0.4 * 4 * step)


def _streaks(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> Array:
    """Falling rain (h, w)."""
    clear = np.ones(shape, dtype=np.float32)
    for count, size, length, opacity in STREAKS:
        place = scattered(shape, count, scale, rng)
        far, bright = rng.random((2, place.shape[1]), dtype=np.float32)
        fall = scale * length * (0.6 + 0.8 * far)
        stretch = np.stack([fall, -SLANT * fall])
        strength = opacity * (0.3 + 0.7 * bright)[None]
        sizes = np.full(place.shape[1], max(0.35, size * scale), dtype=np.float32)
        clear *= 1 - specks(shape, place, sizes, stretch, strength)[0]
    return 1 - clear
