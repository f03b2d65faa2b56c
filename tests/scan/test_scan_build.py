"""Building the C++ scan: what is kept, what is shared, and every way in which it can fail."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stylemamba.scan import build

pytestmark = pytest.mark.skipif(os.name != "posix", reason="compiles on POSIX systems only")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no outcome from before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build, "_outcome", [])
    return tmp_path / "stylemamba"


def compiler(folder: Path, script: str) -> str:
    """A stand-in for a compiler: a shell script that is called as one."""
    path = folder / "fake-c++"
    path.write_text(f"#!/bin/sh\necho called >> {folder}/calls\n{script}\n")
    path.chmod(0o755)
    return str(path)


def calls(folder: Path) -> int:
    log = folder / "calls"
    return len(log.read_text().splitlines()) if log.exists() else 0


@pytest.fixture
def real_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Any shared library that loads, for stand-in compilers to hand out."""
    import _ctypes

    path = tmp_path_factory.mktemp("library") / "some.so"
    shutil.copy(_ctypes.__file__, path)
    return path


COPY = 'while [ "$1" != -o ]; do shift; done; cp {} "$2"'


def test_built_once_and_found_again(
    cache: Path, tmp_path: Path, real_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", compiler(tmp_path, COPY.format(real_library)))
    assert build.load_library() is not None
    assert build.load_library() is build.load_library()
    assert [x.suffix for x in cache.iterdir()] == [".so"]
    assert cache.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(build, "_outcome", [])  # as in another process
    assert build.load_library() is not None
    assert calls(tmp_path) == 1


def test_another_compiler_flag_or_processor_is_another_library(
    cache: Path, tmp_path: Path, real_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = compiler(tmp_path, COPY.format(real_library))
    for cxx in (command, f"{command} -DX"):
        monkeypatch.setattr(build, "_outcome", [])
        monkeypatch.setenv("CXX", cxx)
        assert build.load_library() is not None
    monkeypatch.setattr(build, "_outcome", [])
    monkeypatch.setattr(build.platform, "machine", lambda: "pdp11")
    assert build.load_library() is not None
    assert len(list(cache.iterdir())) == calls(tmp_path) == 3


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no such header >&2; exit 1", "fake-c\\+\\+.*failed"),
        ("exit 0", "No such file"),  # claims success, writes nothing
        ('while [ "$1" != -o ]; do shift; done; echo rubbish > "$2"', ""),
        ("exec sleep 60", "timed out"),
    ],
)
def test_failed_build_falls_back_once_and_says_why_in_the_log(
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    script: str,
    reason: str,
) -> None:
    caplog.set_level(logging.DEBUG, logger=build.__name__)
    monkeypatch.setattr(build, "TIMEOUT", 1.0)
    monkeypatch.setenv("CXX", compiler(tmp_path, script))
    assert build.load_library() is None
    assert build.load_library() is None
    assert calls(tmp_path) == 1
    assert "no C++ selective scan" in caplog.text
    assert re.search(reason, build.why_not())
    assert "\n" not in build.why_not()
    assert not list(cache.glob("build-*"))


def test_damaged_library_is_replaced(
    cache: Path, tmp_path: Path, real_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = compiler(tmp_path, 'while [ "$1" != -o ]; do shift; done; echo rubbish > "$2"')
    monkeypatch.setenv("CXX", command)
    assert build.load_library() is None
    assert len(list(cache.iterdir())) == 1
    compiler(tmp_path, COPY.format(real_library))
    monkeypatch.setattr(build, "_outcome", [])
    assert build.load_library() is not None
    assert calls(tmp_path) == 2


def test_no_compiler(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.load_library() is None
    assert "no C++ compiler" in build.why_not()


def test_cache_that_is_not_a_folder(
    cache: Path, tmp_path: Path, real_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("in the way")
    monkeypatch.setenv("CXX", compiler(tmp_path, COPY.format(real_library)))
    assert build.load_library() is None
    assert calls(tmp_path) == 0


def test_cache_of_another_user_is_not_trusted(
    cache: Path, tmp_path: Path, real_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", compiler(tmp_path, COPY.format(real_library)))
    monkeypatch.setattr(build.os, "geteuid", lambda: 12345)
    assert build.load_library() is None
    assert "another user" in build.why_not()


def test_leftovers_of_killed_builds_are_removed_and_running_ones_left(
    cache: Path, tmp_path: Path, real_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, age in (("build-old", 7200), ("build-running", 10)):
        (cache / name).mkdir(parents=True)
        os.utime(cache / name, (time.time() - age,) * 2)
    monkeypatch.setenv("CXX", compiler(tmp_path, COPY.format(real_library)))
    assert build.load_library() is not None
    assert not (cache / "build-old").exists() and (cache / "build-running").exists()


def test_a_leftover_that_is_gone_when_it_is_looked_at_does_not_matter(
    cache: Path, tmp_path: Path, real_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.mkdir(mode=0o700)
    (cache / "build-gone").symlink_to("nowhere")  # as a folder that another process removed
    monkeypatch.setenv("CXX", compiler(tmp_path, COPY.format(real_library)))
    assert build.load_library() is not None, build.why_not()


def test_processes_that_build_at_once_both_get_it(tmp_path: Path, real_library: Path) -> None:
    script = f"sleep 0.3; {COPY.format(real_library)}"
    environment = {
        **os.environ,
        "XDG_CACHE_HOME": str(tmp_path),
        "CXX": compiler(tmp_path, script),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    # build.py alone: the package would import torch, for seconds
    program = (
        "import importlib.util, sys; "
        f"spec = importlib.util.spec_from_file_location('build', {build.__file__!r}); "
        "module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module); "
        "sys.exit(module.load_library() is None)"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", program], env=environment) for _ in range(2)
    ]
    assert [process.wait(30) for process in processes] == [0, 0]
    assert len(list((tmp_path / "stylemamba").iterdir())) == 1


def test_start_build_does_not_wait(
    cache: Path, tmp_path: Path, real_library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", compiler(tmp_path, f"sleep 0.5; {COPY.format(real_library)}"))
    started = time.perf_counter()
    build.start_build()
    assert time.perf_counter() - started < 0.4
    assert build.load_library() is not None  # waits for the same build
    assert calls(tmp_path) == 1


def test_the_library_needs_no_openmp() -> None:
    """Idle threads of an OpenMP of its own would spin, whatever torch's do."""
    library = build.load_library()
    if library is None:
        pytest.skip(build.why_not())
    content = Path(library._name).read_bytes()  # has the names of the libraries that it needs
    assert b"gomp" not in content.lower() and b"libomp" not in content and b"libiomp" not in content
