"""Marks that come back at a fixed distance on ground where the photo has none."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from stylemamba.evaluation.metrics.smoothness import local_variance
from stylemamba.portable.geometry import Array, luma

LATTICE_SIDE = 48
"""Side of the windows in pixels, and the shortest side of a picture that can be measured."""
STEP = 12
BAND = (1.0, 4.0)
FARTHEST = 20
DIRECTIONS = 24
BUSY = 0.05
"""Deviation of the photo's luma at which a place counts half as much as flat ground."""


def lattice(picture: Array, photo: Array) -> float:
    """How much of the picture's luma on smooth ground is marks that come back at a fixed distance.

        100 sqrt(max(0, R(Y) - R(X))),        R(I) = max over u, 0 <= s < t <= 20 of c(t u) - c(s u)

    where u are 24 directions and c is the autocovariance of the band-passed luma (the difference of
    Gaussians of 1 and 4 px: wavelengths of about 6 to 25 px), taken in windows of 48 x 48 px under
    a Hann taper, each about its own mean, and averaged over all windows. A window weighs as much
    as the photo is smooth there, the mean of 1 / (1 + v / 0.05^2) with v the variance of the
    photo's luma in 25 x 25 px. R is how far c rises again from where it had fallen, away from the
    origin: twice their variance for stripes, whose c is a cosine, and the more the more alike all
    windows are. Strokes that lie anyhow leave in the mean but a shallow trough.

    Marks without order are not free: white noise of the same energy in the band has a quarter of
    what stripes have, and a texture of one even grain more.

    Args:
        picture: Y, (3, h, w) in [0, 1].
        photo: X, of the same shape.

    Returns:
        In hundredths of white's luma; 0 for the photo itself.

    Raises:
        ValueError: Shapes differ, or a side is shorter than 48 pixels.
    """
    if picture.shape != photo.shape:
        raise ValueError(f"shapes differ: {picture.shape} and {photo.shape}")
    height, width = photo.shape[1:]
    if min(height, width) < LATTICE_SIDE:
        raise ValueError(
            f"both sides must be at least {LATTICE_SIDE} pixels, got {height} x {width}"
        )
    smooth = 1 / (1 + local_variance(photo).astype(np.float64) / BUSY**2)
    excess = _highest_rise(_autocovariance(picture, smooth))
    excess -= _highest_rise(_autocovariance(photo, smooth))
    return 100 * math.sqrt(max(0.0, excess))


def _autocovariance(picture: Array, weights: Array) -> Array:
    """c at lags of -20 to 20 px, (41, 41), of a picture (3, h, w), its pixels weighted (h, w)."""
    tones = luma(picture).astype(np.float64)
    near, far = (gaussian_filter(tones, sigma, mode="nearest") for sigma in BAND)
    taper = np.outer(*2 * [np.hanning(LATTICE_SIDE + 2)[1:-1]])
    power, total = np.zeros((), np.float64), 0.0
    for band, share in zip(_rows_of_windows(near - far), _rows_of_windows(weights), strict=True):
        means = (band * taper).sum((1, 2), keepdims=True) / taper.sum()
        weight = share.mean((1, 2))
        power = power + np.tensordot(weight, _power((band - means) * taper), 1)
        total += weight.sum()
    return _lags(power / total) / _lags(_power(taper))


def _rows_of_windows(maps: Array) -> Iterator[Array]:
    """Windows (n, 48, 48) of (h, w), row by row, about 12 px apart, to the very borders."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, (LATTICE_SIDE, LATTICE_SIDE))
    rows, columns = (
        np.linspace(0, count - 1, 1 + math.ceil((count - 1) / STEP)).round().astype(int)
        for count in windows.shape[:2]
    )
    for row in rows:
        yield windows[row, columns]


def _power(windows: Array) -> Array:
    """Power spectra of windows (..., 48, 48), with room for all lags."""
    spectra = np.fft.rfft2(windows, (2 * LATTICE_SIDE, 2 * LATTICE_SIDE))
    power: Array = spectra.real**2 + spectra.imag**2
    return power


def _lags(power: Array) -> Array:
    """What has that power spectrum, at lags of -20 to 20 px."""
    lags = np.arange(-FARTHEST, FARTHEST + 1)
    every: Array = np.fft.irfft2(power, (2 * LATTICE_SIDE, 2 * LATTICE_SIDE))
    return every[np.ix_(lags, lags)]


def _highest_rise(covariance: Array) -> float:
    """R of an autocovariance (41, 41), read bilinearly along rays from the origin."""
    angles = np.arange(DIRECTIONS)[:, None] * np.pi / DIRECTIONS
    lags = np.arange(FARTHEST + 1)
    places = np.stack([lags * np.sin(angles), lags * np.cos(angles)]) + FARTHEST
    rays = map_coordinates(covariance, places, order=1, mode="nearest")
    return float((rays - np.minimum.accumulate(rays, axis=1)).max())
