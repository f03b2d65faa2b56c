"""How many pictures a second there are, and how old they are."""

from __future__ import annotations

import statistics
import threading
import time
from collections import deque
from typing import Any

WINDOW = 2.0
"""Seconds over which pictures a second are counted while it runs."""
MOST = 100_000
"""Of pictures whose age is kept."""


class Meter:
    """Counts pictures; used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._first: float | None = None
        self._latest = self._begun
        self._worked_first = self._worked = 0.0
        self._frames = self._pictures = self._paintings = 0
        self._ages: deque[float] = deque(maxlen=MOST)
        self._last: deque[float] = deque()

    def frame(self) -> None:
        """A picture of the source came."""
        with self._lock:
            self._frames += 1

    def painting(self) -> None:
        """One was painted."""
        with self._lock:
            self._paintings += 1

    def picture(self, taken: float) -> None:
        """One was finished, of a frame that was taken then (`time.monotonic`)."""
        now = time.monotonic()
        with self._lock:
            if self._first is None:
                self._first, self._worked_first = now, time.process_time()
            self._latest, self._worked = now, time.process_time()
            self._pictures += 1
            self._ages.append(now - taken)
            self._last.append(now)

    @property
    def now(self) -> float:
        """Pictures a second in the last seconds."""
        with self._lock:
            since = time.monotonic() - WINDOW
            while self._last and self._last[0] < since:
                self._last.popleft()
            return len(self._last) / WINDOW

    def summary(self) -> dict[str, Any]:
        """What was measured; rates count from the first picture to the last one.

        `processors` is how many cores were at work: on a machine that others use, fewer than there
        are.
        """
        with self._lock:
            ages = sorted(1000 * age for age in self._ages)
            running = 0.0 if self._first is None else self._latest - self._first
            start = None if self._first is None else round(self._first - self._begun, 2)
            return {
                "seconds": round(running, 2),
                "start_seconds": start,
                "frames": self._frames,
                "pictures": self._pictures,
                "paintings": self._paintings,
                "pictures_a_second": _rate(self._pictures, running),
                "paintings_a_second": _rate(self._paintings, running),
                "processors": _share(self._worked - self._worked_first, running),
                "latency_ms": {
                    "median": round(statistics.median(ages), 1) if ages else None,
                    "p95": round(ages[int(0.95 * (len(ages) - 1))], 1) if ages else None,
                },
            }


def _rate(count: int, seconds: float) -> float | None:
    """A second; None where there was no time."""
    return round((count - 1) / seconds, 2) if seconds > 0 else None


def _share(work: float, seconds: float) -> float | None:
    return round(work / seconds, 2) if seconds > 0 else None
