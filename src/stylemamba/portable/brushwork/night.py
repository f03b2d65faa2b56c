"""Night: a scene in blue dark under stars, or under a galaxy."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..filters import blurred
from ..geometry import Array, luma
from ..sampling import blocks
from .chance import noise
from .ground import Ground
from .paint import Amount, over
from .scene import masses, scattered, sky, specks
from .tones import smoothstep

SIMPLE, EDGE = 3.0, 0.05  # size in pixels and change of luma that are left out of the photo
STARS = ((2.6, 0.42, 0.75), (0.5, 0.7, 0.95), (0.05, 1.25, 1.0))
"""Of faint, bright and brightest stars: how many there are in 20 by 20 pixels, their size in
pixels, and how bright they are."""
GLARE, GLARE_SHARE = 5.0, 0.35  # of the brightest: size in their own, and how bright it is
NIGHT = np.array([0.30, 0.46, 0.85], dtype=np.float32)[:, None, None]  # light at night
ZENITH = np.array([0.012, 0.022, 0.085], dtype=np.float32)[:, None, None]
HORIZON = np.array([0.07, 0.13, 0.33], dtype=np.float32)[:, None, None]
MILK = np.array([0.62, 0.66, 0.85], dtype=np.float32)[:, None, None]
NEBULAE = np.array([(0.75, 0.22, 0.62), (0.20, 0.42, 0.90), (0.95, 0.50, 0.35)], dtype=np.float32)
"""Colours that a galaxy has where the picture has none."""
NEBULA_OWN = 0.5  # share of the picture's hues in them where it has some
MILKY = {70.0: 0.6, 28.0: 0.45, 11.0: 0.3, 5.0: 0.15}
NEBULOUS = {180.0: 0.7, 72.0: 0.5, 28.0: 0.25, 12.0: 0.12}
"""Of the Milky Way and nebulae: sizes of clouds in pixels, and their weights."""


def _paint(
    galaxy: float, picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The scene (3, h, w) at night, in [0, 1]; a galaxy has coloured clouds."""
    shape, step = ground.shape, ground.scale / ground.pitch
    painted = blocks(picture, ground.pitch)
    colour = blocks(ground.photo, ground.pitch)
    face = ground.skin
    open_sky = _open(ground, colour, face, galaxy)
    scene = _dark(ground, colour, face)
    band = _band(open_sky.shape, step, rng)
    heaven = ground.spread(_heaven(band, painted, galaxy, step, rng))
    band = ground.spread(band)
    veil = smoothstep(0.15, 0.6, masses(ground, open_sky[None], 14, 0.02)[0])
    stars = _stars(shape, ground.scale, band, rng)
    heaven = 1 - (1 - heaven.clip(0, 1)) * (1 - stars)
    return over(picture, scene + veil * (heaven - scene), amount)


def _open(ground: Ground, colour: Array, face: Array, galaxy: float) -> Array:
    """Where stars are seen (r, c): in the sky, and under a galaxy in calm upper parts, too."""
    step = ground.scale / ground.pitch
    open_sky = sky(ground, colour)
    if galaxy:
        rows = np.linspace(1, 0, face.shape[0], dtype=np.float32)[:, None]
        deviation = blurred(np.sqrt(ground.variance(4 * ground.scale)), 0.4 * 8 * step)
        calm = (1 - smoothstep(0.02, 0.07, deviation)) * smoothstep(0.2, 0.7, rows)
        open_sky = np.maximum(open_sky, galaxy * calm * (1 - ground.persons))
    return open_sky * (1 - smoothstep(0.01, 0.15, blurred(face, 0.4 * 8 * step)))


def _dark(ground: Ground, colour: Array, face: Array) -> Array:
    """The scene (3, h, w) in the light of the night."""
    bright = float(np.quantile(ground.moments[0][::2, ::2], 0.98)) + 0.08
    base = masses(ground, colour, SIMPLE, EDGE).clip(0, 1) / bright
    light = luma(base)
    light = (light + 0.4 * (light - blurred(light, 0.4 * 20 * ground.scale))).clip(0, 1)
    moon = light ** np.float32(1.2)
    warm = ground.spread(0.4 + 0.4 * face)
    own = (base - luma(base)) * moon
    return (0.02 + 0.75 * moon * (NIGHT + 0.35 * moon) + warm * own).clip(0, 1)


