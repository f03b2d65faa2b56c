"""Weather, water and seasons: fog, clouds, snow, rain, underwater, autumn."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from stylemamba.training.procedural.filters import (
    Array,
    balanced_tone,
    blur,
    clip,
    displace,
    gradient_map,
    height_ramp,
    hue_colour,
    inks,
    jittered_points,
    luminance,
    mix,
    noise,
    saturate,
    screen,
    smear,
    smoothstep,
    voronoi,
)


def fog(image: Array, rng: np.random.Generator) -> Array:
    """Thick drifting mist: pale, grey, soft, denser towards the top."""
    shape = image.shape[:2]
    soft = saturate(blur(image, 1.6), 0.45)
    bank = noise(shape, 90, rng, 4, (0.6, 2.0))
    density = clip(0.42 + 0.3 * (1 - height_ramp(shape)) + 0.5 * (bank - 0.35))
    white = hue_colour(rng.uniform(0.5, 0.65), 0.05, rng.uniform(0.85, 0.92))
    return clip(mix(soft, white, 0.92 * clip(density)))


def clouds(image: Array, rng: np.random.Generator) -> Array:
    """Everything made of white cumulus against a blue sky."""
    tone = balanced_tone(image)
    shape = tone.shape
    billow = noise(shape, 34, rng, 5)
    mass = smoothstep(blur(tone, 2.5) + 0.8 * (billow - 0.5), 0.3, 0.75)
    bulk = blur(mass, 5)
    lit = clip(0.54 + 0.45 * billow + bulk - np.roll(bulk, 4, 0))
    sky = gradient_map(height_ramp(shape), inks("#2966c7 #8cc4f0"))
    puff = gradient_map(lit, inks("#8c99b2 #d9e0ed #ffffff"))
    return clip(mix(sky, puff, mass))


def snow(image: Array, rng: np.random.Generator) -> Array:
    """Winter: cold light, snow lying on what faces up, falling flakes."""
    shape = image.shape[:2]
    cold = clip(saturate(image, 0.4) * np.array([0.88, 0.98, 1.12], np.float32) * 0.75 + 0.14)
    tone = blur(luminance(image), 1.2)
    upward = clip(ndimage.sobel(tone, 0, mode="nearest") * -1.0)
    lying = smoothstep(1.8 * upward + 0.9 * tone + 0.6 * (noise(shape, 18, rng) - 0.5), 0.4, 0.8)
    ground = mix(cold, (0.94, 0.97, 1.0), 0.85 * lying)
    flakes = np.zeros(shape, np.float32)
    for size, chance in ((0.5, 0.012), (0.8, 0.004), (1.4, 0.0008)):
        layer = blur((rng.random(shape) < chance).astype(np.float32), size)
        flakes = np.maximum(flakes, clip(layer * 7 * size * size))
    return clip(mix(ground, (1.0, 1.0, 1.0), 0.95 * clip(flakes)))


def rain(image: Array, rng: np.random.Generator) -> Array:
    """Grey downpour: slanted streaks, wet reflections, low contrast."""
    shape = image.shape[:2]
    grey = saturate(blur(image, 0.8), 0.5) * np.array([0.62, 0.7, 0.8], np.float32)
    wet = mix(grey, blur(grey, 7) + 0.07, 0.35)
    angle = np.full(shape, 1.35 + rng.normal(0, 0.1), np.float32)
    drops = (rng.random(shape) < 0.02).astype(np.float32)
    streaks = clip(smear(drops, angle, 8) * 5)
    heavy = clip(smear((rng.random(shape) < 0.003).astype(np.float32), angle, 14) * 11)
    return clip(mix(wet, (0.82, 0.87, 0.93), clip(0.4 * streaks + 0.5 * heavy)))


def underwater(image: Array, rng: np.random.Generator) -> Array:
    """Blue-green depth, rippling caustics, rays from above, bubbles."""
    shape = image.shape[:2]
    rows, columns = (6 * (noise(shape, 40, rng, 2) - 0.5) for _ in range(2))
    seen = displace(blur(image, 0.8), rows, columns)
    tone = luminance(seen)
    water = gradient_map(height_ramp(shape), inks("#4cd9d9 #0d80a6 #003366"))
    tinted = gradient_map(tone, inks("#000f33 #005c85 #40bfbf #d9fff2"))
    body = mix(mix(tinted, seen * np.array([0.3, 0.9, 1.0], np.float32), 0.35), water, 0.4)
    _, border = voronoi(shape, jittered_points(shape, rng.uniform(20, 28), 1.0, rng))
    web = np.exp(-displace(border, 1.5 * rows, 1.5 * columns) / 2.2)
    caustic = web * noise(shape, 50, rng, 2) * clip(1.2 - height_ramp(shape))
    x = np.linspace(0, 1, shape[1])[None] + 0.25 * height_ramp(shape)
    rays = noise((1, 600), 50, rng, 3)[0][np.clip(x / 1.25 * 599, 0, 599).astype(int)]
    beams = smoothstep(rays, 0.5, 0.95) * clip(1 - height_ramp(shape))
    light = clip(0.75 * caustic + 0.4 * beams)[..., None] * np.array([0.75, 1.0, 0.95])
    away = ndimage.distance_transform_edt(rng.random(shape) > 0.0004) - rng.uniform(2.0, 3.0)
    bubbles = 0.6 * (1 - smoothstep(np.abs(away).astype(np.float32), 0.1, 0.9)) + 0.15 * (away < 0)
    return clip(screen(screen(body, light), np.asarray(bubbles, np.float32)[..., None]))


def autumn(image: Array, rng: np.random.Generator) -> Array:
    """Autumn colours: foliage and ground turn orange, red and gold."""
    tone = balanced_tone(image, 0.3)
    shape = tone.shape
    warm = inks("#331708 #b85708 #f79e12 #ffd44c #fff7d9")
    red = inks("#2e0a0a #99120d #eb420f #f79940 #fff2d9")
    leaf = smoothstep(noise(shape, 10, rng, 4), 0.25, 0.8)
    colour = mix(gradient_map(tone, warm), gradient_map(tone, red), leaf)
    sky = clip((blur(image[..., 2], 2) - blur(image[..., 0], 2)) * 4)
    return clip(mix(mix(image, colour, 0.88), image * np.array([1.0, 0.95, 0.9]), 0.7 * sky))
