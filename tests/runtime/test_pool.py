from __future__ import annotations

import _thread
import threading

import pytest

from stylemamba.runtime.pool import CORES, do_all


def test_all_jobs_are_done_some_at_a_time() -> None:
    done: list[int] = []
    at_a_time: list[int] = []
    both = threading.Barrier(2, timeout=10)

    def do(job: int) -> None:
        both.wait()
        at_a_time.append(threading.active_count())
        done.append(job)

    before = threading.active_count()
    assert do_all(iter(range(10)), do, 2, threading.Event())
    assert sorted(done) == list(range(10)) and max(at_a_time) == before + 2


def test_jobs_are_taken_when_they_are_needed() -> None:
    taken: list[int] = []
    ahead: list[int] = []

    def jobs() -> object:
        for job in range(20):
            taken.append(job)
            yield job

    do_all(jobs(), lambda job: ahead.append(len(taken) - job), 1, threading.Event())  # type: ignore[arg-type]
    assert len(ahead) == 20 and max(ahead) <= 3


def test_a_failure_stops_the_others() -> None:
    stop = threading.Event()
    done: list[int] = []

    def do(job: int) -> None:
        if job == 3:
            raise ValueError("no")
        done.append(job)

    with pytest.raises(ValueError, match="no"):
        do_all(range(1000), do, 1, stop)
    assert stop.is_set() and len(done) < 10


def test_an_interruption_ends_jobs_in_work() -> None:
    stop = threading.Event()
    ended: list[int] = []

    def do(job: int) -> None:
        if job == 1:
            _thread.interrupt_main()
        else:
            ended.append(job if stop.wait(10) else -1)

    assert not do_all(range(100), do, 2, stop)
    assert 0 in ended and -1 not in ended and len(ended) < 10


def test_the_cores_are_shared() -> None:
    torch = pytest.importorskip("torch")
    before = torch.get_num_threads()
    threads: list[int] = []
    do_all(range(2), lambda job: threads.append(torch.get_num_threads()), 2, threading.Event())
    assert threads == [max(1, CORES // 2)] * 2 and torch.get_num_threads() == before
