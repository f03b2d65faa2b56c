"""Parts of a picture, such as sky, ground and figure: by colour and height, without any training.

They say which paintings suit a photo, and which part of a painting a part of the photo answers to.

Source: Gatys et al., "Controlling Perceptual Factors in Neural Style Transfer" (2017), transfer
styles between parts that users draw; ours are found by k-means (Lloyd, 1982).
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from .colour import srgb_to_lab
from .geometry import Array

PARTS = 3
NUMBERS = 8
"""Of a part: its mean L, a, b; its height in the picture times `HEIGHT`, from the top; the
deviations of its L, a, b; its share of the picture in percent."""
HEIGHT = 60.0
"""Difference of colour, in dE, that counts as much as the whole height of a picture."""
WEIGHTS = np.array([0.5, 1.0, 1.0, 0.8], dtype=np.float32)
"""Of differences in L, a, b and height, between parts of two pictures: a painting may be darker."""
SIDE = 32  # of the grid on the longer side
ROUNDS = 12  # of k-means, at most
SOFT = 14.0  # distance within which a place belongs to two parts

_ORDERS = np.array(list(permutations(range(PARTS))))


def parts_of(picture: Array) -> Array:
    """The parts (`PARTS`, `NUMBERS`) of a picture (3, h, w) in [0, 1], float32."""
    places = _places(srgb_to_lab(reduced(picture, SIDE)))
    flat = places.reshape(len(places), -1).T
    # They begin as equal shares along the direction in which the picture varies most.
    centred = flat - flat.mean(0)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    cuts = np.quantile(along, np.arange(1, PARTS) / PARTS)
    part = (along[:, None] > cuts).sum(1)
    for _ in range(ROUNDS):
        centres = np.stack(
            [flat[part == k].mean(0) if np.any(part == k) else flat.mean(0) for k in range(PARTS)]
        )
        nearest = np.square(flat[:, None] - centres).sum(-1).argmin(1)
        if np.array_equal(nearest, part):
            break
        part = nearest
    weights = _membership(flat, centres)
    shares = weights / weights.sum(0)
    means = shares.T @ flat
    deviations = np.sqrt((shares.T @ np.square(flat[:, :3]) - np.square(means[:, :3])).clip(0))
    area = 100 * weights.mean(0)
    return np.concatenate([means, deviations, area[:, None]], axis=1).astype(np.float32)


def masks_of(parts: Array, lab: Array) -> Array:
    """How much each place of a picture (3, h, w) in Lab belongs to its parts, (`PARTS`, h, w)."""
    places = _places(lab)
    weights = _membership(places.reshape(len(places), -1).T, parts[:, :4])
    return weights.T.reshape(PARTS, *lab.shape[1:])


def matched(parts: Array, others: Array) -> tuple[Array, Array]:
    """How far the parts of pictures are from those of one, and in which order they answer to them.

    The least over all orders of the mean distance of two parts that answer to each other, weighted
    by the root of their sizes' product.

    Args:
        parts: Of one picture, (`PARTS`, `NUMBERS`).
        others: Of n pictures, (n, `PARTS`, `NUMBERS`).

    Returns:
        Distances (n,) in about dE, and orders (n, `PARTS`).
    """
    distances = np.full(len(others), np.inf, dtype=np.float32)
    orders = np.zeros((len(others), PARTS), dtype=int)
    for order in _ORDERS:
        theirs = others[:, order]
        apart = np.sqrt((WEIGHTS * np.square(parts[:, :4] - theirs[..., :4])).sum(-1))
        sizes = np.sqrt(parts[:, 7] * theirs[..., 7]) + np.float32(1e-6)
        distance = (sizes * apart).sum(1) / sizes.sum(1)
        better = distance < distances
        distances[better], orders[better] = distance[better], order
    return distances, orders


def reduced(picture: Array, side: int) -> Array:
    """Means (3, h', w') over the cells of a grid with at most that many on the longer side."""
    shape = picture.shape[1:]
    counts = [max(1, min(length, round(length * side / max(shape)))) for length in shape]
    for axis, (length, count) in enumerate(zip(shape, counts, strict=True), 1):
        edges = np.arange(count) * length // count
        sizes = np.diff(np.append(edges, length))
        sums = np.add.reduceat(picture, edges, axis=axis, dtype=np.float64)
        picture = sums / sizes.reshape(-1, *(1,) * (2 - axis))
    return picture.astype(np.float32)


def _places(lab: Array) -> Array:
    """What places are told apart by, (4, h, w): L, a, b and height."""
    height, width = lab.shape[1:]
    rows = (np.arange(height, dtype=np.float32) + 0.5) * np.float32(HEIGHT / height)
    return np.concatenate([lab, np.broadcast_to(rows[:, None], (1, height, width))])


def _membership(flat: Array, centres: Array) -> Array:
    """How much places (n, 4) belong to each centre (`PARTS`, 4): (n, `PARTS`), sums of one."""
    squares = np.square(flat[:, None] - centres).sum(-1)
    weights = np.exp((squares.min(1, keepdims=True) - squares) / np.float32(2 * SOFT**2))
    result: Array = weights / weights.sum(1, keepdims=True)
    return result
