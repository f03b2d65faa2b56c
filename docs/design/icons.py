"""Draws six icons of a coffee bar on transparent ground: python icons.py FOLDER."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw

SIDE, FINER = 256, 4  # in pixels; drawn so many times as large, for smooth borders
RED, BROWN, CREAM, GREEN, BLUE, GOLD = (
    "#b5322a", "#6b4226", "#f3e3c3", "#4f7f4a", "#3f6f9f", "#e9a23b",
)  # fmt: skip


class Pen:
    """Draws on an icon, in pixels of its final size."""

    def __init__(self) -> None:
        self.picture = Image.new("RGBA", (FINER * SIDE, FINER * SIDE))
        self._draw = ImageDraw.Draw(self.picture)

    def shape(self, points: list[tuple[float, float]], colour: str) -> None:
        """A polygon."""
        self._draw.polygon([(FINER * x, FINER * y) for x, y in points], fill=colour)

    def disc(self, x: float, y: float, wide: float, high: float, colour: str) -> None:
        """An ellipse around (x, y), of these radii."""
        self.shape(arc(x, y, wide, high, 0, 360), colour)

    def line(self, points: list[tuple[float, float]], width: float, colour: str) -> None:
        """A line with round ends."""
        for one, other in pairwise(points):
            self._draw.line(
                [FINER * v for v in (*one, *other)], fill=colour, width=round(FINER * width)
            )
        for x, y in points:
            self.disc(x, y, width / 2, width / 2, colour)


def arc(
    x: float, y: float, wide: float, high: float, start: float, end: float
) -> list[tuple[float, float]]:
    """Points of an ellipse around (x, y), of these radii, from angle to angle in degrees."""
    turns = [math.radians(start + (end - start) * step / 60) for step in range(61)]
    return [(x + wide * math.cos(turn), y + high * math.sin(turn)) for turn in turns]


def cup(pen: Pen) -> None:
    pen.disc(124, 208, 104, 22, CREAM)
    pen.line(arc(186, 130, 36, 34, -100, 120), 16, RED)
    pen.shape(arc(115, 96, 75, 112, 0, 180), RED)
    pen.disc(115, 96, 75, 22, CREAM)
    pen.disc(115, 99, 61, 15, BROWN)


def bean(pen: Pen) -> None:
    pen.disc(128, 128, 82, 112, BROWN)
    pen.line(arc(134, 77, 34, 51, 250, 90) + arc(122, 179, 34, 51, 270, 430), 12, CREAM)


def leaf(pen: Pen) -> None:
    pen.shape(arc(20, 20, 208, 208, 2, 88) + arc(236, 236, 208, 208, 182, 268), GREEN)
    pen.line([(34, 222), (196, 60)], 12, CREAM)
    for place in (80, 120):
        pen.line([(place, 256 - place), (place + 6, 206 - place)], 8, CREAM)
        pen.line([(place, 256 - place), (place + 50, 250 - place)], 8, CREAM)


def cake(pen: Pen) -> None:
    pen.disc(166, 68, 26, 26, RED)
    pen.shape([(24, 150), (232, 84), (232, 216), (24, 216)], CREAM)
    pen.shape([(24, 150), (232, 84), (232, 122), (24, 172)], BROWN)
    pen.shape([(24, 184), (232, 160), (232, 176), (24, 198)], RED)


def jug(pen: Pen) -> None:
    pen.line(arc(184, 118, 40, 44, -90, 90), 16, BLUE)
    pen.shape([(66, 44), (184, 44), (200, 224), (44, 224)], BLUE)
    pen.shape([(70, 44), (16, 34), (64, 92)], BLUE)
    pen.shape([(57, 130), (191, 130), (194, 160), (53, 160)], CREAM)


def sun(pen: Pen) -> None:
    for turn in range(0, 360, 30):
        (tip, *_), (*_, left), (right, *_) = (
            arc(128, 128, far, far, turn + side, turn + side) for far, side in RAYS
        )
        pen.shape([tip, left, right], GOLD)
    pen.disc(128, 128, 62, 62, GOLD)


RAYS = ((116, 0), (74, -11), (74, 11))
"""Corners of a ray: distance from the centre, angle beside its own."""
ICONS: tuple[Callable[[Pen], None], ...] = (cup, bean, leaf, cake, jug, sun)

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for icon in ICONS:
        pen = Pen()
        icon(pen)
        pen.picture.resize((SIDE, SIDE), Image.Resampling.BOX).save(folder / f"{icon.__name__}.png")
