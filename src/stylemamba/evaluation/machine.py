"""The machine that an evaluation ran on: its description, and the memory that a job takes."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

from stylemamba.runtime.precision import has_native_bfloat16

PROC = Path("/proc")
RESET_PEAK = "5"  # man 5 proc_pid_clear_refs: resets the peak resident set size


def describe_machine() -> dict[str, str | int | bool]:
    """Processor, threads and versions."""
    return {
        "cpu": _cpu_name(),
        "logical_cpus": os.cpu_count() or 1,
        "torch_threads": torch.get_num_threads(),
        "native_bfloat16": has_native_bfloat16(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


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
        """Begins anew.

        Raises:
            OSError: The system has no such thing (needs Linux) or forbids it.
        """
        (PROC / "self" / "clear_refs").write_text(RESET_PEAK)

    def mebibytes(self) -> float:
        """The peak since the last reset.

        Raises:
            OSError, ValueError: The system does not tell.
        """
        for line in (PROC / "self" / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise ValueError("no VmHWM in status")


def _cpu_name() -> str:
    try:
        for line in (PROC / "cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
