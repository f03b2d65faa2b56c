"""What a server keeps for its clients: bounded in memory, and gone after a time."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from stylemamba.server.problems import Problem

Thing = TypeVar("Thing")


class Kept(Generic[Thing]):
    """Things by names that nobody can guess; whoever knows one may use what it stands for.

    Args:
        kind: What they are, for messages.
        most: Bytes of all of them; beyond, the oldest go.
        seconds: That a thing is kept after it was last asked for.
        size: Bytes of a thing, which may grow.
        busy: Whether a thing is in use, and must stay.
        clock: Seconds, rising.
    """

    def __init__(
        self,
        kind: str,
        most: int,
        seconds: float,
        size: Callable[[Thing], int],
        busy: Callable[[Thing], bool] = lambda _: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kind, self._most, self._seconds = kind, most, seconds
        self._size_of, self._busy, self._clock = size, busy, clock
        self._things: dict[str, tuple[float, Thing]] = {}  # the one used last is the last
        self._lock = threading.Lock()

    def add(self, thing: Thing) -> str:
        """Keeps a thing; its name."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._things[name] = self._clock(), thing
        self.tidy()
        return name

    def get(self, name: str) -> Thing:
        """The thing of that name, for some time more.

        Raises:
            Problem: There is none, or none any more.
        """
        with self._lock:
            found = self._things.pop(name, None)
            if found is not None and self._clock() - found[0] <= self._seconds:
                self._things[name] = self._clock(), found[1]
                return found[1]
        raise Problem("not-found", f"there is no such {self._kind} (any more): send it again")

    def remove(self, name: str) -> None:
        """Forgets a thing, if it is there."""
        with self._lock:
            self._things.pop(name, None)

    def tidy(self) -> None:
        """Forgets what is too old, and then the oldest until there is room."""
        with self._lock:
            now, total = self._clock(), self._total()
            for name, (used, thing) in list(self._things.items()):
                if self._busy(thing):
                    continue
                if now - used <= self._seconds and total <= self._most:
                    break
                total -= self._size_of(thing)
                del self._things[name]

    def drop(self) -> bool:
        """Forgets the thing that is not in use and was used longest ago; false if there is none."""
        with self._lock:
            for name, (_, thing) in self._things.items():
                if not self._busy(thing):
                    del self._things[name]
                    return True
        return False

    @property
    def size(self) -> int:
        """Bytes of all things."""
        with self._lock:
            return self._total()

    def __len__(self) -> int:
        return len(self._things)

    def _total(self) -> int:
        return sum(self._size_of(thing) for _, thing in self._things.values())
