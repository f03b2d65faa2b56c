"""Pictures put together from pieces: tiles, glass panes, pixels, triangles, paper, stitches."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from scipy.spatial import Delaunay

from stylemamba.training.procedural.filters import (
    Array,
    balanced_tone,
    blur,
    clip,
    contrast,
    edge_strength,
    grain,
    hue_colour,
    jittered_points,
    kuwahara,
    luminance,
    mix,
    nearest_colours,
    noise,
    palette_of,
    region_means,
    relief,
    resized,
    saturate,
    screen,
    smear,
    smoothstep,
    voronoi,
    wobble,
)


def _coarse(image: Array, cell: int, gain: float, colour: float) -> Array:
    """The picture with one pixel for every square cell, with more contrast and saturation."""
    shape = [-(-n // cell) for n in image.shape[:2]]
    small = resized(image, (shape[0], shape[1]), PillowImage.Resampling.BOX)
    return saturate(contrast(small, gain), colour)


def _square_grid(shape: tuple[int, int], cell: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Index arrays (rows, columns) that blow a coarse picture up to `shape`."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    return y // cell, x // cell


def _inside_cell(shape: tuple[int, int], cell: int) -> tuple[Array, Array]:
    """Position (v, u) of every pixel inside its cell, -0.5 to 0.5."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    inside = [((axis % cell + 0.5) / cell - 0.5).astype(np.float32) for axis in (y, x)]
    return inside[0], inside[1]


