"""Painting, in a thread of its own, of the frame that was ordered last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from stylemamba.live.newest import Newest
from stylemamba.portable.recipe import Recipe
from stylemamba.video.canvas import Painting
from stylemamba.video.clip import Picture
from stylemamba.video.motion import Small
from stylemamba.video.shot_painter import ShotPainter

if TYPE_CHECKING:
    from stylemamba.pipeline import StyleMambaPipeline

PATIENCE = 0.2
"""Seconds after which threads that wait look whether they are to end."""


@dataclass(frozen=True, eq=False)
class Taken:
    """A frame of the source.

    Attributes:
        whole: As it came, (h, w, 3).
        frame: As it is painted, (h', w', 3).
        at: When it was taken (`time.monotonic`).
    """

    whole: Picture
    frame: Picture
    at: float

    @cached_property
    def small(self) -> Small:
        """On which motion is found."""
        return Small.of(self.frame)


@dataclass(frozen=True)
class Wish:
    """How to paint.

    Attributes:
        recipe: With a number of steps.
        words: For each of its regions, what is looked for in every frame; None where it stays.
    """

    recipe: Recipe
    words: tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class Order:
    """A frame to be painted.

    Attributes:
        shot: Frames of one number share looks and palette.
        taken: The frame.
        wish: How; the same for all of a shot.
    """

    shot: int
    taken: Taken
    wish: Wish


@dataclass(frozen=True, eq=False)
class Painted:
    """An order that was carried out."""

    order: Order
    painting: Painting
    notes: tuple[str, ...]


class Brush:
    """Paints orders; those that are overtaken before their turn are dropped.

    Args:
        pipe: Paints.
        hear: Is called after each one.
    """

    def __init__(self, pipe: StyleMambaPipeline, hear: Callable[[], None]) -> None:
        self._pipe, self._hear = pipe, hear
        self._orders: Newest[Order] = Newest()
        self._shot = 0
        self._painter: ShotPainter | None = None
        self.done: Painted | None = None

    def order(self, order: Order) -> None:
        """Has a frame painted as soon as the one in work is finished."""
        self._orders.put(order)

    def work(self, goes_on: Callable[[], bool]) -> None:
        """Carries out orders for as long as it goes on."""
        number = 0
        while goes_on():
            found = self._orders.after(number, PATIENCE)
            if found is not None:
                number, order = found
                self.done = self.paint(order)
                self._hear()

    def paint(self, order: Order) -> Painted:
        """Paints a frame now; the first one of a shot decides on its looks and palette."""
        frame = order.taken.frame
        if self._painter is None or order.shot != self._shot:
            self._painter = ShotPainter(self._pipe, order.wish.recipe, order.wish.words)
            self._painter.begin(frame)
            self._shot = order.shot
        picture = self._painter.paint(frame)
        painting = Painting(picture, order.taken.small, self._painter.rest)
        return Painted(order, painting, tuple(self._painter.notes))
