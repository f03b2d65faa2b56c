"""How idle threads wait: soon asleep, so that other programs, and other threads, can work."""

from __future__ import annotations

import logging
import os
import sys
import threading

# How long idle threads spin: GNU's OpenMP counts rounds, 1000 of which took 18 us (its default is
# 300,000), Intel's and LLVM's milliseconds (200). Without any (OMP_WAIT_POLICY=passive), a small
# photo on an idle machine took a fifth longer.
_SHORT = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}
_CHOICES = ("OMP_WAIT_POLICY", *_SHORT)
# NumPy's OpenBLAS: spins for 2 to this power processor cycles, by default 26, while torch's threads
# are at work already: it took 50 ms of a pass after each look-up of a prompt.
_BLAS, _SHORTEST = "OPENBLAS_THREAD_TIMEOUT", "4"

READY_SECONDS = 5.0

_log = logging.getLogger(__name__)


def let_idle_threads_sleep() -> None:
    """Has idle threads of this process and its children sleep soon, unless the user chose.

    By default threads that torch has no work for spin for some milliseconds before they sleep. A
    pass is a row of short parallel parts, so they spin most of the time, and where another program
    has work for the same cores, it and the threads that are waited for stand still meanwhile.

    OpenMP reads its variables once, when torch is loaded. If that has happened, see
    `_outnumber_cores`, which does for this process, on Linux. OpenBLAS reads its own when NumPy is.
    """
    if "numpy" not in sys.modules:
        os.environ.setdefault(_BLAS, _SHORTEST)
    chosen = [name for name in _CHOICES if name in os.environ]
    if chosen:
        _log.debug("idle threads wait as %s says", chosen[0])
    elif "torch" not in sys.modules:
        os.environ.update(_SHORT)
    elif sys.platform == "linux":
        ready = threading.Event()
        idle = threading.Thread(target=_outnumber_cores, args=(ready,), name="stylemamba-idle")
        idle.daemon = True
        idle.start()
        # A process that ended while that thread is inside torch would be aborted.
        ready.wait(READY_SECONDS)
    else:
        _log.debug("torch was imported first: its idle threads spin; import stylemamba before it")


def _outnumber_cores(ready: threading.Event) -> None:
    """Keeps a second team of torch's threads, asleep, for as long as the process lives.

    GNU's OpenMP cuts spinning from 300,000 rounds to 100 in a process with more threads of its
    making than cores ("GOMP_SPINCOUNT" in its manual), and each thread that asks has a team.
    """
    import torch

    torch.ones(1 << 20).add_(1)  # large enough to be shared by the team
    ready.set()
    threading.Event().wait()
