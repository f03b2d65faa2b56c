"""The finish of a picture: its colours as a whole, and its contrast from fine to coarse.

Of a style that was learnt from pictures, the networks know a code, and the marks are those of
pictures like it. What makes such a picture recognisable at first sight is its palette and how rough
it is; so a finished picture takes on those of the very picture that it was learnt from.

Sources: the linear map of colours is the optimal transport between two Gaussians (Pitié and
Kokaram, "The linear Monge-Kantorovitch linear colour mapping", 2007); matching the energies of
octaves is Heeger and Bergen, "Pyramid-based texture analysis/synthesis" (1995), with their
deviations alone.
"""

from __future__ import annotations

import numpy as np

from .colour import from_oklab, to_oklab
from .filters import blurred
from .geometry import Array
from .parts import reduced

OCTAVES = 5
NUMBERS = 3 + 6 + 3 * OCTAVES
"""Of a finish: means in Oklab, the upper triangle of their covariance, and the deviations of L, a
and b in octaves, fine to coarse."""
SIDE = 384
"""Longer side in pixels at which a picture is measured."""
FINEST = 0.8
"""Deviation in pixels at that size of the window that the finest octave is told by."""
LEAST_WINDOW = 0.5  # deviation in pixels below which there is nothing finer
GAINS = (0.4, 2.5)  # by which an octave's contrast may shrink and grow
FAINT = np.float32(1e-3)  # deviation below which differences are not told from noise
LEAST_VARIANCE = 1e-5
_ROWS, _COLUMNS = np.triu_indices(3)


def finish_of(picture: Array) -> Array:
    """The finish (`NUMBERS`,) of a picture (3, h, w) in [0, 1], float32."""
    lab = to_oklab(reduced(picture, SIDE))
    weight = np.ones(lab.shape[1:], dtype=np.float32)
    mean, covariance = _moments(lab, weight)
    octaves, _ = _octaves(lab, FINEST * max(lab.shape[1:]) / SIDE)
    deviations = [_deviation(octave, weight) for octave in octaves]
    parts = [mean, covariance[_ROWS, _COLUMNS], np.concatenate(deviations)]
    return np.concatenate(parts).astype(np.float32)


def finished(picture: Array, finish: Array, weight: Array | None = None) -> Array:
    """A picture with another finish.

    Args:
        picture: (3, h, w) in [0, 1].
        finish: (`NUMBERS`,).
        weight: How much each place counts for what the picture has now, (h, w); None for alike.

    Returns:
        (3, h, w) in [0, 1].
    """
    if weight is None:
        weight = np.ones(picture.shape[1:], dtype=np.float32)
    deviations = finish[9:].reshape(OCTAVES, 3).astype(np.float32)
    lab = _in_colours(to_oklab(picture), finish, weight)
    octaves, rest = _octaves(lab, FINEST * max(picture.shape[1:]) / SIDE)
    for octave, wanted in zip(octaves, deviations, strict=True):
        if octave is not None:
            gain = (wanted + FAINT) / (_deviation(octave, weight) + FAINT)
            rest = rest + octave * gain.clip(*GAINS)[:, None, None]
    result: Array = from_oklab(_in_colours(rest, finish, weight)).clip(0, 1)
    return result


def _in_colours(lab: Array, finish: Array, weight: Array) -> Array:
    """Colours (3, h, w) with the mean and the covariance C of a finish.

    With S the covariance that there is, x' = T (x - m) + m', T = S^-1/2 (S^1/2 C S^1/2)^1/2 S^-1/2.
    """
    mean, covariance = _moments(lab, weight)
    wanted = np.zeros((3, 3))
    wanted[_ROWS, _COLUMNS] = wanted[_COLUMNS, _ROWS] = finish[3:9]
    root = _root(covariance + LEAST_VARIANCE * np.eye(3))
    inverse = np.linalg.inv(root)
    turn = inverse @ _root(root @ (wanted + LEAST_VARIANCE * np.eye(3)) @ root) @ inverse
    flat = lab.reshape(3, -1) - mean[:, None].astype(np.float32)
    moved = turn.astype(np.float32) @ flat + finish[:3, None].astype(np.float32)
    return moved.reshape(lab.shape)


def _moments(lab: Array, weight: Array) -> tuple[Array, Array]:
    """Mean (3,) and covariance (3, 3)."""
    share = (weight / weight.sum()).reshape(-1).astype(np.float64)
    flat = lab.reshape(3, -1).astype(np.float64)
    mean = flat @ share
    centred = flat - mean[:, None]
    return mean, (centred * share) @ centred.T


def _root(matrix: Array) -> Array:
    """Of a symmetric positive definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    root: Array = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return root


def _octaves(lab: Array, finest: float) -> tuple[list[Array | None], Array]:
    """What a picture has from octave to octave, fine to coarse, and what is left below them.

    Args:
        lab: (3, h, w).
        finest: Deviation in pixels of the first window. Octaves that pixels are too large for are
            None.
    """
    octaves: list[Array | None] = []
    for octave in range(OCTAVES):
        window = finest * 2**octave
        if window < LEAST_WINDOW:
            octaves.append(None)
            continue
        coarser = blurred(lab, window)
        octaves.append(lab - coarser)
        lab = coarser
    return octaves, lab


def _deviation(octave: Array | None, weight: Array) -> Array:
    """Of L, a, b, (3,); zeros where there is no octave."""
    if octave is None:
        return np.zeros(3, dtype=np.float32)
    share = weight / weight.sum()
    return np.sqrt((np.square(octave) * share).sum((1, 2)))
