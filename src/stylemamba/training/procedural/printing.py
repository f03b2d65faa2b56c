"""Printing inks and flat colour: comics, pop art, cartoons, posters, halftones."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from stylemamba.training.procedural.filters import (
    Array,
    balanced_tone,
    blur,
    clip,
    contrast,
    edge_strength,
    gradient_map,
    grain,
    inks,
    kuwahara,
    line_drawing,
    luminance,
    mix,
    nearest_indices,
    noise,
    palette_of,
    posterise,
    relit,
    saturate,
    smoothstep,
)


def _dots(shape: tuple[int, int], period: float, angle: float) -> Array:
    """Halftone screen: 1 at the dot centres, 0 between."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    u = (x * np.cos(angle) + y * np.sin(angle)) * np.pi / period
    v = (-x * np.sin(angle) + y * np.cos(angle)) * np.pi / period
    return np.asarray(0.5 + 0.25 * (np.cos(2 * u) + np.cos(2 * v)), np.float32)


def comic(image: Array, rng: np.random.Generator) -> Array:
    """Printed comic: flat primaries, round halftone dots, heavy black contours."""
    shape = image.shape[:2]
    smooth = kuwahara(kuwahara(image, 3.5), 3)
    tone = balanced_tone(smooth, 0.8)
    colours = saturate(relit(smooth, tone, 0.6, 2.5), 2.4)
    period = rng.uniform(5.0, 6.5)
    plates = []
    for channel, angle in enumerate((0.26, 1.31, 0.0)):
        level = colours[..., channel]
        stepped = np.round(level * 3) / 3
        screen = _dots(shape, period, angle)
        plates.append(smoothstep(stepped * 1.1 - (1 - screen), -0.08, 0.08))
    printed = np.stack(plates, -1)
    paper = np.array([1.0, 0.97, 0.88], np.float32)
    result = printed * paper
    ink = line_drawing(balanced_tone(blur(image, 0.8), 0.5), 1.2, 0.06, 0.09)
    return clip(mix((0.03, 0.03, 0.06), result, ink))


def pop_art(image: Array, rng: np.random.Generator) -> Array:
    """Screen print: four or five flat clashing colours, dots in the half-tones, bold black."""
    shape = image.shape[:2]
    tone = balanced_tone(kuwahara(blur(image, 1), 6), 0.75)
    schemes = (
        inks("#ed1a73 #00a6e0 #ffd900 #ff99bf"),
        inks("#e61f1f #1a4ccc #ffde1a #faf2e6"),
        inks("#731aa6 #ff591a #33cc80 #fff24c"),
        inks("#008c80 #f2408c #ff8c26 #ffe699"),
    )
    scheme = schemes[rng.integers(len(schemes))]
    level = blur(tone, 1.2)
    flat = posterise(level, ((0.05, 0.03, 0.08), *scheme))
    dots = smoothstep(_dots(shape, rng.uniform(6, 8), 0.785), 0.55, 0.65)
    middle = smoothstep(level, 0.38, 0.42) * (1 - smoothstep(level, 0.66, 0.7))
    result = mix(flat, scheme[0], 0.9 * dots * middle)
    ink = line_drawing(tone, 1.6, 0.06, 0.09)
    return clip(mix((0.05, 0.03, 0.08), result, ink))


def cartoon(image: Array, rng: np.random.Generator) -> Array:
    """Flat bright regions with a clean dark outline."""
    smooth = kuwahara(kuwahara(image, 3), 2.4)
    tone = balanced_tone(smooth, 0.5)
    lifted = relit(smooth, tone, 0.7, 2.2)
    colours = palette_of(lifted, int(rng.integers(8, 12)), rng)
    index = ndimage.median_filter(nearest_indices(lifted, colours), 5)
    flat = saturate(clip(0.05 + 1.1 * colours[None] ** 0.85), 2.3)[0][index]
    ink = line_drawing(balanced_tone(blur(image, 0.8), 0.5), 1.0, 0.06, 0.09)
    steps = edge_strength(luminance(blur(flat, 0.6)), 0.8)
    outline = np.minimum(ink, 1 - 0.9 * smoothstep(steps, 0.65, 0.95))
    return clip(mix((0.05, 0.05, 0.08), blur(flat, 0.4), outline))


def poster(image: Array, rng: np.random.Generator) -> Array:
    """Stencil poster: red, cream and dark blue, hard edges, slight print wear."""
    shape = image.shape[:2]
    tone = balanced_tone(kuwahara(blur(image, 1.5), 6))
    schemes = (
        inks("#0d334c #d61a21 #7399a6 #fae6ad"),
        inks("#140f0f #cc211a #ed8c33 #f5e6bd"),
    )
    scheme = schemes[rng.integers(2)]
    flat = blur(posterise(blur(tone, 1.4), scheme), 0.5)
    y = np.arange(shape[0])[:, None] * np.ones(shape[1])
    lines = (np.sin(2 * np.pi * y / 4.5) > 0.1) & (np.abs(tone - 0.62) < 0.09)
    worn = smoothstep(noise(shape, 8, rng, 4), 0.86, 0.95) * 0.6
    return clip(mix(mix(flat, scheme[2], 0.9 * lines), scheme[3], worn))


def duotone(image: Array, rng: np.random.Generator) -> Array:
    """Two strong inks from shadow to light, with risograph grain."""
    pairs = (
        inks("#1f1f73 #ff7366 #ffe6bf"),
        inks("#380d66 #f24c8c #ffd966"),
        inks("#054052 #1a998c #ffdeb2"),
        inks("#1a2680 #268cd9 #ffbfcc"),
        inks("#4c0826 #eb5926 #bfebd9"),
    )
    tone = contrast(balanced_tone(image, 0.5), 1.2)
    tone = clip(tone + 0.06 * grain(tone.shape, 0.5, rng))
    return gradient_map(tone, pairs[rng.integers(len(pairs))])


def newspaper(image: Array, rng: np.random.Generator) -> Array:
    """Black halftone dots on yellowed newsprint."""
    tone = contrast(balanced_tone(image, 0.5), 1.2)
    dots = _dots(tone.shape, rng.uniform(3.6, 4.6), 0.785)
    ink = smoothstep(1 - tone - (1 - dots), -0.12, 0.12)
    paper = mix((0.86, 0.82, 0.72), (0.92, 0.89, 0.81), noise(tone.shape, 30, rng))
    return clip(mix(paper, (0.12, 0.11, 0.11), ink))
