"""The machine that an evaluation ran on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

from stylemamba.runtime.precision import has_native_bfloat16

CPU_INFO = Path("/proc/cpuinfo")


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


def _cpu_name() -> str:
    try:
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
