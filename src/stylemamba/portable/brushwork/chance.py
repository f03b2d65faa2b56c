"""Fields of chance, as clouds, grain and the tooth of a paper; and even chance places."""

from __future__ import annotations

import numpy as np

from ..filters import blurred
from ..geometry import Array, box, spread

ROBERTS = np.array([0.7549, 0.5698])  # powers of 1 / g, where g^3 = g + 1


def noise(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    """Linear interpolation (h, w) of chance, of deviation about 1, at places `size` pixels apart.

    Shorter pictures than that have two.
    """
    knots = [int(length / size) + 2 for length in shape]
    return np.float32(1.5) * spread(rng.standard_normal(knots, dtype=np.float32), shape)


def clouds(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    """`noise` (h, w) without kinks, of mean 0 and deviation 1."""
    field = noise(shape, size, rng)
    radius = min(round(size / 3), min(shape))
    return normal(box(field, radius) if radius else field)


def grain(shape: tuple[int, ...], deviation: float, rng: np.random.Generator) -> Array:
    """White noise (h, w) after a Gaussian of that many pixels, of mean 0 and deviation 1."""
    return normal(blurred(rng.standard_normal(shape, dtype=np.float32), deviation))


def tooth(shape: tuple[int, ...], size: float, rng: np.random.Generator) -> Array:
    """The relief (h, w) of paper, of mean 0 and deviation 1: bumps of about that many pixels."""
    fine = rng.standard_normal(shape, dtype=np.float32)
    return normal(blurred(fine, size / 5) - blurred(fine, 0.8 * size))


def evenly(count: int, rng: np.random.Generator) -> Array:
    """Places (count, 2) in the unit square, none too near to another, the first of them by chance.

    Source: Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences" (2018).
    """
    places: Array = (np.arange(count)[:, None] * ROBERTS + rng.random(2)) % 1
    return places


def normal(field: Array) -> Array:
    """Of mean 0 and deviation 1."""
    centred: Array = field - field.mean()
    return centred / (centred.std() + np.float32(1e-6))
