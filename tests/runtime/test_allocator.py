from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from stylemamba.evaluation.benchmarks.fresh_process import measure_fresh, peak_mb, reset_peak
from stylemamba.runtime.allocator import keep_freed_memory, release_freed_memory

NEEDS = pytest.mark.skipif(
    sys.platform != "linux" or not os.path.exists("/proc/self/clear_refs"),
    reason="needs glibc, and a peak that can be reset",
)


def free_and_look(argument: dict[str, Any], started: float) -> Iterator[dict[str, Any]]:
    before = reset_peak()
    if argument["keep"]:
        keep_freed_memory()
    block = bytearray(100_000_000)
    del block
    reset_peak()
    yield {"kept": peak_mb() - before}


def free_small_blocks_and_look(argument: dict[str, Any], started: float) -> Iterator[Any]:
    def blocks() -> None:
        made = []
        for _ in range(1000):  # smaller than what is mapped by itself, and with something behind
            made.append(bytearray(b"x" * 100_000))
            between.append(bytearray(b"x" * 1000))

    between: list[bytearray] = []
    before = reset_peak()
    thread = threading.Thread(target=blocks)  # in an arena of its own
    thread.start()
    thread.join()
    if argument["release"]:
        release_freed_memory()
    reset_peak()
    yield {"kept": peak_mb() - before}


@NEEDS
def test_what_was_freed_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__), prepend=os.pathsep)
    kept = {
        release: measure_fresh("test_allocator:free_small_blocks_and_look", {"release": release})[
            "kept"
        ]
        for release in (True, False)
    }
    assert kept[True] < 30 and kept[False] > 80


@NEEDS
def test_freed_memory_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__), prepend=os.pathsep)
    kept = {
        keep: measure_fresh("test_allocator:free_and_look", {"keep": keep})["kept"]
        for keep in (True, False)
    }
    assert kept[True] > 95 and kept[False] < 10
