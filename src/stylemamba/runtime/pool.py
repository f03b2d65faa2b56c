"""Many jobs on a few threads that share the cores."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

CORES = os.cpu_count() or 1
Job = TypeVar("Job")
_POLL = 0.5
"""Seconds after which Ctrl-C is heard on systems where waiting is deaf to it."""


def do_all(
    jobs: Iterable[Job], do: Callable[[Job], None], workers: int, stop: threading.Event
) -> bool:
    """Does jobs on several threads, each with its share of the cores.

    Args:
        jobs: Taken one after the other, when a thread is nearly free.
        do: Does one.
        workers: How many at a time.
        stop: Set on Ctrl-C: jobs should then end soon.

    Returns:
        Whether all were begun, rather than stopped by Ctrl-C.

    Raises:
        Exception: What `do` raised; the other jobs are stopped.
    """
    waiting = iter(jobs)
    running: set[Future[None]] = set()
    with ThreadPoolExecutor(workers, initializer=_share_cores, initargs=(workers,)) as pool:
        try:
            running |= {pool.submit(do, job) for job in islice(waiting, 2 * workers)}
            while running:
                done, running = wait(running, _POLL, FIRST_COMPLETED)
                running |= {pool.submit(do, job) for job in islice(waiting, len(done))}
                for future in done:
                    future.result()
        except KeyboardInterrupt:
            return False
        finally:
            stop.set()
            for future in running:
                future.cancel()
    return True


def _share_cores(workers: int) -> None:
    torch = sys.modules.get("torch")  # nobody computes with it before it is imported
    if torch is not None:
        torch.set_num_threads(max(1, CORES // workers))  # of this thread alone
