"""CIELAB, in which distances are about as large as they look."""

from __future__ import annotations

import numpy as np

from .geometry import Array

TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Linear sRGB to CIE XYZ; the sums of its rows are D65, the white of sRGB."""
EDGE = 6 / 29


def srgb_to_lab(picture: Array) -> Array:
    """sRGB to CIELAB (CIE 1976) under D65.

    With linear values v = c / 12.92 where c <= 0.04045, else ((c + 0.055) / 1.055)^2.4, and
    (x, y, z) = XYZ(v) / XYZ(white):

        L = 116 f(y) - 16        a = 500 (f(x) - f(y))        b = 200 (f(y) - f(z))

    where f(t) = t^(1/3) for t > d^3, else t / (3 d^2) + 4/29, d = 6/29.

    Args:
        picture: (3, ...) in [0, 1].

    Returns:
        (3, ...), float32: L from 0 to 100, a and b about -128 to 128; grey has a = b = 0.
    """
    coded = np.asarray(picture, dtype=np.float64)
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded.clip(0) + 0.055) / 1.055) ** 2.4)
    matrix = np.array(TO_XYZ)
    share = np.tensordot(matrix / matrix.sum(1, keepdims=True), linear, 1)
    x, y, z = np.where(share > EDGE**3, np.cbrt(share), share / (3 * EDGE**2) + 4 / 29)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)]).astype(np.float32)


def lab_to_srgb(lab: Array) -> Array:
    """CIELAB (3, ...) to sRGB, the inverse of `srgb_to_lab`; colours out of sRGB are clipped."""
    light, green_red, blue_yellow = np.asarray(lab, dtype=np.float64)
    y = (light + 16) / 116
    roots = np.stack([y + green_red / 500, y, y - blue_yellow / 200])
    share = np.where(roots > EDGE, roots**3, 3 * EDGE**2 * (roots - 4 / 29))
    matrix = np.array(TO_XYZ)
    inverse = np.linalg.inv(matrix / matrix.sum(1, keepdims=True))
    linear = np.tensordot(inverse, share, 1).clip(0, 1)
    coded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return coded.astype(np.float32)
