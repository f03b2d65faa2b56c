"""Stripes: parallel lines, evenly spaced, that follow any field of angles.

Where the field spreads, a line forks or a new one begins, as an engraver sets them.

Source: Knoeppel, Crane, Pinkall and Schroeder, "Stripe Patterns on Surfaces" (2015): a phase per
place, whose difference between neighbours is the lines' number between them; here relaxed from
coarse to fine on a grid.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array

CELL = 0.7  # of the grid of phases, in periods
LEVELS = {8: 32, 4: 24, 2: 10, 1: 3}
"""Cells of each grid in those of the finest, and rounds of relaxation there."""


def stripes(
    angle: Array,
    pitch: float,
    period: float | Array,
    shape: tuple[int, ...],
    rng: np.random.Generator,
) -> Array:
    """How far every pixel (h, w) is from the middle of its line, 0 to 1 in the middle of a gap.

    Values are evenly spread: where they are below x, a share x is covered.

    Args:
        angle: Of the lines, (r, c), on a grid.
        pitch: Of that in pixels.
        period: Of the lines in pixels; a number or a map (r, c).
        shape: (h, w).
        rng: Of the phase.
    """
    cell = max(1, round(CELL * float(np.mean(period))))
    rows, columns = (-(-length // cell) + 1 for length in shape)
    y = (np.arange(rows) * cell / pitch).astype(int).clip(0, angle.shape[0] - 1)
    x = (np.arange(columns) * cell / pitch).astype(int).clip(0, angle.shape[1] - 1)
    wave = 2 * np.pi / np.broadcast_to(np.asarray(period, dtype=np.float32), angle.shape)
    # Of the phase, across the lines, per cell: (2, rows, columns).
    turned, wave = angle[np.ix_(y, x)], wave[np.ix_(y, x)] * cell
    slope = np.stack([np.cos(turned) * wave, -np.sin(turned) * wave]).astype(np.float32)
    phase = _relaxed(slope, rng)
    return _between(phase, slope, cell, shape)


def _relaxed(slope: Array, rng: np.random.Generator) -> Array:
    """Phases (rows, columns), in radians, whose differences are as near to the slopes as can be."""
    phase: Array | None = None
    for step, rounds in LEVELS.items():
        coarse = slope[:, ::step, ::step]
        if phase is None:
            phase = rng.uniform(0, 2 * np.pi, coarse.shape[1:]).astype(np.float32)
        else:
            phase = _finer(phase, slope, 2 * step, coarse.shape[1:], step)
        links = [_Link(coarse, axis, step) for axis in (0, 1)]
        wave = np.exp(1j * phase).astype(np.complex64)
        for _ in range(rounds):
            total = np.float32(0.5) * wave
            for link in links:
                link.add(wave, total)
            wave = total / (np.abs(total) + np.float32(1e-6))
        phase = np.angle(wave)
    assert phase is not None
    return phase


class _Link:
    """What neighbours along an axis say about each other's phase.

    A line has no direction: where the slopes of two point opposite ways, one's phase is negative.
    """

    def __init__(self, slope: Array, axis: int, step: int) -> None:
        self.first = tuple(slice(0, -1) if i == axis else slice(None) for i in range(2))
        self.second = tuple(slice(1, None) if i == axis else slice(None) for i in range(2))
        one, other = slope[(slice(None), *self.first)], slope[(slice(None), *self.second)]
        alike = (one * other).sum(0)
        self.same = alike >= 0
        sign = np.where(self.same, np.float32(1), np.float32(-1))
        turn = (sign * one[axis] + other[axis]) * np.float32(step / 2)
        weight = np.abs(alike) / np.sqrt((one**2).sum(0) * (other**2).sum(0))
        self.ahead = np.empty(turn.shape, dtype=np.complex64)
        self.ahead.real, self.ahead.imag = weight * np.cos(turn), weight * np.sin(turn)
        self.back = np.where(self.same, self.ahead.conj(), self.ahead)

    def add(self, wave: Array, total: Array) -> None:
        one, other = wave[self.first], wave[self.second]
        total[self.second] += self.ahead * np.where(self.same, one, one.conj())
        total[self.first] += self.back * np.where(self.same, other, other.conj())


def _finer(phase: Array, slope: Array, wide: int, shape: tuple[int, ...], step: int) -> Array:
    """Phases of a coarser grid, continued onto a finer one along their slopes."""
    y, x = (np.arange(length) for length in shape)
    coarse = slope[:, ::wide, ::wide]
    rows = (y // 2).clip(0, coarse.shape[1] - 1)
    columns = (x // 2).clip(0, coarse.shape[2] - 1)
    down = (y * step - rows * wide)[:, None]
    right = (x * step - columns * wide)[None]
    there, fine = coarse[:, rows[:, None], columns], slope[:, ::step, ::step]
    sign = np.where((there * fine).sum(0) >= 0, 1, -1)
    result: Array = (
        sign * phase[rows[:, None], columns]
        + ((sign * there[0] + fine[0]) * down + (sign * there[1] + fine[1]) * right) / 2
    )
    return result.astype(np.float32)


def _between(phase: Array, slope: Array, cell: int, shape: tuple[int, ...]) -> Array:
    """The lines (h, w): waves of the four places around every pixel, laid over each other."""
    height, width = shape
    down = np.tile(np.arange(cell, dtype=np.float32) / cell, phase.shape[0] - 1)[:height, None]
    right = np.tile(np.arange(cell, dtype=np.float32) / cell, phase.shape[1] - 1)[None, :width]
    real, imaginary = (np.zeros(shape, dtype=np.float32) for _ in range(2))
    main = slope[:, :-1, :-1]
    for i in (0, 1):
        for j in (0, 1):
            rows = slice(i, phase.shape[0] - 1 + i)
            columns = slice(j, phase.shape[1] - 1 + j)
            there = slope[:, rows, columns]
            sign = np.where((there * main).sum(0) >= 0, np.float32(1), np.float32(-1))
            maps = sign * np.stack([phase[rows, columns], there[0], there[1]])
            angle, dy, dx = maps.repeat(cell, 1).repeat(cell, 2)[:, :height, :width]
            angle = angle + dy * (down - i) + dx * (right - j)
            weight = (down if i else 1 - down) * (right if j else 1 - right)
            real += weight * np.cos(angle)
            imaginary += weight * np.sin(angle)
    size = np.sqrt(real * real + imaginary * imaginary) + np.float32(1e-6)
    result: Array = np.arccos((real / size).clip(-1, 1)) * np.float32(1 / np.pi)
    return result


def covered(far: Array, share: Array, period: float) -> Array:
    """How much of each pixel (h, w) is covered by lines.

    Args:
        far: From the middle of a line, as of `stripes`.
        share: Of the ground that lines cover.
        period: Of the lines in pixels.
    """
    half, far = share * np.float32(period / 2), far * np.float32(period / 2)
    # The share of the pixel itself: thin lines are faint, not jagged.
    lines = [
        (np.minimum(half, away + 0.5) - np.maximum(-half, away - 0.5)).clip(0, 1)
        for away in (far, np.float32(period) - far)
    ]
    result: Array = np.minimum(lines[0] + lines[1], 1) * (share > 0)
    return result
