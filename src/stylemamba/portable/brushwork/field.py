"""Fields over a picture that marks share: fast means, clouds, steps, displaced copies, lines."""

from __future__ import annotations

import numpy as np

from ..geometry import Array, spread
from .ground import Ground

SKIN = 14.0  # radius in pixels of the gaps that are closed in it


def means(maps: Array, radius: int) -> Array:
    """`geometry.box` by sums of 1, 2, 4, ... neighbours in float32: faster, and exact enough."""
    side = 2 * radius + 1
    for axis in (-2, -1):
        around = [(0, 0)] * maps.ndim
        around[axis] = (radius, radius)
        part = np.swapaxes(np.pad(maps, around, mode="edge"), axis, -2)
        length = part.shape[-2] - 2 * radius
        total = np.zeros_like(part[..., :length, :])
        first, width = 0, 1
        while width <= side:
            if side & width:
                total += part[..., first : first + length, :]
                first += width
            part = part[..., :-width, :] + part[..., width:, :]
            width *= 2
        maps = np.swapaxes(total / np.float32(side), axis, -2)
    return np.ascontiguousarray(maps)


def soft(maps: Array, radius: float) -> Array:
    """Two means after each other: nearly a Gaussian; of a radius in pixels, at least one."""
    whole = max(1, round(radius / 2))
    return means(means(maps, whole), whole)


def clouds(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    """Smooth noise (h, w) of mean 0 and deviation 1, of clouds about as large as that in pixels."""
    knots = [int(length / size) + 3 for length in shape]
    field = spread(rng.standard_normal(knots, dtype=np.float32), shape)
    radius = min(round(size / 3), min(shape))
    field = means(field, radius) if radius else field
    return normal(field)


def grain(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> Array:
    """The tooth of a paper, (h, w), of mean 0 and deviation 1: pits of one to few pixels."""
    fine = rng.standard_normal(shape, dtype=np.float32)
    radius = max(1, round(scale))
    return normal(normal(means(fine, radius)) + normal(means(fine[::-1, ::-1], 2 * radius)))


def normal(field: Array) -> Array:
    """Of mean 0 and deviation 1."""
    centred: Array = field - field.mean()
    return centred / (centred.std() + np.float32(1e-6))


def step(field: Array, low: float, high: float) -> Array:
    """Smooth step from 0 at `low` to 1 at `high`, which may be the lower one."""
    part = ((field - np.float32(low)) / np.float32(high - low)).clip(0, 1)
    smooth: Array = part * part * (3 - 2 * part)
    return smooth


def displaced(maps: Array, down: Array, right: Array) -> Array:
    """Of maps (..., h, w), what lies that many pixels down and to the right of each pixel."""
    height, width = maps.shape[-2:]
    y = (np.arange(height, dtype=np.int32)[:, None] + np.rint(down).astype(np.int32)).clip(
        0, height - 1
    )
    x = (np.arange(width, dtype=np.int32) + np.rint(right).astype(np.int32)).clip(0, width - 1)
    place = y * np.int32(width) + x
    return np.take(maps.reshape(*maps.shape[:-2], -1), place, axis=-1)


def contours(light: Array, radius: float, threshold: float) -> Array:
    """How much of a drawn line there is, 0 to 1, (h, w), on the dark side of edges and on lines.

    Differences of means, as of Gaussians, from a threshold: Winnemöller, Kyprianidis and Olsen,
    "XDoG" (2012).
    """
    near = max(1, round(radius / 2))
    narrow = means(light, near)
    return step(means(narrow, 2 * near) - narrow, threshold, 4 * threshold)


def masses(light: Array, radius: float, contrast: float) -> Array:
    """Of a plane (h, w), what is left when contrasts below a deviation go; edges stay.

    He, Sun and Tang, "Guided Image Filtering" (2010), of the plane by itself.
    """
    whole = max(1, round(radius))
    mean, square = means(np.stack([light, light * light]), whole)
    variance = (square - mean * mean).clip(0)
    slope = variance / (variance + np.float32(contrast**2))
    slope, level = means(np.stack([slope, mean - slope * mean]), whole)
    smooth: Array = slope * light + level
    return smooth


def tones(light: Array) -> Array:
    """Luma (h, w) from its darkest to its lightest hundredth, 0 to 1; flat ground as it is."""
    low, high = np.quantile(light[::4, ::4], (0.01, 0.99))
    reach = max(float(high - low), 0.35)
    middle = (low + high) / 2 if high - low < reach else None
    low = max(0.0, middle - reach * middle) if middle is not None else low
    normed: Array = ((light - np.float32(low)) / np.float32(reach)).clip(0, 1)
    return normed


def skin(photo: Array, scale: float) -> Array:
    """How much a photo's colour is that of skin, 0 to 1, (h, w).

    By bounds in chromaticity as in Kovac, Peer and Solina, "Human Skin Colour Clustering for Face
    Detection" (2003), softened, with gaps closed.
    """
    red, green, blue = soft(photo, 3 * scale)
    total = red + green + blue + np.float32(1e-3)
    redder, yellower = (red - green) / total, (green - blue) / total
    likely = step(redder, 0.042, 0.058) * step(redder, 0.3, 0.2)
    likely *= step(yellower, -0.01, 0.02) * step(yellower, 0.22, 0.16) * step(total, 0.5, 0.9)
    grown = step(soft(likely, SKIN * scale), 0.15, 0.3)
    return step(soft(grown, SKIN * scale), 0.5, 0.8)


def along(field: Array, ground: Ground, length: float, steps: int = 3) -> Array:
    """Means of a field (h, w) along the photo's edges, over twice that length in pixels.

    The flow of Kang, Lee and Chui, "Coherent Line Drawing" (2007), without turns.
    """
    down, right = (
        wave(ground.angle)
        .repeat(ground.pitch, 0)
        .repeat(ground.pitch, 1)[: field.shape[0], : field.shape[1]]
        for wave in (np.sin, np.cos)
    )
    total = field.copy()
    for part in np.linspace(-length, length, 2 * steps + 1, dtype=np.float32):
        if part:
            total += displaced(field, part * down, part * right)
    mean: Array = total / np.float32(2 * steps + 1)
    return mean
