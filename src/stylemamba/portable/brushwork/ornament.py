"""Ornament of posters of art nouveau: a frame, and a halo behind a head.

As Mucha has them: a band of arches between two lines, and a ring of roundels on calm ground.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array
from ..sampling import blocks
from .ground import Ground
from .skin import patches
from .study import empty
from .tones import smoothstep

MARGIN, BAND, RULE = 7.0, 9.0, 1.4  # of the frame: paper, its band, and lines, in pixels
PETAL = 26.0  # length of one figure of the band's ornament, in pixels
PAPER, GOLD, GREEN, ROSE = (
    np.array(colour, dtype=np.float32)[:, None, None]
    for colour in ((0.97, 0.93, 0.82), (0.83, 0.68, 0.38), (0.52, 0.56, 0.42), (0.86, 0.63, 0.55))
)
CELL = 3.6  # side in pixels of the cells that a head is looked for on
LONG = 1.25  # length of a face in its widths
HEAD = (0.08, 0.4)  # of a face with a halo, in shares of the shorter side
AROUND, BROAD = 1.25, 0.26  # inner radius of the halo, and its width, in lengths of the face
OPEN = 0.5  # share of the ring's upper half on calm ground from which there is a halo
ROUNDELS = 36


def framed(sheet: Array, ink: Array, ground: Ground) -> Array:
    """A sheet (3, h, w) with a margin of paper, and a band of arches between two lines of ink."""
    scale, (height, width) = ground.scale, ground.shape
    y, x = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)
    down, right = np.minimum(y, height - 1 - y), np.minimum(x, width - 1 - x)
    far = np.minimum(down, right) / np.float32(scale)
    if far.max() < 4 * (MARGIN + BAND):
        return sheet
    along = np.where(down < right, np.abs(x - width / 2), np.abs(y - height / 2))
    turn = np.abs((along / np.float32(PETAL * scale)) % 1 - 0.5) * 2
    arch = MARGIN + BAND * (0.15 + 0.7 * np.sqrt((1 - turn * turn).clip(0)))
    soft = 0.6 / scale
    sheet = _laid(sheet, GOLD, _below(far, MARGIN + BAND, soft))
    sheet = _laid(sheet, GREEN, _below(far, arch, soft))
    sheet = _laid(sheet, ink, _below(np.abs(far - arch), 0.6, soft))
    sheet = _laid(sheet, PAPER, _below(far, MARGIN, soft))
    for place in (MARGIN, MARGIN + BAND):
        sheet = _laid(sheet, ink, _below(np.abs(far - place), RULE / 2, soft))
    return sheet


def haloed(sheet: Array, ink: Array, ground: Ground) -> Array:
    """A sheet (3, h, w) with a ring behind the head of the largest figure, if ground is calm there.

    Lines of ink.
    """
    head = _head(ground)
    if head is None:
        return sheet
    y, x, length = head
    down = np.arange(ground.shape[0], dtype=np.float32)[:, None] - np.float32(y)
    right = np.arange(ground.shape[1], dtype=np.float32) - np.float32(x)
    far = np.sqrt(down * down + right * right)
    inner, broad = AROUND * length, BROAD * length
    ring = _below(np.abs(far - inner - broad / 2), broad / 2, 0.7)
    calm = empty(ground) * (1 - ground.spread(ground.face))
    above = ring * (down < 0)
    if (above * calm).sum() < OPEN * above.sum():
        return sheet
    calm = smoothstep(0.35, 0.65, calm)
    sheet = _laid(sheet, ROSE, ring * calm)
    turn = np.arctan2(down, right) * np.float32(ROUNDELS / (2 * np.pi))
    aside = (turn - np.round(turn)) * np.float32(2 * np.pi / ROUNDELS) * far
    roundel = np.sqrt(aside * aside + np.square(far - inner - broad / 2))
    sheet = _laid(sheet, GOLD, calm * _below(roundel, 0.32 * broad, 0.7))
    rule = RULE / 2 * ground.scale
    line = _below(np.abs(roundel - 0.32 * broad), 0.7 * rule, 0.7)
    for place in (inner, inner + broad):
        line = np.maximum(line, _below(np.abs(far - place), rule, 0.7))
    return _laid(sheet, ink, calm * line)


def _head(ground: Ground) -> tuple[float, float, float] | None:
    """Middle (y, x) and length, in pixels, of the face at the top of the largest patch of skin."""
    side = max(1, round(CELL * ground.scale / ground.pitch))
    skin = blocks(ground.skin, side) > 0.5
    if not skin.any():
        return None
    number, _ = patches(skin)
    largest = number == np.bincount(number[skin]).argmax()
    widths = largest.sum(1)
    top = int(np.flatnonzero(widths)[0])
    widest = np.maximum.accumulate(widths[top:])
    rows = np.arange(1, widest.size + 1)
    # From the hair down, a face ends before it is followed by shoulders.
    length = int((rows >= LONG * widest).argmax()) + 1
    cell = side * ground.pitch
    if not HEAD[0] < length * cell / min(ground.shape) < HEAD[1]:
        return None
    columns = np.nonzero(largest[top : top + length])[1]
    return (top + 0.4 * length) * cell, (float(columns.mean()) + 0.5) * cell, length * cell


def _below(values: Array, bound: float | Array, soft: float) -> Array:
    """1 where values are below a bound, 0 above, (h, w)."""
    part: Array = (0.5 + (bound - values) / np.float32(2 * soft)).clip(0, 1)
    return part


def _laid(sheet: Array, colour: Array, share: Array) -> Array:
    result: Array = sheet + share * (colour - sheet)
    return result
