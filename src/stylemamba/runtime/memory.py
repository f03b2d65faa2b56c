"""Telling "not enough memory" from "damaged": libraries report both in a dozen ways."""

from __future__ import annotations

import errno

from stylemamba.errors import StyleMambaError

_PHRASES = (
    "allocate memory",  # PyTorch; mmap and dlopen, as the operating system puts it
    "out of memory",  # Pillow, libavif, CUDA
    "memory allocation",
    "bad_alloc",
    "decoder error -9",  # Pillow's code for it, from libtiff
    "failed to map segment",  # dlopen, of a library that does not fit
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error, or one that led to it, says that there was not enough memory."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        if isinstance(cause, MemoryError) or getattr(cause, "errno", None) == errno.ENOMEM:
            return True
        if any(phrase in str(cause).lower() for phrase in _PHRASES):
            return True
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__
    return False


def out_of_memory(doing: str) -> StyleMambaError:
    """The error to raise when there is not enough memory to do something, in words."""
    return StyleMambaError(f"not enough memory to {doing}; close other programs")
