"""Shared work: the results are those of one thread, in their order."""

from __future__ import annotations

import multiprocessing
import threading
import time
from typing import Any

import numpy as np
import pytest

from stylemamba.portable import workers as shared_work
from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.filters import blurred
from stylemamba.portable.geometry import box, windowed
from stylemamba.portable.sampling import enlarged
from stylemamba.portable.stroke_fields import stroke_fields
from stylemamba.portable.workers import each, workers

COUNTS = (1, 2, 3)


def square(number: int) -> int:
    return number * number


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("items", [0, 1, 2, 7])
def test_results_are_in_the_order_of_the_items(count: int, items: int) -> None:
    with workers(count):
        assert each(square, range(items)) == [square(number) for number in range(items)]


def test_work_is_shared_only_where_somebody_said_so() -> None:
    meeting = threading.Barrier(2, timeout=30)

    def meet(_: int) -> int:
        return meeting.wait()

    with workers(2):
        assert sorted(each(meet, range(2))) == [0, 1]  # they would wait for each other in vain
    names = {name for name in each(lambda _: threading.current_thread().name, range(8))}
    assert names == {threading.current_thread().name}


def test_what_is_shared_shares_no_further() -> None:
    def inner(_: int) -> set[str]:
        return set(each(lambda _: threading.current_thread().name, range(8)))

    with workers(2):
        assert all(len(names) == 1 for names in each(inner, range(4)))


@pytest.mark.parametrize("count", COUNTS)
def test_an_error_comes_when_no_thread_is_at_work_any_more(count: int) -> None:
    begun, ended = [], []

    def work(number: int) -> None:
        if number == 1:
            raise ValueError("one")
        begun.append(number)
        time.sleep(0.01)
        ended.append(number)

    with workers(count), pytest.raises(ValueError, match="one"):
        each(work, range(50))
    assert sorted(begun) == sorted(ended)
    assert len(begun) < 10  # what nobody had begun is left


def test_work_within_work_and_threads_that_are_all_busy() -> None:
    def inner(_: int) -> list[int]:
        with workers(4):
            return each(square, range(20))

    with workers(4):
        assert each(inner, range(20)) == [each(square, range(20))] * 20


def test_without_more_threads_one_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def submit(self, work: Any) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(shared_work, "_pool", Full)
    with workers(2):
        assert each(square, range(5)) == [0, 1, 4, 9, 16]


def _child(queue: multiprocessing.Queue[list[int]]) -> None:
    with workers(2):
        queue.put(each(square, range(4)))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
def test_a_forked_child_has_threads_of_its_own() -> None:
    with workers(2):
        each(square, range(4))
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_child, args=(queue,), daemon=True)
    child.start()
    try:
        assert queue.get(timeout=30) == [0, 1, 4, 9]
    finally:
        child.join(5)
        child.kill()


@pytest.mark.parametrize("shape", [(1, 1), (5, 700), (900, 1300), (3, 40, 20), (2, 600, 700)])
@pytest.mark.parametrize("radius", [1, 4])
def test_windows_are_those_of_the_whole_plane(shape: tuple[int, ...], radius: int) -> None:
    maps = np.random.default_rng(0).random(shape).astype(np.float32)

    def sums(padded: np.ndarray) -> np.ndarray:
        windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1,) * 2)
        return windows[..., 0, 0] + windows[..., -1, -1]

    around = [(0, 0)] * (maps.ndim - 2) + [(radius, radius)] * 2
    padded = np.pad(maps, around, mode="edge").reshape(-1, *(n + 2 * radius for n in shape[-2:]))
    expected = np.stack([sums(plane) for plane in padded]).reshape(shape)
    for count in COUNTS:
        with workers(count):
            np.testing.assert_array_equal(windowed(sums, maps, radius), expected)


def test_windows_of_maps_of_other_kinds() -> None:
    maps = np.random.default_rng(0).random((40, 30)) > 0.5
    expected = box(maps.T.astype(np.float32), 2)
    for other in (maps.T, maps.T.astype(np.float64), np.asfortranarray(maps.T)):
        np.testing.assert_array_equal(box(other, 2), expected)
        assert box(other, 2).dtype == enlarged(other, 1, (30, 40)).dtype == np.float32


def test_results_do_not_depend_on_how_many_share_the_work() -> None:
    rng = np.random.default_rng(1)
    photo = blurred(rng.random((3, 384, 400)).astype(np.float32), 3.0)

    def made(count: int) -> list[np.ndarray]:
        with workers(count):
            marks = {"strokes": 0.6, "impasto": 0.4}
            return [
                box(photo, 3),
                enlarged(photo, 3, (1150, 1190)),
                stroke_fields(photo, 2),
                brushwork(photo, photo, marks, 0, 1.0, None),
            ]

    for one, other in zip(made(1), made(3), strict=True):
        np.testing.assert_array_equal(one, other)
