"""Work that is shared between threads, where somebody said that there are cores for it.

NumPy computes on one core. What takes long is made of parts that know nothing of each other, planes
and fields, and NumPy lets go of Python's lock while it computes: so threads can share them. The
results do not depend on how many there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Lock
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_at_hand: ContextVar[int] = ContextVar("workers", default=1)
_pools: list[ThreadPoolExecutor] = []  # one, once it was needed
_making = Lock()


@contextmanager
def workers(count: int) -> Iterator[None]:
    """While this is open, this thread's work is shared between so many, itself among them."""
    before = _at_hand.set(max(1, count))
    try:
        yield
    finally:
        _at_hand.reset(before)


def each(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What a function makes of every item, in their order.

    Threads take one item after the other, and share the work on it with no others. This thread
    waits for none that has not begun: so it ends where all threads are busy, too.
    """
    items = list(items)
    count = min(_at_hand.get(), len(items))
    if count < 2:
        return [function(item) for item in items]
    made: dict[int, Result] = {}
    places = iter(range(len(items)))

    def work() -> None:
        with workers(1):
            try:
                for place in places:
                    made[place] = function(items[place])
            except BaseException:
                for _ in places:  # the others take no more
                    pass
                raise

    others: list[Future[None]] = []
    try:
        with suppress(RuntimeError):  # no more threads are to be had
            for _ in range(count - 1):
                others.append(_pool().submit(work))
        work()
    finally:
        begun = [other for other in others if not other.cancel()]
        wait(begun)
    for other in begun:
        other.result()
    return [made[place] for place in range(len(items))]


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _pool() -> ThreadPoolExecutor:
    with _making:
        if not _pools:
            _pools.append(ThreadPoolExecutor(cores(), "stylemamba-worker"))
        return _pools[0]


def _begin_anew() -> None:
    """A forked child has no threads of its parent."""
    global _making
    _making = Lock()
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
