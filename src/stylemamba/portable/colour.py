"""CIELAB and Oklab, in which distances are about as large as they look, and linear light.

CIELAB measures: its unit is a difference that is just seen. Oklab mixes: its hues stay as they are
where lightness and chroma change.
"""

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

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_linear(coded: Array) -> Array:
    """Linear light of sRGB values, both in [0, 1], of any shape (IEC 61966-2-1)."""
    linear: Array = np.where(
        coded > 0.04045, ((coded.clip(0) + 0.055) / 1.055) ** 2.4, coded / 12.92
    )
    return linear


def from_linear(linear: Array) -> Array:
    """The inverse of `to_linear`."""
    coded: Array = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    return coded


def srgb_to_lab(picture: Array) -> Array:
    """sRGB to CIELAB (CIE 1976) under D65.

    With linear values v and (x, y, z) = XYZ(v) / XYZ(white):

        L = 116 f(y) - 16        a = 500 (f(x) - f(y))        b = 200 (f(y) - f(z))

    where f(t) = t^(1/3) for t > d^3, else t / (3 d^2) + 4/29, d = 6/29.

    Args:
        picture: (3, ...) in [0, 1].

    Returns:
        (3, ...), float32: L from 0 to 100, a and b about -128 to 128; grey has a = b = 0.
    """
    linear = to_linear(np.asarray(picture, dtype=np.float64))
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
    return from_linear(linear).astype(np.float32)


def to_oklab(colours: Array) -> Array:
    """Oklab (Ottosson, 2020) of sRGB colours (3, ...) in [0, 1], float32.

    Lightness from 0 to 1, and two of hue, about -0.3 to 0.3; grey has none.
    """
    cones = np.tensordot(_TO_CONES, to_linear(colours), 1)
    return np.tensordot(_TO_LAB, np.cbrt(cones), 1).astype(np.float32)


def from_oklab(lab: Array) -> Array:
    """The sRGB colours (3, ...) of Oklab, clipped to [0, 1]."""
    cones = np.tensordot(np.linalg.inv(_TO_LAB), lab, 1) ** 3
    linear = np.tensordot(np.linalg.inv(_TO_CONES), cones, 1).clip(0, 1)
    return from_linear(linear).astype(np.float32)
