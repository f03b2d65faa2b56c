"""A soft watch over the edge of a block in a corner of the foreground, as Dali's (1931).

The watch is a disc in coordinates that lie flat on the block's top and hang down its front.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array
from .ground import Ground
from .tones import smoothstep

RADIUS = 0.1  # of the watch, in shorter sides of the picture
LEAST = 9.0  # radius in pixels below which there is none
WIDE, HIGH, DEEP = 3.3, 2.1, 0.75  # of the block, its front and its top, in radii
LIES, HANGS = 0.62, 1.3  # how long the watch is above and below the edge, in radii
LEAN, TAPER, SAG = 0.34, 0.02, 0.2  # how far it hangs aside, grows narrow and sags at its end
SKEW = 0.5  # how far the far edge of the block's top is shifted, in its depths
BUSY, DETAIL = 0.45, 2.0  # cost of a corner from which it is left alone; weight of detail in it
RIM, DIAL = 1.0, 0.87  # radii of the rim and the dial
HOURS = 12
TICK = (0.68, 0.8, 0.03)  # of hours: from where to where, half their width
HANDS = ((2.2, 0.5, 0.045), (-0.35, 0.7, 0.03))
"""Angle in radians from the right downwards, length and half the width of its hands."""
TOP = np.array([[0.72, 0.53, 0.33], [0.60, 0.41, 0.24]], dtype=np.float32)
FRONT = np.array([[0.40, 0.26, 0.17], [0.21, 0.13, 0.10]], dtype=np.float32)
GOLD = np.array([[0.45, 0.29, 0.11], [0.94, 0.80, 0.48]], dtype=np.float32)
ENAMEL = np.array([[0.60, 0.70, 0.76], [0.93, 0.94, 0.88]], dtype=np.float32)
BLUED = np.array([0.10, 0.12, 0.18], dtype=np.float32)[:, None, None]
"""Colours of the block's faces, of gold and of enamel, from one end to the other; and of hands."""


def with_watch(paint: Array, busy: Array, ground: Ground) -> Array:
    """Paint (3, h, w) with a watch in the calmer of its lower corners, if there is room.

    Args:
        paint: In [0, 1].
        busy: How much things on the ground's grid (r, c) must be seen, 0 to 1.
        ground: Of the photo.
    """
    height, width = ground.shape
    radius = RADIUS * min(height, width)
    rows, columns = (round(part * radius) for part in (HIGH + DEEP + LIES, WIDE + DEEP))
    if radius < LEAST or min(rows, columns) < 1:
        return paint
    detail = np.sqrt(ground.variance(radius / 3))
    cost = (busy + np.float32(DETAIL) * detail)[-max(1, rows // ground.pitch) :]
    wide = max(1, columns // ground.pitch)
    costs = float(cost[:, :wide].mean()), float(cost[:, -wide:].mean())
    if min(costs) > BUSY:
        return paint
    right = costs[1] < costs[0]
    paint = paint[..., ::-1].copy() if right else paint.copy()
    corner = paint[:, -rows:, :columns]
    q = (np.arange(-rows, 0, dtype=np.float32)[:, None] + 0.5) / np.float32(radius) + HIGH
    p = (np.arange(columns, dtype=np.float32) + 0.5) / np.float32(radius)
    corner[:] = _watch(_block(corner, p, q, radius), p - np.float32(0.55 * WIDE), q, radius)
    return paint[..., ::-1] if right else paint


def _block(paint: Array, p: Array, q: Array, radius: float) -> Array:
    """A block from the left border to `WIDE`; its front's upper edge is where q is 0."""
    far = SKEW * q.clip(-DEEP, 0)
    shift = WIDE - p
    top = _below(-shift - far, 0.0, radius) * _below(np.abs(q + DEEP / 2), DEEP / 2, radius)
    front = _below(-shift, 0.0, radius) * _below(-q, 0.0, radius)
    paint = _laid(paint, _between(TOP, (p / WIDE + 0 * q)), top)
    return _laid(paint, _between(FRONT, (q / HIGH).clip(0, 1) + 0 * p), front)


def _watch(paint: Array, p: Array, q: Array, radius: float) -> Array:
    """A watch whose middle is at the edge of the block, with its shade."""
    u, v = _soft(p, q)
    shade_u, shade_v = _soft(p - np.float32(0.14), q - np.float32(0.1))
    shade = _below(np.hypot(shade_u, shade_v), RIM + 0.06, radius / 8)
    paint = paint * (1 - np.float32(0.55) * shade)
    far = np.hypot(u, v)
    # Lit where it bends over the edge, from the left.
    light = smoothstep(1.2, -0.9, u + 0.45 * v) - 0.35 * smoothstep(0.1, 0.5, q)
    light = light + np.float32(0.3) * np.exp(-np.square(q / np.float32(0.13)))
    tube = np.cos((far - (RIM + DIAL) / 2) * np.float32(np.pi / (RIM - DIAL))).clip(0)
    paint = _laid(paint, _between(GOLD, (0.35 * light + 0.65 * tube).clip(0, 1)), _rim(far, radius))
    paint = _laid(paint, _between(ENAMEL, light.clip(0, 1)), _below(far, DIAL, radius))
    return _laid(paint, BLUED, np.float32(0.9) * _figures(u, v, far, radius))


def _soft(p: Array, q: Array) -> tuple[Array, Array]:
    """Where each place (p, q) is on the round watch: it lies, then hangs."""
    down = q.clip(0)
    v = np.where(q < 0, q / LIES, q / HANGS)
    wave = np.float32(LEAN) * down * down / 2
    u = (p - wave) / (1 - TAPER * down + np.float32(0.12) * q.clip(-1, 0))
    # Its end sags into two soft folds.
    v = v - np.float32(SAG) * down * np.cos(np.float32(3.2) * u + np.float32(0.5)) / HANGS
    return u, v


def _figures(u: Array, v: Array, far: Array, radius: float) -> Array:
    """Hours and hands (r, c), 0 to 1."""
    turn = np.arctan2(v, u) * np.float32(HOURS / (2 * np.pi))
    aside = np.abs(turn - np.round(turn)) * np.float32(2 * np.pi / HOURS) * far
    first, last, half = TICK
    ring = _below(np.abs(far - (first + last) / 2), (last - first) / 2, radius)
    drawn = ring * _below(aside, half, radius)
    for angle, length, half in HANDS:
        sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
        along, across = u * cosine + v * sine, v * cosine - u * sine
        beyond = np.hypot(along - along.clip(0, length), across)
        drawn = np.maximum(drawn, _below(beyond, half, radius))
    return drawn


def _rim(far: Array, radius: float) -> Array:
    return _below(far, RIM, radius)


def _below(values: Array, bound: float, radius: float) -> Array:
    """1 where values in radii are below a bound, 0 above, over about a pixel."""
    part: Array = (0.5 + (bound - values) * np.float32(radius)).clip(0, 1)
    return part


def _between(colours: Array, part: Array) -> Array:
    first, last = colours[:, :, None, None]
    result: Array = first + part * (last - first)
    return result


def _laid(paint: Array, colour: Array, share: Array) -> Array:
    result: Array = paint + share * (colour - paint)
    return result
