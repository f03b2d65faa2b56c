"""Lines and dry media: pencil, charcoal, ink, engraving, woodcut, chalk, crayon."""

from __future__ import annotations

import numpy as np

from stylemamba.training.procedural.filters import (
    Array,
    balanced_tone,
    blur,
    clip,
    contrast,
    edge_strength,
    flow_angle,
    gradient_map,
    grain,
    inks,
    kuwahara,
    line_drawing,
    luminance,
    mix,
    nearest_colours,
    noise,
    normalise,
    palette_of,
    relit,
    saturate,
    smear,
    smoothstep,
    wobble,
)


def _stripes(
    shape: tuple[int, int], angle: float, period: float, rng: np.random.Generator, sway: float = 2.0
) -> Array:
    """Parallel lines as a triangle wave in [0, 1] (0 in the middle of a line), slightly wavy."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    across = y * np.cos(angle) - x * np.sin(angle) + sway * (noise(shape, 40, rng, 2) - 0.5)
    phase = across / period % 1.0
    return np.asarray(np.abs(2 * phase - 1), np.float32)


def _hatching(
    tone: Array,
    period: float,
    layers: tuple[tuple[float, float], ...],
    rng: np.random.Generator,
) -> Array:
    """Hatching (h, w), 0 is ink: each layer is (angle, tone below which it sets in)."""
    ink = np.zeros_like(tone)
    for angle, onset in layers:
        depth = smoothstep(onset - tone, 0.0, 0.35)
        wave = _stripes(tone.shape, angle, period * rng.uniform(0.92, 1.1), rng)
        line = smoothstep(wave + 0.42 * depth, 0.92, 1.12) * (depth > 0)
        ink = np.maximum(ink, line)
    return clip(1 - 1.5 * ink)


def pencil_sketch(image: Array, rng: np.random.Generator) -> Array:
    """Graphite contours and slanted shading on white paper."""
    tone = balanced_tone(image, 0.5)
    shape = tone.shape
    lines = line_drawing(wobble(tone, 1.0, 24, rng), rng.uniform(0.7, 1.0), 0.015, 0.1)
    angle = np.full(shape, rng.uniform(0.6, 1.0), np.float32)
    streaks = normalise(smear(grain(shape, 0.5, rng), -angle, 9))
    shade = clip(0.72 - blur(tone, 1.2)) * 1.15
    shading = 1 - shade * smoothstep(streaks, 0.25, 0.75)
    tooth = 1 - 0.08 * np.abs(grain(shape, 0.4, rng))
    graphite = clip(shading * (0.25 + 0.75 * lines) * tooth)
    paper = np.array([0.98, 0.975, 0.96]) * (1, rng.uniform(0.985, 1.0), rng.uniform(0.95, 1.0))
    return clip(mix((0.17, 0.17, 0.19), tuple(paper), graphite))


def charcoal(image: Array, rng: np.random.Generator) -> Array:
    """Broad, smudged, grainy black on rough paper."""
    tone = normalise(luminance(image))
    shape = tone.shape
    tooth = normalise(0.6 * grain(shape, 0.7, rng) + 0.4 * grain(shape, 1.5, rng))
    smudged = smear(blur(tone, 1.6), flow_angle(tone, 3), 6)
    mass = smoothstep(smudged + 0.45 * (tooth - 0.5), 0.12, 0.85)
    strokes = edge_strength(tone, 1.8) * smoothstep(tooth, 0.15, 0.7)
    value = clip(0.12 + 0.88 * mass - 0.75 * strokes)
    return clip(mix((0.08, 0.08, 0.085), (0.9, 0.875, 0.83), value))


def ink_hatching(image: Array, rng: np.random.Generator) -> Array:
    """Pen and black ink: contours and cross-hatching on white."""
    tone = clip(balanced_tone(image) ** 0.8)
    lines = line_drawing(wobble(tone, 0.8, 20, rng), 0.8, 0.03, 0.08)
    first = rng.uniform(0.5, 1.0)
    layers = ((first, 0.7), (first - 1.1, 0.42), (first + 0.9, 0.2))
    hatch = _hatching(blur(tone, 2.2), rng.uniform(3.6, 5.0), layers, rng)
    ink = np.minimum(lines, hatch)
    return clip(mix((0.04, 0.04, 0.07), (0.985, 0.98, 0.965), ink))


def engraving(image: Array, rng: np.random.Generator) -> Array:
    """Copper plate: swelling lines that bend with the forms, black or sepia on cream."""
    tone = balanced_tone(image, 0.5)
    shape = tone.shape
    form = blur(tone, 6)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    period, angle = rng.uniform(3.0, 3.8), rng.uniform(-0.5, 0.5)
    ink = np.zeros(shape, np.float32)
    for turn, darkness in ((0.0, 1.0), (1.25, 0.55)):
        a = angle + turn
        across = (y * np.cos(a) - x * np.sin(a)) / period + 5 * form
        wave = 0.5 + 0.5 * np.cos(2 * np.pi * across)
        width = 0.9 * clip(1 - contrast(blur(tone, 0.7), 1.15) / darkness)
        ink = np.maximum(ink, smoothstep(wave, 1.0 - width, 1.25 - width) * (width > 0.04))
    ink = np.maximum(ink, 0.9 * (1 - line_drawing(tone, 0.7, 0.04, 0.1)))
    dark = (0.1, 0.08, 0.07) if rng.random() < 0.6 else (0.28, 0.16, 0.08)
    return clip(mix((0.95, 0.91, 0.82), dark, ink))


def woodcut(image: Array, rng: np.random.Generator) -> Array:
    """Black and white carved in wood: heavy masses, tapering gouge marks, rough edges."""
    tone = contrast(balanced_tone(kuwahara(image, 4), 0.8), 1.2)
    shape = tone.shape
    angle = flow_angle(tone, 7)
    gouges = normalise(smear(grain(shape, 0.9, rng), angle, 10))
    rough = 0.06 * grain(shape, 1.0, rng)
    black = smoothstep(blur(tone, 0.8) + 0.65 * (gouges - 0.5) + rough, 0.44, 0.54)
    black = np.where(tone < 0.16, 0, np.where(tone > 0.9, 1, black))
    lines = line_drawing(tone, 1.5, 0.06, 0.1)
    wood = 1 - 0.1 * smoothstep(noise(shape, 14, rng, 3, (0.25, 6.0)), 0.6, 0.9)
    print_ = np.minimum(blur(black, 0.5), lines)
    ink = 0.05 + 0.12 * (1 - wood) * 5 * (1 - print_)
    paper = (0.95, 0.93, 0.87)
    return clip(mix(gradient_map(clip(ink), inks("#080808 #808080")), paper, print_))


def linocut(image: Array, rng: np.random.Generator) -> Array:
    """Two or three flat inks with broad black cuts."""
    tone = balanced_tone(kuwahara(blur(image, 1.0), 6), 0.7)
    shape = tone.shape
    schemes = (
        inks("#d13b26 #f5c254"),
        inks("#1a6b75 #edb86b"),
        inks("#1f478f #e37552"),
        inks("#337340 #ebd166"),
    )
    warm, light = schemes[rng.integers(len(schemes))]
    marks = normalise(smear(grain(shape, 1.3, rng), flow_angle(tone, 8), 9))
    level = blur(tone, 1.0) + 0.3 * (marks - 0.5)
    result = np.ones((*shape, 3), np.float32) * np.array([0.96, 0.94, 0.87], np.float32)
    for ink, threshold in ((light, 0.72), (warm, 0.5), ((0.06, 0.06, 0.07), 0.27)):
        result = mix(result, ink, 1 - smoothstep(level, threshold - 0.03, threshold + 0.03))
    result = mix(result, (0.06, 0.06, 0.07), 0.95 * (1 - line_drawing(tone, 1.6, 0.06, 0.1)))
    return clip(result * (1 - 0.06 * np.abs(grain(shape, 0.6, rng)))[..., None])


def blueprint(image: Array, rng: np.random.Generator) -> Array:
    """White construction lines and a grid on Prussian blue."""
    tone = balanced_tone(image, 0.4)
    shape = tone.shape
    lines = 1 - line_drawing(tone, 0.7, 0.025, 0.1)
    y, x = np.mgrid[: shape[0], : shape[1]]
    cell = int(rng.integers(14, 22))
    offset = rng.integers(0, cell, 2)
    grid = ((y + offset[0]) % cell == 0) | ((x + offset[1]) % cell == 0)
    heavy = ((y + offset[0]) % (4 * cell) == 0) | ((x + offset[1]) % (4 * cell) == 0)
    blue = mix((0.04, 0.17, 0.42), (0.1, 0.31, 0.6), noise(shape, 60, rng))
    hatch = (1 - _hatching(blur(tone, 1.5), 5.0, ((0.785, 0.5),), rng)) * 0.3
    strength = np.maximum(lines, np.maximum(0.16 * grid + 0.14 * heavy, hatch))
    return clip(mix(blue, (0.9, 0.95, 1.0), 0.95 * strength))


def chalk(image: Array, rng: np.random.Generator) -> Array:
    """White and coloured chalk on a wiped blackboard."""
    tone = balanced_tone(image, 0.7)
    shape = tone.shape
    board = (0.1, 0.19, 0.15) if rng.random() < 0.5 else (0.12, 0.12, 0.13)
    wiped = 0.08 * noise(shape, 50, rng, 3, (0.4, 3.0))
    tooth = normalise(grain(shape, 0.6, rng))
    lines = 1 - line_drawing(wobble(tone, 1.2, 22, rng), 1.3, 0.02, 0.06)
    streaks = normalise(smear(grain(shape, 0.6, rng), np.full(shape, -0.8, np.float32), 7))
    fill = 0.75 * smoothstep(tone, 0.45, 1.0) * smoothstep(streaks, 0.4, 0.7)
    amount = clip(1.5 * lines + fill) * smoothstep(tooth, 0.0, 0.45)
    hues = saturate(contrast(blur(image, 3), 1.2, 0.3), 2.5)
    hues = clip(hues / np.maximum(hues.max(-1, keepdims=True), 0.2))
    colour = mix((0.97, 0.97, 0.93), hues, 0.35)
    return clip(mix(np.asarray(board) + wiped[..., None], colour, 0.95 * amount))


def crayon(image: Array, rng: np.random.Generator) -> Array:
    """Wax crayon: bright slanted scribbles that leave paper showing, dark waxy contours."""
    shape = image.shape[:2]
    colours = saturate(nearest_colours(kuwahara(image, 4), palette_of(image, 9, rng)), 1.9)
    colours = contrast(wobble(colours, 2.0, 18, rng), 1.1, 0.35)
    covered = np.zeros(shape, np.float32)
    for angle in (-0.8, 0.3):
        direction = angle + 1.2 * (noise(shape, 60, rng, 1) - 0.5)
        wax = normalise(smear(grain(shape, 0.8, rng), direction.astype(np.float32), 9))
        covered = np.maximum(covered, smoothstep(wax, 0.38, 0.62))
    tooth = smoothstep(normalise(grain(shape, 0.5, rng)), 0.1, 0.45)
    ground = luminance(colours)
    amount = clip(covered * (0.35 + 0.65 * tooth) * (1.15 - 0.5 * smoothstep(ground, 0.75, 1)))
    result = mix((0.98, 0.97, 0.94), colours, 0.95 * amount)
    tone = wobble(luminance(blur(image, 1)), 1.6, 20, rng)
    lines = smoothstep(edge_strength(tone, 1.5), 0.35, 0.7) * (0.4 + 0.6 * tooth)
    return clip(mix(result, (0.12, 0.1, 0.16), 0.8 * lines))


def coloured_pencil(image: Array, rng: np.random.Generator) -> Array:
    """Fine coloured hatching over white paper."""
    shape = image.shape[:2]
    tone = balanced_tone(image, 0.4)
    soft = blur(image, 1.0)
    colours = saturate(relit(soft, tone, 0.7, 1.6), 2.0)
    along = np.full(shape, rng.uniform(-1.0, -0.6), np.float32)
    cross = flow_angle(tone, 6)
    hatch = np.maximum(
        normalise(smear(grain(shape, 0.5, rng), along, 9)),
        0.85 * normalise(smear(grain(shape, 0.5, rng), cross, 9)),
    )
    cover = clip(1.25 - 0.85 * tone)
    amount = cover * smoothstep(hatch, 0.4, 0.85)
    drawn = mix((0.99, 0.985, 0.97), 0.9 * colours, clip(0.12 + amount))
    lines = line_drawing(wobble(tone, 0.8, 20, rng), 0.8, 0.03, 0.15)
    tooth = 1 - 0.05 * np.abs(grain(shape, 0.4, rng))
    return clip(mix(colours * 0.4, drawn, lines) * tooth[..., None])
