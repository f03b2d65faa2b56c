"""Handing things from one thread to another, of which only the newest counts."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Newest(Generic[Value]):
    """A place for one value: what is put there takes the place of the one before."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._value: Value | None = None
        self._number = 0

    def put(self, value: Value) -> None:
        """Takes a value, and wakes who waits for one."""
        with self._changed:
            self._value, self._number = value, self._number + 1
            self._changed.notify_all()

    @property
    def value(self) -> Value | None:
        """The newest one; None where there was none yet."""
        return self._value

    def after(self, number: int, seconds: float) -> tuple[int, Value] | None:
        """Waits for a newer value than that of a number.

        Args:
            number: Of the last one that the caller had; 0 for none.
            seconds: To wait at most.

        Returns:
            Its number, from 1, and the value; None if none came.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._number > number, seconds)
            if self._number <= number or self._value is None:
                return None
            return self._number, self._value
