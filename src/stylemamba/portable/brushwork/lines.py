"""Lines of a photo: `contours`, quick and signed, and the closed `drawing` of an illustrator.

Source: Kang, Lee and Chui, "Coherent Line Drawing" (2007): differences of Gaussians, smoothed along
the flow of the edges. They are isotropic here, as in Winnemöller, Kyprianidis and Olsen, "XDoG"
(2012): smoothing along the flow decides on what is a line. For `contours` it goes along straight
segments, as in Lu, Xu and Jia, "Combining Sketch and Tone for Pencil Drawing Production" (2012);
for a `drawing` along curves, and what is a line depends on the contrast around.
"""

from __future__ import annotations

import numpy as np

from ..filters import blurred, swept
from ..geometry import Array, gradient, squared_gradient, steepness
from ..sampling import blocks, enlarged
from .chance import noise
from .ground import Ground
from .tones import contrasty, smoothstep

NARROW = 0.4  # deviation of the narrower Gaussian of `contours`, in widths of a line
DIRECTIONS = 12  # among which contours choose the way they run
RATIO = 1.6  # of the two Gaussians' deviations: the nearest to a Laplacian (Marr and Hildreth 1980)
FLOW, WIDE = 1.6, 2.5
"""Deviation, in pixels at scale 1, of the window that decides how edges run, and how many times as
wide that is which decides on whether they agree."""
REACH, STEPS = 8.0, 4  # how far a line is smoothed along the flow each way, and in how many steps
FINE, BROAD = 0.75, 1.9  # half the widths of lines, about, in pixels at scale 1
FINE_LEAST, BROAD_LEAST = 0.025, 0.05
"""Response, in deviations of the ground around, from which there is a line."""
FINE_RISE, BROAD_RISE = 0.04, 0.05  # over which it comes to be whole
AROUND = 20.0  # deviation in pixels of the window that these deviations are taken in
FLAT = np.float32(0.06)  # what is added to them: flat ground has noise, not contours
TEXTURE = 4.0  # by how much more it takes where edges contradict each other
CROWD, DENSE, CROWDED = 9.0, (0.12, 0.35), np.float32(2.5)
"""Deviation in pixels of the window in which lines are many, the share of ink from where to where
they are, and by how much more a line takes there: a few say all of a bush."""
FACE, EASY = np.float32(1.0), np.float32(0.4)
"""By how much more broad lines take on skin, and by what share all take less: features are fine."""
SWELL, PRESSURE = 30.0, np.float32(0.2)
"""Pixels over which the pressure of the hand changes, and deviation of its logarithm."""
LOW_CONTRAST, NOISE = np.float32(0.05), np.float32(0.0057)
"""What is added to these deviations for `relative` contours, and how dark noise may be."""
FEW = np.float32(1e-12)


def contours(light: Array, ground: Ground, width: float, length: float) -> Array:
    """How dark each pixel (h, w) is against its surroundings, coherent along edges; signed.

    Args:
        light: (h, w), of the photo.
        ground: How its edges run.
        width: Of a line in pixels at scale 1.
        length: Of the segments, likewise.
    """
    size = NARROW * max(1.0, width * ground.scale)
    dark = blurred(light, 2 * size) - blurred(light, size)
    turn = np.rint(ground.angle * (DIRECTIONS / np.pi)).astype(int) % DIRECTIONS
    turn = ground.repeated(turn)
    lines = np.empty_like(dark)
    for number in range(DIRECTIONS):
        angle = number * np.pi / DIRECTIONS
        reach = length * ground.scale
        along = swept(dark, reach * np.sin(angle), reach * np.cos(angle))
        np.copyto(lines, along, where=turn == number)
    return lines


def relative(ground: Ground, width: float, length: float) -> Array:
    """`contours` of a photo in deviations of the ground around: dark photos have lines, too."""
    contrast = LOW_CONTRAST + np.sqrt(ground.spread(ground.variance(AROUND * ground.scale)))
    dark = contours(contrasty(ground.photo), ground, width, length) - NOISE
    result: Array = dark / contrast
    return result


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
    contrast = _contrast(grey, AROUND * ground.scale)
    hand = noise(ground.shape, SWELL * ground.scale, rng)
    pitch = max(1, ground.pitch // 2)
    tangent, coherence = tangents(blocks(grey, pitch), FLOW * ground.scale / pitch)
    doubt = enlarged(1 - coherence, pitch, ground.shape)
    least = (1 + TEXTURE * doubt) * np.exp(PRESSURE * hand) / np.float32(ease)
    thin, thick = (
        response(grey, width * ground.scale, tangent, pitch) / contrast for width in (fine, broad)
    )
    face = ground.spread(ground.skin)
    crowd = blurred(smoothstep(0, FINE_RISE, thin - FINE_LEAST * least), CROWD * ground.scale)
    least = least * (1 + CROWDED * (1 - face) * smoothstep(*DENSE, crowd)) * (1 - EASY * face)
    return (
        smoothstep(0, FINE_RISE, thin - FINE_LEAST * least),
        smoothstep(0, BROAD_RISE, thick - BROAD_LEAST * (least + FACE * face)),
    )


def bold(ground: Ground, rng: np.random.Generator, broad: float, ease: float) -> Array:
    """The broad lines (h, w) of a `drawing` alone, 0 to 1, drawn on the ground's grid: quick."""
    scale = ground.scale / ground.pitch
    grey = blocks(contrasty(ground.photo), ground.pitch)
    tangent, coherence = tangents(grey, FLOW * scale)
    hand = noise(grey.shape, SWELL * scale, rng)
    least = (1 + TEXTURE * (1 - coherence)) * np.exp(PRESSURE * hand) / np.float32(ease)
    least = least * (1 - EASY * ground.skin) + FACE * ground.skin
    thick = response(grey, broad * scale, tangent, 1) / _contrast(grey, AROUND * scale)
    return smoothstep(0, BROAD_RISE, ground.spread(thick - BROAD_LEAST * least))


def _contrast(grey: Array, deviation: float) -> Array:
    """Deviation of a grey photo (h, w) in windows around every pixel, and a little more."""
    mean, square = blurred(np.stack([grey, grey * grey]), deviation)
    contrast: Array = np.sqrt((square - mean * mean).clip(0)) + FLAT
    return contrast


def outlines(sheet: Array, size: float, change: tuple[float, float]) -> Array:
    """Lines (h, w) of one width where areas of flat colour meet, 0 to 1.

    Args:
        sheet: The areas, (3, h, w).
        size: Half the width of a line, about, in pixels.
        change: Of colour across a border, from where to where it has a line.
    """
    size = max(0.5, size)
    # A step's gradient, at its middle, times this is its height.
    width = np.float32(size * np.sqrt(2 * np.pi))
    return smoothstep(*change, steepness(blurred(sheet, size)) * width)


def tangents(grey: Array, deviation: float) -> tuple[Array, Array]:
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
        tangent: As of `tangents`.
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
