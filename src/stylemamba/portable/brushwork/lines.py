"""The lines that an illustrator would draw of a photo, for ink, chalk and tubes of neon.

Source: Kang, Lee and Chui, "Coherent Line Drawing" (2007): differences of Gaussians, smoothed along
the flow of the edges. They are isotropic here, as in Winnemöller, Kyprianidis and Olsen, "XDoG"
(2012): smoothing along the flow decides on what is a line.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, gradient, luma, spread, squared_gradient
from .filters import blocks, blurred, enlarged, smoothstep
from .ground import Ground

RATIO = 1.6  # of the two Gaussians' deviations: the nearest to a Laplacian (Marr and Hildreth 1980)
FLOW, WIDE = 1.6, 2.5
"""Deviation, in pixels at scale 1, of the window that decides how edges run, and how many times as
wide that is which decides on whether they agree."""
REACH, STEPS = 8.0, 6  # how far a line is smoothed along the flow each way, and in how many steps
CHROMA = 0.6  # share of chroma in what lines are drawn of
FINE, BROAD = 0.75, 1.9  # half the widths of lines, about, in pixels at scale 1
FINE_LEAST, BROAD_LEAST = 0.025, 0.05
"""Response, in deviations of the ground around, from which there is a line."""
FINE_RISE, BROAD_RISE = 0.04, 0.05  # over which it comes to be whole
AROUND = 20.0  # deviation in pixels of the window that these deviations are taken in
FLAT = np.float32(0.06)  # what is added to them: flat ground has noise, not contours
TEXTURE = 4.0  # by how much more it takes where edges contradict each other
SWELL, PRESSURE = 30.0, np.float32(0.3)
"""Pixels over which the pressure of the hand changes, and deviation of its logarithm."""
FEW = np.float32(1e-12)


def drawing(
    ground: Ground,
    rng: np.random.Generator,
    fine: float = FINE,
    broad: float = BROAD,
    ease: float = 1.0,
) -> tuple[Array, Array]:
    """Fine and broad lines (h, w) of a photo, each 0 to 1.

    Args:
        ground: Of the photo.
        rng: Of the hand's pressure, which gives lines more or less weight.
        fine: Half the width of fine lines, about, in pixels at scale 1.
        broad: The same of broad ones.
        ease: How easily a line is drawn; 1 is natural.
    """
    grey = contrasty(ground.photo)
    mean, square = blurred(np.stack([grey, grey * grey]), AROUND * ground.scale)
    contrast = np.sqrt((square - mean * mean).clip(0)) + FLAT
    knots = [int(length / (SWELL * ground.scale)) + 2 for length in ground.shape]
    hand = spread(rng.standard_normal(knots, dtype=np.float32), ground.shape)
    pitch = max(1, ground.pitch // 2)
    tangent, coherence = flow(blocks(grey, pitch), FLOW * ground.scale / pitch)
    doubt = enlarged(1 - coherence, pitch, ground.shape)
    least = (1 + TEXTURE * doubt) * np.exp(PRESSURE * hand) / np.float32(ease)
    thin, thick = (
        response(grey, width * ground.scale, tangent, pitch) / contrast for width in (fine, broad)
    )
    return (
        smoothstep(0, FINE_RISE, thin - FINE_LEAST * least),
        smoothstep(0, BROAD_RISE, thick - BROAD_LEAST * least),
    )


def contrasty(photo: Array) -> Array:
    """A photo (3, h, w) in grey (h, w), in which colours of one lightness differ, too.

    The chroma along its principal axis is added, such that it grows with the lightness (a linear
    form of Gooch et al., "Color2Gray", 2005).
    """
    light = luma(photo)
    chroma = photo[[0, 2]] - light
    few = np.stack([light, *chroma])[:, ::4, ::4].reshape(3, -1)
    few = few - few.mean(1, keepdims=True)
    _, axes = np.linalg.eigh(few[1:] @ few[1:].T)
    axis = axes[:, 1]
    sign = 1.0 if axis @ (few[1:] @ few[0]) >= 0 else -1.0
    result: Array = light + np.tensordot((CHROMA * sign * axis).astype(np.float32), chroma, 1)
    return result


def flow(grey: Array, deviation: float) -> tuple[Array, Array]:
    """How the edges of a grey photo (h, w) run: the structure tensor.

    Args:
        grey: In [0, 1].
        deviation: Of the window that is looked at, in pixels.

    Returns:
        Unit tangents (h, w), complex, and coherence, 0 to 1: 1 where all edges around run alike, 0
        in texture.
    """
    down, right = gradient(blurred(grey, deviation / 2))
    edges = np.stack([*squared_gradient(down, right), right**2 + down**2])
    real, imaginary, _ = edges = blurred(edges, deviation)
    size = np.sqrt(real**2 + imaginary**2) + FEW
    # Half the angle of the squared gradient, and a right angle to it.
    cosine = real / size
    across = np.sqrt((1 + cosine).clip(0) / 2)
    along = np.copysign(np.sqrt((1 - cosine).clip(0) / 2), imaginary)
    real, imaginary, energy = blurred(edges, deviation * float(np.sqrt(WIDE**2 - 1)))
    coherence = np.sqrt(real**2 + imaginary**2) / (energy + FEW)
    return (1j * across - along).astype(np.complex64), coherence


def response(grey: Array, deviation: float, tangent: Array, pitch: int) -> Array:
    """How strongly a line is felt at every pixel of a grey photo (h, w).

    Args:
        grey: In [0, 1].
        deviation: Of the narrower Gaussian in pixels: half the width of a line, about.
        tangent: As of `flow`.
        pitch: Of its grid, in pixels.

    Returns:
        Positive on the dark side of edges; about 0.12 at a step from 0 to 1.
    """
    side = max(1, int(deviation))
    narrow = blurred(blocks(grey, side), deviation / side)
    felt = blurred(narrow, deviation / side * float(np.sqrt(RATIO**2 - 1))) - narrow
    felt = _along(felt, tangent, side / pitch, REACH * deviation / side)
    return enlarged(felt, side, grey.shape)


def _along(values: Array, tangent: Array, ratio: float, reach: float) -> Array:
    """Means of values (h, w), where they are positive, along the curves of a field of tangents.

    Args:
        values: To take the means of.
        tangent: The field, complex, (h', w').
        ratio: Of a pixel's side to that of one of the field's.
        reach: Length of a curve each way, in pixels.
    """
    height, width = values.shape
    stride = np.float32(reach / STEPS)
    felt = np.flatnonzero(values > 0)
    flat, field = values.ravel(), tangent.ravel()
    rows, columns = (
        np.minimum(((np.arange(length) + 0.5) * ratio).astype(np.int32), last - 1)
        for length, last in zip(values.shape, tangent.shape, strict=True)
    )
    rows *= tangent.shape[1]
    y, x = np.divmod(felt, width)
    start = (x + 1j * y).astype(np.complex64)
    first = field[rows[y] + columns[x]]
    total, weights = flat[felt], 1.0
    for sign in (1, -1):
        place, heading = start, sign * first
        for k in range(1, STEPS + 1):
            place = place + stride * heading
            x = (place.real + 0.5).clip(0, width - 1).astype(np.int32)
            y = (place.imag + 0.5).clip(0, height - 1).astype(np.int32)
            weight = float(np.exp(-0.5 * (2.0 * k / STEPS) ** 2))
            total += np.float32(weight) * flat[y * width + x]
            weights += weight
            onward = field[rows[y] + columns[x]]
            # A tangent has no sign: it goes on as it came.
            back = onward.real * heading.real + onward.imag * heading.imag < 0
            heading = np.where(back, -onward, onward)
    result = np.zeros_like(flat)
    result[felt] = total / np.float32(weights)
    return result.reshape(height, width)
