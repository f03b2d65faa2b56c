"""Cameras and screens: old film, infrared, thermal, x-ray, glitch, vaporwave."""

from __future__ import annotations

import numpy as np

from stylemamba.training.procedural.filters import (
    Array,
    blur,
    clip,
    contrast,
    displace,
    edge_strength,
    gradient_map,
    grain,
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


def vaporwave(image: Array, rng: np.random.Generator) -> Array:
    """Pink, lilac and turquoise pastels, soft contrast, a perspective grid at the bottom."""
    tone = clip(0.12 + 0.8 * normalise(luminance(kuwahara(image, 4))))
    shape = tone.shape
    ramp = inks("#33146b #7340bf #fa73bf #ffbfb2 #9ef5f0")
    base = gradient_map(tone, ramp)
    shift = int(rng.integers(2, 4))
    base[..., 0] = np.roll(base[..., 0], shift, 1)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    depth = clip((y / shape[0] - 0.68) / 0.32) + 1e-3
    rows = np.abs((1.4 / depth) % 1 - 0.5) > 0.5 - 0.06 / depth.clip(0.1)
    columns = np.abs(((x / shape[1] - 0.5) / depth * 2.5) % 1 - 0.5) > 0.47
    grid = (rows | columns) & (depth > 0.04)
    lines = blur(grid.astype(np.float32), 0.7) * smoothstep(depth, 0.02, 0.3) * 0.8
    return clip(mix(base, (0.35, 1.0, 0.95), lines))


def glitch(image: Array, rng: np.random.Generator) -> Array:
    """Broken signal: torn rows, split colour channels, blocks and scan lines."""
    shape = image.shape[:2]
    shift = np.zeros(shape[0], np.float32)
    for _ in range(int(rng.integers(8, 14))):
        start, size = int(rng.integers(0, shape[0])), int(rng.integers(2, 14))
        shift[start : start + size] += rng.normal(0, 14)
    split = float(rng.uniform(3, 6))
    rows = np.zeros(shape, np.float32)
    source = saturate(contrast(image, 1.3), 1.6)
    columns = np.repeat(shift[:, None], shape[1], 1)
    channels = [
        displace(source[..., c], rows, columns + offset)
        for c, offset in enumerate((-split, 0.0, split))
    ]
    result = np.stack(channels, -1)
    for _ in range(int(rng.integers(5, 10))):
        y, x = int(rng.integers(0, shape[0])), int(rng.integers(0, shape[1]))
        height, width = int(rng.integers(2, 8)), int(rng.integers(10, 60))
        result[y : y + height, x : x + width] = hue_colour(rng.choice([0.5, 0.85, 0.33, 0.15]))
    lines = 0.8 + 0.2 * (np.arange(shape[0]) % 3 > 0)[:, None, None]
    return clip(result * lines + 0.05 * grain(shape, 0.4, rng)[..., None])


def sepia(image: Array, rng: np.random.Generator) -> Array:
    """Old photograph: brown tones, faded blacks, vignette, dust and scratches."""
    tone = normalise(luminance(image))
    shape = tone.shape
    toned = gradient_map(
        clip(0.08 + 0.92 * contrast(tone, 1.15, 0.4) + 0.03 * grain(shape, 0.5, rng)),
        inks("#24140a #75522e #cca670 #f7e3b8"),
    )
    stains = 0.1 * smoothstep(noise(shape, 90, rng, 4), 0.55, 0.9)
    dust = blur((rng.random(shape) > 0.9985).astype(np.float32), 0.5)
    scratch = np.zeros(shape, np.float32)
    scratch[:, rng.integers(0, shape[1], 3)] = 0.25
    scratch *= noise(shape, 60, rng, 3, (3.0, 0.3)) > 0.55
    worn = mix(toned, (0.98, 0.92, 0.78), clip(dust + scratch))
    return clip(worn * (1 - stains)[..., None] * vignette(shape, 0.4))


def black_and_white(image: Array, rng: np.random.Generator) -> Array:
    """Black and white film: strong contrast and silver grain."""
    weights = rng.dirichlet((4, 4, 2)).astype(np.float32)
    tone = contrast(normalise(image @ weights), rng.uniform(1.1, 1.35))
    tone = clip(tone + 0.03 * grain(tone.shape, 0.6, rng))
    return clip(np.repeat(tone[..., None], 3, -1) * vignette(tone.shape, 0.25))


def infrared(image: Array, rng: np.random.Generator) -> Array:
    """Infrared film: white or pink glowing foliage, dark sky and water."""
    red, green, blue = np.moveaxis(image, -1, 0)
    leaf = clip((green - blue) * 3 + (green - red) * 2 + 0.15)
    sky = clip((blue - red) * 3)
    tone = clip(contrast(luminance(image), 1.2) * (1 - 0.75 * sky) + 0.55 * leaf)
    glow = screen(tone, 0.45 * blur(clip(tone - 0.5), 6))
    tint = inks("#080514 #593366 #f2669e #ffe6ed")
    return clip(gradient_map(clip(glow + 0.03 * grain(tone.shape, 0.5, rng)), tint))


def thermal(image: Array, rng: np.random.Generator) -> Array:
    """Heat camera: black, blue, purple, red, yellow, white."""
    heat = blur(normalise(luminance(image)), rng.uniform(1.2, 2.0))
    ramp = inks("#00001a #1a008c #8c0099 #ed3333 #ffb200 #ffffb2")
    return gradient_map(heat, ramp)


def x_ray(image: Array, rng: np.random.Generator) -> Array:
    """Negative in blue-grey with glowing contours."""
    tone = 1 - normalise(luminance(image))
    rim = blur(edge_strength(tone, 1.5), 1.0)
    value = clip(0.5 * contrast(tone, 1.3) * 0.8 + 0.65 * rim)
    value = clip(value + 0.02 * grain(tone.shape, 0.7, rng))
    return gradient_map(value, inks("#000308 #1a476b #8cc7e0 #f7ffff"))
