"""Work spread over processes, one single-threaded process a core."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

import torch

Result = TypeVar("Result")


def process_map(
    function: Callable[..., Result],
    *arguments: Sequence[Any],
    initializer: Callable[..., None] | None = None,
    initargs: tuple[Any, ...] = (),
    chunksize: int = 1,
) -> Iterator[Result]:
    """Yields `function(*tuple)` for the tuples of `zip(*arguments)`, in order.

    An exception in a process is raised here. It, and Ctrl-C, drops the calls that have not begun.

    Args:
        function: Of a module's top level, as processes import it by name.
        *arguments: Sequences of one length.
        initializer: Called once in each process, with `initargs`.
        initargs: Its arguments.
        chunksize: Calls that are sent to a process at a time.
    """
    calls = -(-len(arguments[0]) // chunksize)
    pool = ProcessPoolExecutor(
        max(1, min(os.cpu_count() or 1, calls)),
        multiprocessing.get_context("spawn"),
        _start,
        (initializer, initargs),
    )
    try:
        yield from pool.map(function, *arguments, chunksize=chunksize)
    finally:
        pool.shutdown(cancel_futures=True)


def _start(initializer: Callable[..., None] | None, initargs: tuple[Any, ...]) -> None:
    # By default, Ctrl-C would raise in every process, print tracebacks and begin the next call.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(1)
    if initializer is not None:
        initializer(*initargs)