def _band(shape: tuple[int, ...], step: float, rng: np.random.Generator) -> Array:
    """The Milky Way (r, c), 0 to about 1: an oblique band with dark clouds."""
    y = np.arange(shape[0], dtype=np.float32)[:, None] / max(shape) - 0.1
    x = np.arange(shape[1], dtype=np.float32)[None] / max(shape) - 0.5 * shape[1] / max(shape)
    lean = rng.choice([-1.0, 1.0]) * (0.9 + 0.2 * rng.random())
    clouds = _clouds(shape, MILKY, step, rng)
    across = (x * np.cos(lean) + y * np.sin(lean)) / 0.17 + 0.22 * clouds
    body = np.exp(-(across**2))
    rift = np.exp(-(((across - 0.12) / 0.28) ** 2)) * smoothstep(-0.5, 1.0, clouds)
    band: Array = (body * (0.75 + 0.4 * clouds) * (1 - 0.75 * rift)).clip(0, 1.3)
    return band.astype(np.float32)


def _hues(colour: Array) -> Array:
    """Colours (n, 3) of nebulae: theirs, turned towards the most colourful ones of (3, r, c)."""
    plane = (colour - colour.mean(0)).reshape(3, -1)
    far = NEBULAE - NEBULAE.mean(1, keepdims=True)
    # Each takes the mean of what is nearer to its hue than to others', as much as there is.
    weight = (far @ plane).clip(0) ** 3
    own = weight @ plane.T / (weight.sum(1, keepdims=True) + np.float32(1e-6))
    share = NEBULA_OWN * smoothstep(0.02, 0.2, np.linalg.norm(own, axis=1))[:, None]
    own = own / (np.linalg.norm(own, axis=1, keepdims=True) + np.float32(1e-3))
    own = own * np.linalg.norm(far, axis=1, keepdims=True)
    hues: Array = (NEBULAE + share * (own - far)).clip(0, 1)
    return hues


def _clouds(
    shape: tuple[int, ...], sizes: dict[float, float], step: float, rng: np.random.Generator
) -> Array:
    """Noise (r, c) of several sizes in pixels, each with its weight."""
    total = np.zeros(shape, dtype=np.float32)
    for size, weight in sizes.items():
        total += weight * noise(shape, max(1.0, size * step), rng)
    return total


def _heaven(
    band: Array, colour: Array, galaxy: float, step: float, rng: np.random.Generator
) -> Array:
    """The night sky (3, r, c) without its stars."""
    rows = np.linspace(0, 1, band.shape[0], dtype=np.float32)[:, None]
    heaven = ZENITH + rows * (HORIZON - ZENITH) + (0.3 + 0.15 * galaxy) * band * MILK
    if galaxy:
        for hue in _hues(colour):
            cloud = _clouds(band.shape, NEBULOUS, step, rng)
            shine = smoothstep(-0.2, 2.0, cloud) * (0.35 + 0.65 * band)
            heaven = heaven + galaxy * 0.75 * shine * hue[:, None, None] * (1 - heaven)
    result: Array = heaven
    return result


def _stars(shape: tuple[int, ...], scale: float, band: Array, rng: np.random.Generator) -> Array:
    """Stars (3, h, w), more along the Milky Way."""
    dark = np.ones((3, *shape), dtype=np.float32)
    for count, size, strength in STARS:
        place = scattered(shape, count, scale, rng)
        chance, bright, warm = rng.random((3, place.shape[1]), dtype=np.float32)
        kept = chance < 0.35 + 0.65 * band[place[0].astype(int), place[1].astype(int)]
        sizes = (scale * size * (0.75 + 0.5 * bright)).clip(0.35)
        light = strength * (0.25 + 0.75 * bright**2)
        hue = 1 - 0.35 * np.stack([1 - warm, np.abs(warm - 0.5), warm]) ** 2
        still = np.zeros_like(place)
        lights = [(sizes, light * hue)]
        if size > 1:
            lights.append((GLARE * sizes, GLARE_SHARE * light * hue))
        for part, tint in lights:
            dark *= 1 - specks(shape, place[:, kept], part[kept], still[:, kept], tint[:, kept])
    return 1 - dark


paint_stars = partial(_paint, 0.0)
paint_galaxy = partial(_paint, 1.0)
