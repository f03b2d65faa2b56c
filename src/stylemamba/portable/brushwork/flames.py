"""Fire: a scene in the dark that burns where it was bright, and is lit by that.

Source: heat rises row by row and cools on its way, as in Sanglard's account of the fire of "Doom"
for the PlayStation ("How Doom fire was done", 2018), with smooth turbulence instead of chance; the
turbulence that tongues are cut of is Perlin's, "An Image Synthesizer" (1985), with its domain
warped by itself.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, gradient, luma
from ..sampling import blocks
from .chance import noise
from .ground import Ground
from .paint import Amount, over
from .scene import masses, scattered, sky, specks
from .tones import smoothstep

SIMPLE, EDGE = 3.0, 0.05  # size in pixels and change of luma that are left out of the photo
RAMP = np.array(
    [
        (0.00, 0.018, 0.010, 0.014),
        (0.16, 0.14, 0.018, 0.012),
        (0.32, 0.48, 0.05, 0.012),
        (0.48, 0.84, 0.19, 0.02),
        (0.64, 0.98, 0.44, 0.05),
        (0.80, 1.00, 0.73, 0.20),
        (0.92, 1.00, 0.92, 0.52),
        (1.00, 1.00, 0.99, 0.88),
    ],
    dtype=np.float32,
)
"""Heat, and the red, green and blue of its light."""
TONGUE = 26.0  # width of flames in pixels
UPRIGHT = 3.0  # their height in widths
SPARED, CLEARED = 0.75, 0.5  # shares of fuel, and of flames before it, that the subject is without
RISE = 120.0  # height that they reach, in pixels

SPARKS = ((1.6, 0.5, 2.0, 0.8), (0.25, 0.9, 4.0, 1.0), (0.025, 2.6, 3.0, 0.45))
"""Of fine, middle and blurred sparks: how many there are in 20 by 20 pixels, their size and trail
in pixels, and how bright they are."""


def burning(heat: Array) -> Array:
    """The light (3, h, w) of heat (h, w), 0 to 1."""
    steps = np.linspace(0, 1, 256)
    table = np.stack([np.interp(steps, RAMP[:, 0], RAMP[:, i]) for i in (1, 2, 3)])
    index = (heat.clip(0, 1) * 255).astype(np.int32)
    return table.astype(np.float32).take(index, axis=1)


def turbulence(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    """Upright turbulence (r, c) of deviation about 1, warped by itself."""
    rows, columns = shape
    y = np.arange(rows, dtype=np.float32)[:, None]
    x = np.arange(columns, dtype=np.float32)[None]
    total, warp = np.zeros((2, *shape), dtype=np.float32)
    for octave, weight in enumerate((1.0, 0.6, 0.35, 0.2)):
        part = size / 2**octave
        high, wide = int(rows / (UPRIGHT * part)) + 6, int(columns / part) + 8
        knots = rng.standard_normal((high, wide), dtype=np.float32)
        total += weight * _sampled(knots, y / (UPRIGHT * part) + 1, x / part + 3 + warp / part)
        # What is finer is bent by what is coarser, and by chance.
        warp = warp + part * (0.38 * total + 0.2 * noise(shape, 1.5 * part, rng))
    return total / np.float32(0.75)


def _sampled(knots: Array, y: Array, x: Array) -> Array:
    """Knots (r, c) at places, with smooth steps between."""
    y, x = (
        place.clip(0, length - 1.001)
        for place, length in zip(np.broadcast_arrays(y, x), knots.shape, strict=True)
    )
    low, first = y.astype(np.int32), x.astype(np.int32)
    down, right = y - low, x - first
    down, right = down * down * (3 - 2 * down), right * right * (3 - 2 * right)
    place = low * knots.shape[1] + first
    near, far = (
        (1 - right) * knots.take(place + shift) + right * knots.take(place + shift + 1)
        for shift in (0, knots.shape[1])
    )
    result: Array = near + down * (far - near)
    return result


def risen(fuel: Array, cooling: Array, wind: Array) -> Array:
    """Heat (r, c) of fuel that burns upwards.

    Args:
        fuel: (r, c), its heat.
        cooling: (r, c), by how much heat sinks from a row to the one above.
        wind: (r, c), from how many columns to the right it comes.
    """
    heat = fuel.copy()
    columns = np.arange(fuel.shape[1], dtype=np.float32)
    for row in range(fuel.shape[0] - 2, -1, -1):
        below = np.interp(columns + wind[row], columns, heat[row + 1])
        heat[row] = np.maximum(fuel[row], below - cooling[row])
    return heat


def paint_flames(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The scene (3, h, w) on fire, in [0, 1]; see `brushwork`."""
    shape, step = ground.shape, ground.scale / ground.pitch
    colour = blocks(ground.photo, ground.pitch)
    face, air = ground.face, sky(ground, colour)
    near = smoothstep(0.02, 0.35, blurred(face, 0.4 * 6 * step))
    light = ground.moments[0]
    curl = turbulence(light.shape, TONGUE * step, rng)
    subject = _subject(ground, step)
    fuel = _fuel(light, near, air, step, rng) * (1 - SPARED * subject)
    cooling = (1 / (RISE * step)) * (1 + 0.7 * curl).clip(0.3, 3)
    wind = 0.5 * noise(light.shape, 30 * step, rng) + 0.35 * curl
    heat = blurred(risen(fuel, cooling, wind), 0.4)
    # Tongues are cut out of the heat: filaments in between.
    flame = (heat * (1.02 + 0.3 * curl.clip(-1.6, 1.6)) - 0.11).clip(0)
    flame = 1.25 * np.tanh(flame / 1.15) * (1 - 0.9 * near)
    glow = blurred(flame, 0.4 * 30 * step)
    flame = flame * (1 - CLEARED * subject)
    warmth = _lit(ground, colour, np.maximum(face, 0.6 * subject), air, glow, curl)
    fire = burning(ground.spread(flame))
    scene = 1 - (1 - warmth) * (1 - fire)
    sparks = _sparks(shape, ground.scale, ground.spread(glow), rng)
    scene = 1 - (1 - scene) * (1 - sparks)
    return over(picture, scene, amount)


