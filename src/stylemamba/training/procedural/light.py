"""Light, weather and photographic looks: neon, fog, snow, night, sunset, sepia, glitch."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from stylemamba.training.procedural.filters import (
    Array,
    Colour,
    balanced_tone,
    blur,
    clip,
    contrast,
    displace,
    edge_strength,
    gradient_map,
    height_ramp,
    hue_colour,
    inks,
    kuwahara,
    luminance,
    mix,
    noise,
    normalise,
    saturate,
    screen,
    smoothstep,
    vignette,
)


def neon(image: Array, rng: np.random.Generator) -> Array:
    """Glowing tubes along the contours on black."""
    tone = luminance(kuwahara(image, 3))
    edges = edge_strength(tone, 1.1)
    tube = smoothstep(edges, 0.32, 0.7)
    hue = rng.random()
    field = noise(tone.shape, 70, rng, 2)
    hues = [hue, hue + 0.12, hue + 0.45, hue + 0.6]
    colour = gradient_map(field, [hue_colour(h, 1.0, 1.0) for h in hues])
    light = tube[..., None] * colour
    glow = 0.9 * blur(light, 2.0) + 1.3 * blur(light, 6.0)
    core = (0.75 * smoothstep(edges, 0.55, 0.95))[..., None]
    dark = 0.05 * contrast(image, 1.2) + np.array([0.01, 0.0, 0.03], np.float32)
    return clip(screen(clip(dark + glow), clip(0.85 * light + core * 0.7)))


def cyberpunk(image: Array, rng: np.random.Generator) -> Array:
    """Night city in magenta and cyan: dark, wet, bloom around the lights, scan lines."""
    tone = contrast(normalise(luminance(image)), 1.25)
    shape = tone.shape
    ramp = inks("#050014 #290a5c #b80d9e #ff4cbf #99f2ff")
    cold = inks("#000514 #052157 #00739e #1ad9f2 #f2ffff")
    side = smoothstep(noise(shape, 90, rng, 2), 0.35, 0.65)
    base = mix(gradient_map(tone, ramp), gradient_map(tone, cold), side)
    rim = edge_strength(tone, 1.2)[..., None] * gradient_map(side, inks("#ff1ab2 #00f2ff"))
    lit = screen(0.75 * base, clip(0.6 * rim * smoothstep(rim.max(-1), 0.4, 0.9)[..., None]))
    bloom = blur(clip(lit - 0.45), 5) * 1.8
    rows = 0.93 + 0.07 * np.cos(np.pi * np.arange(shape[0]))[:, None, None]
    return clip(screen(lit, clip(bloom)) * rows * vignette(shape, 0.35))


def _tone_curve(image: Array, tint: Colour, strength: float) -> Array:
    return mix(image, luminance(image)[..., None] * np.asarray(tint, np.float32), strength)


def night(image: Array, rng: np.random.Generator) -> Array:
    """Deep blue darkness, moonlit tones, stars and a few warm lights."""
    tone = normalise(luminance(image))
    shape = tone.shape
    ramp = inks("#00030a #050f2e #172e61 #5978ad")
    dark = gradient_map(tone, ramp)
    smooth = 1 - clip(edge_strength(luminance(image), 2.0) * 3)
    place = smooth * clip(1.4 - 2.2 * height_ramp(shape))
    stars = (rng.random(shape) < 0.004 * place).astype(np.float32)
    sky = clip(4.0 * blur(stars, 0.6) + 6 * blur(stars * (rng.random(shape) < 0.2), 1.2))
    bright = smoothstep(tone, 0.75, 0.95) * height_ramp(shape)
    lamps = (rng.random(shape) < 0.0012 * bright).astype(np.float32)
    warm = clip(70 * blur(lamps, 3) + 12 * blur(lamps, 1))[..., None] * np.array([1.0, 0.72, 0.3])
    return clip(screen(screen(dark, sky[..., None] * np.array([0.95, 0.97, 1.0])), clip(warm)))


def sunset(image: Array, rng: np.random.Generator) -> Array:
    """Burning sky: violet to orange from top to bottom, dark silhouettes, a low sun."""
    tone = normalise(luminance(image))
    shape = tone.shape
    sky = gradient_map(
        height_ramp(shape),
        inks("#3d1f66 #ad336b #fa7333 #ffbf4c #d95926"),
    )
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    centre = shape[0] * rng.uniform(0.45, 0.65), shape[1] * rng.uniform(0.25, 0.75)
    away = np.hypot(y - centre[0], x - centre[1]) / min(shape)
    sun = np.exp(-((away / 0.09) ** 4)) + 0.55 * np.exp(-away / 0.22)
    shadow = gradient_map(tone, inks("#0d0314 #591429 #f27333 #ffd98c"))
    lit = mix(shadow, sky * (0.4 + 0.75 * tone)[..., None], 0.6)
    return clip(
        screen(lit, clip(sun * (0.25 + 0.75 * tone))[..., None] * np.array([1.0, 0.8, 0.4]))
    )


def golden_light(image: Array, rng: np.random.Generator) -> Array:
    """Golden hour: warm glow, haze and soft rays from one side."""
    shape = image.shape[:2]
    warm = _tone_curve(contrast(saturate(image, 1.15), 1.1), (1.35, 0.95, 0.5), 0.45)
    warm = clip(warm * np.array([1.15, 0.92, 0.68], np.float32))
    bloom = blur(clip(warm - 0.45), 8) * 1.5
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    left = rng.random() < 0.5
    angle = np.arctan2(y + 20, x + 20 if left else shape[1] - x + 20)
    rays = noise((1, 400), 20, rng, 3)[0]
    beam = rays[np.clip(angle / (np.pi / 2) * 399, 0, 399).astype(int)]
    distance = np.hypot(y, x if left else shape[1] - x) / np.hypot(*shape)
    haze = clip(1.05 - 1.3 * distance) * (0.45 + 0.65 * beam)
    return clip(screen(screen(warm, bloom), haze[..., None] * np.array([0.98, 0.6, 0.22])))


def galaxy(image: Array, rng: np.random.Generator) -> Array:
    """Nebula: violet, blue and magenta clouds, dense stars on black."""
    tone = normalise(luminance(image))
    shape = tone.shape
    cloud = clip(0.7 * blur(tone, 1.2) + 0.55 * (noise(shape, 60, rng, 5) - 0.4))
    ramp = inks("#000008 #1a084c #6b1a99 #e659b2 #bfd9ff")
    cold = inks("#000008 #05144c #0d59a6 #4cbfe6 #f2ffff")
    side = smoothstep(noise(shape, 80, rng, 2), 0.35, 0.65)
    gas = mix(gradient_map(cloud, ramp), gradient_map(cloud, cold), side)
    stars = np.zeros(shape, np.float32)
    for size, chance, gain in ((0.4, 0.01, 1.6), (0.7, 0.003, 4.0), (1.4, 0.0006, 14.0)):
        stars += gain * blur((rng.random(shape) < chance).astype(np.float32), size)
    return clip(screen(gas, clip(stars)[..., None]))


def fire(image: Array, rng: np.random.Generator) -> Array:
    """Flames: turbulent tongues rising from the lights and edges, black to white-hot."""
    tone = balanced_tone(image, 0.35)
    shape = tone.shape
    turbulence = noise(shape, rng.uniform(36, 50), rng, 5, (2.2, 0.8))
    fuel = clip(0.65 * tone + 0.55 * edge_strength(tone, 1.3))
    rising = fuel
    for step in (4, 9, 16):
        sway = (turbulence - 0.5) * step * 1.6
        lifted = displace(fuel, np.full(shape, float(step), np.float32), sway)
        rising = np.maximum(rising, lifted * (1 - step / 26))
    tongues = 1 - np.abs(2 * turbulence - 1)
    heat = clip(rising * (0.3 + 1.0 * tongues) + 0.25 * rising**2 - 0.04)
    ramp = inks("#030000 #470500 #b81a00 #fa6b05 #ffc72e #fffabf")
    flames = gradient_map(contrast(heat, 1.35, 0.45), ramp)
    sparks = ndimage.grey_dilation((rng.random(shape) > 0.9985).astype(np.float32), 2)
    glow = blur(flames, 5) * np.array([0.5, 0.3, 0.15], np.float32)
    return clip(screen(flames, glow) + sparks[..., None] * np.array([1.0, 0.7, 0.3]))
