from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from stylemamba.evaluation.benchmarks.fresh_process import measure_fresh, peak_mb, reset_peak
from stylemamba.runtime.allocator import keep_freed_memory


def free_and_look(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    before = reset_peak()
    if argument["keep"]:
        keep_freed_memory()
    block = bytearray(100_000_000)
    del block
    reset_peak()
    yield {"kept": peak_mb() - before}


@pytest.mark.skipif(sys.platform != "linux", reason="needs glibc")
@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="cannot reset the peak")
def test_freed_memory_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__))
    kept = {
        keep: measure_fresh("test_allocator:free_and_look", {"keep": keep})["kept"]
        for keep in (True, False)
    }
    assert kept[True] > 95 and kept[False] < 10
