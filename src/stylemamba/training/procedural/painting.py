"""Wet media and printing inks: oil, watercolour, ink wash, pastel, spray, comics, posters."""

from __future__ import annotations

import numpy as np
from PIL import ImageDraw
from scipy import ndimage

from stylemamba.training.procedural.filters import (
    Array,
    balanced_tone,
    blur,
    clip,
    contrast,
    edge_strength,
    flow_angle,
    from_pillow,
    grain,
    hue_colour,
    kuwahara,
    luminance,
    mix,
    nearest_colours,
    noise,
    normalise,
    palette_of,
    posterise,
    relief,
    relit,
    saturate,
    smear,
    smoothstep,
    to_pillow,
    wobble,
)


def _brush_layer(
    canvas: Array, reference: Array, radius: float, tolerance: float, rng: np.random.Generator
) -> Array:
    """One layer of curved strokes where the canvas differs from the reference.

    Source: Hertzmann, "Painterly rendering with curved brush strokes of multiple sizes" (1998):
    strokes start at the largest error of each grid cell and run along the contours.
    """
    height, width = reference.shape[:2]
    smooth = blur(reference, radius * 0.5)
    step = max(2, round(radius))
    starts = np.moveaxis(np.mgrid[0:height:step, 0:width:step], 0, -1).reshape(-1, 2)
    starts = starts + rng.integers(-step // 2, step // 2 + 1, starts.shape)
    starts = np.clip(starts, 0, (height - 1, width - 1))
    error = blur(np.abs(canvas - smooth).sum(-1), radius * 0.5)
    starts = starts[error[starts[:, 0], starts[:, 1]] > tolerance]
    starts = starts[rng.permutation(len(starts))]
    colours = smooth[starts[:, 0], starts[:, 1]]
    brightness = rng.normal(1, 0.07, (len(starts), 1))
    colours = clip(colours * brightness + rng.normal(0, 0.025, colours.shape))
    angle = flow_angle(luminance(reference), max(2.0, radius))
    position = starts.astype(np.float32)
    path = [position]
    heading = np.zeros_like(position)
    for _ in range(5):
        row, column = np.rint(position).astype(int).T
        a = angle[row, column]
        direction = np.stack([np.sin(a), np.cos(a)], -1)
        turn = np.where((direction * heading).sum(-1, keepdims=True) < 0, -1, 1)
        heading = direction * turn
        position = np.clip(position + heading * radius * 1.1, 0, (height - 1, width - 1))
        path.append(position)
    picture = to_pillow(canvas)
    draw = ImageDraw.Draw(picture)
    points = np.stack(path, 1)[..., ::-1].reshape(len(starts), -1)
    for line, colour in zip(points.tolist(), (colours * 255).astype(int).tolist(), strict=True):
        draw.line(line, fill=tuple(colour), width=max(1, round(radius)), joint="curve")
    return from_pillow(picture)


def _bristles(tone: Array, scale: float, length: int, rng: np.random.Generator) -> Array:
    return normalise(smear(grain(tone.shape, scale, rng), flow_angle(tone, 5), length))


def oil_painting(image: Array, rng: np.random.Generator) -> Array:
    """Layers of curved brush strokes with bristle marks, rich colour."""
    source = saturate(contrast(image, 1.08), 1.35)
    ground = np.ones_like(source) * np.array([0.45, 0.35, 0.25], np.float32)
    big = rng.uniform(8, 11)
    canvas = _brush_layer(ground, source, big, 0.0, rng)
    canvas = _brush_layer(canvas, source, big / 2.2, 0.16, rng)
    canvas = _brush_layer(canvas, source, big / 4.2, 0.22, rng)
    tone = luminance(canvas)
    height = 0.6 * _bristles(luminance(source), 0.7, 8, rng) + 1.2 * blur(tone, 0.6)
    return clip(canvas * relief(height, 0.7)[..., None])


def impasto(image: Array, rng: np.random.Generator) -> Array:
    """Palette knife: thick slabs of saturated paint in strong relief."""
    source = saturate(contrast(image, 1.2), 1.7)
    canvas = _brush_layer(source * 0.5, source, rng.uniform(9, 12), 0.0, rng)
    canvas = _brush_layer(canvas, source, rng.uniform(5, 6), 0.3, rng)
    ridges = _bristles(luminance(source), 1.2, 12, rng)
    height = 1.3 * ridges + 2.0 * luminance(blur(canvas, 0.5))
    return clip(canvas * clip(relief(height, 1.2) * 0.5)[..., None] * 2)


def watercolour(image: Array, rng: np.random.Generator) -> Array:
    """Transparent pale washes with dark rims, blooms, granulation and white paper."""
    shape = image.shape[:2]
    wet = wobble(kuwahara(kuwahara(image, 6), 4), 3.0, 16, rng)
    tone = balanced_tone(wet, 0.35)
    lifted = relit(wet, 0.3 + 0.7 * tone, 0.8, 3.0)
    washes = mix(lifted, nearest_colours(lifted, palette_of(lifted, 9, rng)), 0.7)
    cool_darks = (1 - luminance(washes))[..., None] * np.array([-0.06, 0.0, 0.1], np.float32)
    washes = blur(saturate(washes + cool_darks, 2.0), 0.7)
    pigment = 1 - washes
    rim = clip(luminance(np.abs(washes - blur(washes, 2.2))) * 5)
    density = 0.35 + 0.75 * noise(shape, 50, rng) + 1.0 * rim + 0.09 * grain(shape, 0.6, rng)
    light = smoothstep(tone + 0.35 * (noise(shape, 30, rng) - 0.5), 0.72, 0.95)
    pigment = pigment * (density * (1 - 0.85 * light))[..., None]
    tooth = relief(grain(shape, 1.0, rng), 0.06)[..., None]
    return clip(np.array([0.99, 0.985, 0.965]) * tooth * (1 - clip(pigment)))


def ink_wash(image: Array, rng: np.random.Generator) -> Array:
    """Sumi-e: a few wet grey washes and dark calligraphic accents on much empty rice paper."""
    tone = normalise(luminance(image))
    shape = tone.shape
    soft = wobble(blur(luminance(kuwahara(image, 6)), 2.0), 5.0, 24, rng)
    soft = normalise(soft)
    wash = smoothstep(1 - soft + 0.35 * (noise(shape, 40, rng) - 0.5), 0.4, 1.05)
    rim = clip(np.abs(wash - blur(wash, 2.5)) * 2.5)
    strokes = smoothstep(edge_strength(wobble(tone, 1.5, 20, rng), 2.0), 0.45, 0.9)
    dry = smoothstep(_bristles(tone, 0.8, 9, rng), 0.2, 0.6)
    ink = clip(0.72 * wash + 0.3 * rim + 0.75 * strokes * dry)
    fibres = 0.03 * noise(shape, 20, rng, 3, (0.5, 2.5))
    paper = np.array([0.95, 0.925, 0.87], np.float32) - fibres[..., None]
    return clip(mix(paper, (0.07, 0.08, 0.1), ink))


def pastel(image: Array, rng: np.random.Generator) -> Array:
    """Soft chalky pastel: light powdery colour, broken strokes on tinted rough paper."""
    shape = image.shape[:2]
    soft = kuwahara(blur(image, 1.0), 5)
    colours = clip(0.34 + 0.66 * saturate(soft, 1.9))
    tooth = normalise(0.7 * grain(shape, 0.7, rng) + 0.5 * grain(shape, 1.4, rng))
    strokes = normalise(smear(grain(shape, 1.0, rng), flow_angle(luminance(soft), 6), 7))
    colours = clip(colours + 0.22 * (strokes - 0.5)[..., None])
    paper = hue_colour(rng.uniform(0.05, 0.14), 0.2, 0.78)
    amount = smoothstep(0.6 * tooth + 0.4 * strokes, 0.1, 0.5)
    return clip(mix(paper, colours, 0.35 + 0.65 * amount))


def spray_graffiti(image: Array, rng: np.random.Generator) -> Array:
    """Fluorescent spray paint, thick black outlines, drips and overspray on a wall."""
    shape = image.shape[:2]
    tone = balanced_tone(kuwahara(image, 6))
    base = rng.random()
    inks = [hue_colour(base + h, 0.9, 1.0) for h in (0.0, 0.17, 0.45, 0.62)]
    order = [inks[i] for i in rng.permutation(4)]
    level = blur(tone, 1.5) + 0.06 * (noise(shape, 30, rng) - 0.5)
    flat = posterise(level, ((0.1, 0.08, 0.2), *order, (1.0, 1.0, 0.95)))
    speckle = rng.random(shape) < 0.25 * clip(1 - np.abs(edge_strength(tone, 4) - 0.4) * 2)
    flat = mix(blur(flat, 1.2), hue_colour(base + 0.3, 0.8, 1.0), 0.7 * speckle)
    line = smoothstep(edge_strength(tone, 2.2), 0.35, 0.6)
    drips = ndimage.maximum_filter(line * (rng.random(shape[1]) < 0.06), (15, 2), origin=(7, 0))
    wall = relief(noise(shape, 9, rng, 4), 0.6)[..., None]
    painted = mix(flat, (0.03, 0.02, 0.05), np.maximum(line, drips))
    halo = clip(blur(line, 4) - line) * 0.5
    return clip(mix(painted, (1.0, 1.0, 1.0), halo) * wall)