def _compact(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Renumber region labels (h, w) from 0 without gaps."""
    return np.unique(labels, return_inverse=True)[1].reshape(labels.shape)


def mosaic(image: Array, rng: np.random.Generator) -> Array:
    """Small irregular stone or glass tiles in pale or dark grout."""
    shape = image.shape[:2]
    spacing = rng.uniform(6.0, 8.5)
    rows = blur(noise(shape, 90, rng, 1), 2) * 10
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    line = np.floor((y + rows) / spacing)
    shift = rng.random(int(line.max()) + 2)[line.astype(int)]
    column = np.floor(x / spacing + shift)
    labels = _compact(line * (column.max() + 2) + column)
    colours = region_means(saturate(contrast(image, 1.15), 1.5), labels)
    colours *= rng.normal(1, 0.13, (len(colours), 1)).astype(np.float32)
    colours += rng.normal(0, 0.025, colours.shape).astype(np.float32)
    across = np.minimum((y + rows) / spacing % 1, 1 - (y + rows) / spacing % 1)
    along = np.minimum((x / spacing + shift) % 1, 1 - (x / spacing + shift) % 1)
    inside = np.minimum(across, along) * spacing + 0.25 * grain(shape, 1.2, rng)
    tile = smoothstep(inside, 0.35, 1.25)
    bevel = relief(clip(inside / 2.5), 0.8, 0.6)
    surface = clip(colours[labels]) * (bevel * (1 + 0.03 * grain(shape, 0.6, rng)))[..., None]
    grout = (0.83, 0.8, 0.73) if rng.random() < 0.5 else (0.24, 0.22, 0.2)
    return clip(mix(grout, surface, tile))


def stained_glass(image: Array, rng: np.random.Generator) -> Array:
    """Leaded panes of glowing coloured glass, smaller where the picture has contours."""
    shape = image.shape[:2]
    spacing = rng.uniform(19, 25)
    edges = edge_strength(luminance(kuwahara(image, 5)), 2.5) ** 2
    chance = edges.ravel() / max(float(edges.sum()), 1e-6)
    extra = int(shape[0] * shape[1] / spacing**2 * 1.3)
    if np.count_nonzero(chance) > extra:
        chosen = rng.choice(edges.size, extra, replace=False, p=chance)
        detail = np.stack(np.unravel_index(chosen, shape), -1) + rng.normal(0, 2.5, (extra, 2))
    else:
        detail = np.zeros((0, 2))
    points = np.concatenate([jittered_points(shape, spacing, 0.9, rng), detail])
    labels, border = voronoi(shape, points)
    labels = _compact(labels)
    glass = saturate(region_means(contrast(image, 1.25), labels)[None], 2.6)[0]
    peak = glass.max(-1, keepdims=True)
    glass = glass / np.maximum(peak, 0.2) * (0.42 + 0.6 * peak)
    accents = np.array([(0.85, 0.05, 0.1), (0.05, 0.2, 0.8), (1.0, 0.75, 0.1), (0.05, 0.6, 0.3)])
    share = 0.75 * (rng.random(len(glass)) < 0.13)[:, None]
    glass = glass + share * (accents[rng.integers(0, 4, len(glass))] - glass)
    glass = clip(glass * rng.normal(1.05, 0.15, (len(glass), 1)) + rng.normal(0, 0.06, glass.shape))
    ripple = 0.78 + 0.45 * noise(shape, 14, rng, 3)
    glow = clip(border / (0.3 * spacing))
    pane = clip(glass[labels] * (ripple * (0.8 + 0.5 * glow))[..., None])
    width = rng.uniform(1.0, 1.5)
    lead = 1 - smoothstep(border, width - 0.4, width + 0.5)
    metal = relief(blur(lead, 0.7), 0.5)[..., None] * np.array([0.07, 0.07, 0.08], np.float32)
    return clip(mix(pane, metal, lead))


def pixel_art(image: Array, rng: np.random.Generator) -> Array:
    """Large square pixels in a small ordered-dithered palette."""
    shape = image.shape[:2]
    cell = int(rng.integers(4, 7))
    small = _coarse(image, cell, 1.25, 1.7)
    small_shape = small.shape[:2]
    bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.5
    tiled = np.tile(bayer, [n // 4 + 1 for n in small_shape])[: small_shape[0], : small_shape[1]]
    colours = palette_of(small, int(rng.integers(10, 17)), rng)
    dithered = nearest_colours(clip(small + 0.09 * tiled[..., None]), colours)
    return dithered[_square_grid(shape, cell)]


def low_poly(image: Array, rng: np.random.Generator) -> Array:
    """Flat triangles of a Delaunay mesh, dense along the edges."""
    shape = image.shape[:2]
    density = edge_strength(luminance(image), 2.0) + 0.06
    count = max(40, int(shape[0] * shape[1] / rng.uniform(110, 170)))
    chance = density.ravel() / density.sum()
    chosen = rng.choice(density.size, size=min(count, density.size // 4), p=chance)
    jitter = rng.uniform(-0.4, 0.4, (len(chosen), 2))
    points = np.stack(np.unravel_index(chosen, shape), -1) + jitter
    height, width = shape
    frame = [(y, x) for y in (-2, height / 2, height + 2) for x in (-2, width / 2, width + 2)]
    mesh = Delaunay(np.concatenate([points, frame]))
    grid = np.moveaxis(np.mgrid[:height, :width], 0, -1)
    labels = np.asarray(mesh.find_simplex(grid), np.intp).clip(0)
    colours = region_means(saturate(contrast(image, 1.15), 1.5), labels)
    shade = rng.normal(1, 0.07, (len(colours), 1))
    return clip((colours * shade)[labels])


def paper_cutout(image: Array, rng: np.random.Generator) -> Array:
    """Layers of coloured paper with soft shadows."""
    tone = balanced_tone(kuwahara(blur(image, 2.0), 8))
    shape = tone.shape
    layers = int(rng.integers(5, 7))
    hue, spread = rng.random(), rng.choice([0.12, 0.35, 0.5])
    ramp = [
        hue_colour(hue + spread * i / layers, 0.75 - 0.45 * i / layers, 0.4 + 0.58 * i / layers)
        for i in range(layers)
    ]
    fibre = 1 + 0.025 * grain(shape, 0.7, rng)
    level = wobble(blur(tone, 2.2), 1.0, 12, rng)
    result = np.ones((*shape, 3), np.float32) * np.array(ramp[0], np.float32)
    for i in range(1, layers):
        sheet = smoothstep(level, i / layers - 0.012, i / layers + 0.012)
        shadow = np.roll(blur(sheet, 2.2), (2, 2), (0, 1)) * (1 - sheet)
        result = result * (1 - 0.6 * shadow)[..., None]
        result = mix(result, ramp[i], sheet)
    return clip(result * fibre[..., None])


def embroidery(image: Array, rng: np.random.Generator) -> Array:
    """Cross-stitch: crossed threads of a limited palette on linen."""
    shape = image.shape[:2]
    cell = int(rng.integers(6, 10))
    squares = _square_grid(shape, cell)
    small = _coarse(image, cell, 1.15, 1.8)
    flat = nearest_colours(small, palette_of(small, 14, rng))[squares]
    v, u = _inside_cell(shape, cell)
    y, x = np.mgrid[: shape[0], : shape[1]]
    weave = 1 + 0.08 * np.sin(np.pi * y) * np.sin(np.pi * x) + 0.03 * grain(shape, 0.6, rng)
    linen = mix((0.86, 0.82, 0.72), flat, 0.3) * weave[..., None]
    for across in (v - u, v + u):
        distance = np.abs(across)
        body = 1 - smoothstep(distance, 0.17, 0.28)
        shadow = 1 - smoothstep(distance, 0.22, 0.5)
        roundness = np.sqrt(clip(1 - (distance / 0.28) ** 2))
        thread = clip(flat * (0.5 + 0.68 * roundness)[..., None])
        linen = mix(linen * (1 - 0.45 * shadow)[..., None], thread, body)
    return clip(linen)


def wool(image: Array, rng: np.random.Generator) -> Array:
    """Knitted wool: columns of V-shaped stitches with fuzzy yarn."""
    shape = image.shape[:2]
    width = int(rng.integers(8, 11))
    height = width * 0.75
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    u = x / width % 1
    arm = np.abs(u - 0.5)
    v = (y - arm * width * 1.1) / height
    row, column = np.floor(v), x // width
    labels = _compact(row * (column.max() + 1) + column)
    colours = region_means(saturate(blur(image, 1.5), 1.4), labels)
    body = np.sqrt(clip(1 - (2 * (v % 1) - 1) ** 2)) * np.sqrt(clip(1 - (4 * arm - 1) ** 2 * 0.75))
    fuzz = 1 + 0.1 * smear(grain(shape, 0.4, rng), (0.9 * np.sign(u - 0.5)).astype(np.float32), 3)
    return clip(colours[labels] * ((0.3 + 0.85 * body) * fuzz)[..., None])


def toy_bricks(image: Array, rng: np.random.Generator) -> Array:
    """Plastic toy bricks with round studs."""
    shape = image.shape[:2]
    cell = int(rng.integers(9, 13))
    small = _coarse(image, cell, 1.2, 1.9)
    plastic = nearest_colours(small, palette_of(small, 12, rng))[_square_grid(shape, cell)]
    v, u = _inside_cell(shape, cell)
    stud = 1 - smoothstep(np.hypot(v, u), 0.28, 0.34)
    shadow = 1 - smoothstep(np.hypot(v - 0.07, u - 0.07), 0.28, 0.4)
    edge = smoothstep(0.5 - np.maximum(np.abs(v), np.abs(u)), 0.0, 0.08)
    shade = (0.65 + 0.35 * edge) * (1 - 0.35 * shadow * (1 - stud)) + stud * (-0.6 * (u + v))
    shine = 0.5 * (1 - smoothstep(np.hypot(v + 0.12, u + 0.12), 0.03, 0.1))
    return clip(screen(clip(plastic * shade[..., None]), (shine * stud)[..., None]))