def _subject(ground: Ground, step: float) -> Array:
    """Where a photo's subject is likely, 0 to 1, (r, c): detail towards the middle."""
    busy = blurred(np.sqrt(ground.variance(6 * ground.scale)), 10 * step)
    y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in busy.shape)
    worth = busy * np.exp(-1.5 * (y[:, None] ** 2 + x**2))
    return smoothstep(0.45, 0.9, worth / (worth.max() + np.float32(1e-6)))


def _fuel(light: Array, near: Array, air: Array, step: float, rng: np.random.Generator) -> Array:
    """The heat (r, c) of what burns: bright things, upper edges, and the ground in front."""
    down, right = gradient(blurred(light, 0.4 * 2 * step))
    edge = smoothstep(0.01, 0.05, np.hypot(down, right)) * (down > -0.01)
    low, high = np.quantile(light[::2, ::2], (0.7, 0.97))
    bright = smoothstep(low, high + 0.02, light)
    fuel = np.maximum(0.85 * edge * smoothstep(0.15, 0.5, light + 0.3 * edge), 0.8 * bright)
    fuel = fuel * (1 - air) * (1 - near)
    patches = smoothstep(-0.6, 0.9, noise(light.shape, 40 * step, rng))
    fuel = blurred(fuel, 0.4 * 2 * step) * patches
    uneven = 0.15 * noise(light.shape, 10 * step, rng).clip(-2, 2)
    fuel[-3:] = np.maximum(fuel[-3:], (0.62 + 0.2 * patches + uneven)[-3:])
    return fuel


def _lit(ground: Ground, colour: Array, face: Array, air: Array, glow: Array, curl: Array) -> Array:
    """The scene (3, h, w) in the light of its fire."""
    bright = float(np.quantile(ground.moments[0][::2, ::2], 0.98)) + 0.05
    base = masses(ground, colour, SIMPLE, EDGE).clip(0, 1) / bright
    light = luma(base)
    light = light + 0.6 * (light - blurred(light, 0.4 * 20 * ground.scale))
    lamp = 0.42 + 0.6 * face + 0.7 * glow
    shone: Array = light.clip(0, 1.2) ** np.float32(1.25) * ground.spread(lamp)
    # Smoke, red from below, before which things are dark.
    rows = np.linspace(0, 1, air.shape[0], dtype=np.float32)[:, None]
    smoke = 0.06 + 0.22 * rows**2 + 0.9 * glow + 0.03 * blurred(curl, 1.6)
    heat: Array = shone + ground.spread(air) * (ground.spread(smoke) - shone)
    own = (base - luma(base)) * heat * (1 - ground.spread(air))
    lit: Array = (burning(heat) + 0.8 * own).clip(0, 1)
    return lit


def _sparks(shape: tuple[int, ...], scale: float, glow: Array, rng: np.random.Generator) -> Array:
    """Embers that rise (3, h, w): more where it glows."""
    dark = np.ones((3, *shape), dtype=np.float32)
    for count, size, trail, strength in SPARKS:
        place = scattered(shape, count, scale, rng)
        chance, bright = rng.random((2, place.shape[1]), dtype=np.float32)
        angle, uneven = rng.standard_normal((2, place.shape[1]), dtype=np.float32)
        sizes = (scale * size * np.exp(0.3 * uneven.clip(-2, 2))).clip(0.35)
        stretch = scale * trail * np.stack([-np.cos(0.6 * angle), np.sin(0.6 * angle)])
        light = strength * burning(0.47 + 0.35 * bright[None])[:, 0]
        there = chance < 0.12 + 1.6 * glow[place[0].astype(int), place[1].astype(int)]
        dark = dark - dark * specks(
            shape, place[:, there], sizes[there], stretch[:, there], light[:, there]
        )
    return 1 - dark
