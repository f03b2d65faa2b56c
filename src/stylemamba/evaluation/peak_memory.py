"""The peak of this process's memory. Nothing here needs torch, which would be part of it."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")
RESET_PEAK = "5"  # man 5 proc_pid_clear_refs: resets the peak resident set size


def reset_peak() -> None:
    """Starts a new count.

    Raises:
        OSError: The system has no such thing (needs Linux) or forbids it.
    """
    (PROC / "self" / "clear_refs").write_text(RESET_PEAK)


def peak_bytes() -> int:
    """The largest resident set since the last reset, or the start of the process.

    Raises:
        OSError, ValueError: The system does not tell (needs Linux).
    """
    return _status_bytes("VmHWM")


def resident_bytes() -> int:
    """The resident set now.

    Raises:
        OSError, ValueError: As `peak_bytes`.
    """
    return _status_bytes("VmRSS")


def _status_bytes(field: str) -> int:
    for line in (PROC / "self" / "status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"no {field} in status")


class PeakMemory:
    """The largest resident set of this process since the last `reset`, models included.

    Attributes:
        unavailable: Why it cannot be measured here; empty where it can.
    """

    def __init__(self) -> None:
        self.unavailable = ""
        try:
            self.reset()
            self.mebibytes()
        except (OSError, ValueError) as error:
            self.unavailable = (
                f"this system does not let a process reset its peak resident set "
                f"({PROC}/self/clear_refs: {getattr(error, 'strerror', None) or error})"
            )

    def reset(self) -> None:
        """Begins anew; as `reset_peak`."""
        reset_peak()

    def mebibytes(self) -> float:
        """The peak since the last reset; as `peak_bytes`."""
        return peak_bytes() / 2**20
