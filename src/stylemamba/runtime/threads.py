"""How idle threads wait: asleep, so that other programs get the processor."""

from __future__ import annotations

import logging
import os
import sys

WAIT_POLICY = "OMP_WAIT_POLICY"
# GNU's, GNU's and Intel's or LLVM's words for how long idle threads spin.
_CHOICES = (WAIT_POLICY, "GOMP_SPINCOUNT", "KMP_BLOCKTIME")

_log = logging.getLogger(__name__)


def let_idle_threads_sleep() -> None:
    """Sets OMP_WAIT_POLICY=passive for this process and its children, unless the user chose.

    By default threads that torch has no work for spin for some milliseconds before they sleep. A
    pass is a row of short parallel parts, so they spin most of the time, and where another program
    has work for the same cores, it and the threads that are waited for stand still meanwhile.

    OpenMP reads the variable once, when torch is loaded, and has no function for it; if torch is
    loaded already, it is left as it is.
    """
    chosen = [name for name in _CHOICES if name in os.environ]
    if chosen:
        _log.debug("idle threads wait as %s says", chosen[0])
    elif "torch" in sys.modules:
        _log.debug("torch was imported first: its idle threads spin; set %s=passive", WAIT_POLICY)
    else:
        os.environ[WAIT_POLICY] = "passive"
