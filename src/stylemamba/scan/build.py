"""Compiles `selective_scan.cpp` once for this user and processor, and loads it.

The library lies in the user's cache folder under a name made of everything that it depends on. It
is compiled under a name of its own and renamed, so it is complete or absent: processes that build
at the same time do the work twice, and none waits for another, not even for one that was killed.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

SOURCE = Path(__file__).with_name("selective_scan.cpp")
# Clang contracts to fused multiply-adds on request only. No -ffast-math: the vectors are explicit,
# and linking with it would make the whole process flush denormal numbers to zero. Of OpenMP only
# the hints for vectors: no library of it, and no pool of threads.
FLAGS = (
    "-std=c++17",
    "-O3",
    "-march=native",
    "-ffp-contract=fast",
    "-fopenmp-simd",
    "-pthread",
    "-fPIC",
    "-shared",
)
TIMEOUT = 30.0  # seconds; on an idle core the compiler takes about two
_LEFTOVER_AGE = 3600.0  # seconds after which a folder of a killed build is removed

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_outcome: list[ctypes.CDLL | Exception] = []  # of the first `load_library` in this process


def load_library() -> ctypes.CDLL | None:
    """The compiled scan, compiled first if this user has none: about two seconds, once.

    Returns:
        None if it cannot be had: no compiler, no writable cache folder, a failed or endless
        compilation. The outcome is kept for the process, so that no run switches backends midway
        and no failure is repeated; its reason is logged at debug level.
    """
    if not _outcome:
        with _lock:
            if not _outcome:
                _outcome.append(_build_and_load())
    return None if isinstance(_outcome[0], Exception) else _outcome[0]


def why_not() -> str:
    """Why `load_library` returned None, in one line."""
    return (str(_outcome[0]).splitlines() or [""])[0] if _outcome else ""


def start_build() -> None:
    """Begins `load_library` in a thread, so that it is done when the models are loaded."""
    if not _outcome:
        threading.Thread(target=load_library, name="stylemamba-scan-build", daemon=True).start()


def cache_folder() -> Path:
    """Where compiled libraries lie: $XDG_CACHE_HOME/stylemamba, or ~/.cache/stylemamba."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))  # the standard ignores relative paths
    return (base if base.is_absolute() else Path.home() / ".cache") / "stylemamba"


def find_compiler() -> list[str]:
    """The user's CXX, or the first of c++, g++ and clang++ that is installed.

    Raises:
        OSError: There is none, or this is not a POSIX system.
    """
    if os.name != "posix":
        raise OSError("it is only compiled on POSIX systems")
    chosen = shlex.split(os.environ.get("CXX", ""))
    for command in [chosen] if chosen else [["c++"], ["g++"], ["clang++"]]:
        if shutil.which(command[0]):
            return command
    raise OSError(f"there is no C++ compiler ({shlex.join(chosen) or 'c++, g++ or clang++'})")


def _build_and_load() -> ctypes.CDLL | Exception:
    try:
        command = [*find_compiler(), *FLAGS]
        path = cache_folder() / f"selective-scan-{_key(command)}.so"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_uid != os.geteuid():
            raise OSError(f"{path.parent} belongs to another user")
        if path.is_file():
            try:
                return ctypes.CDLL(str(path))
            except OSError as error:
                _log.debug("compiling again: %s", error)
        _compile(command, path)
        return ctypes.CDLL(str(path))
    except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
        _log.debug("no C++ selective scan: %s", error)
        return error


def _key(command: list[str]) -> str:
    """Names source, command and processor; -march=native makes code for this processor alone."""
    system = platform.system(), platform.machine()
    parts = [SOURCE.read_bytes(), repr((command, system)).encode()]
    cpu_info = Path("/proc/cpuinfo")
    if cpu_info.is_file():
        lines = set(cpu_info.read_bytes().splitlines())
        parts += sorted(x for x in lines if x.startswith((b"flags", b"Features", b"model name")))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _remove_leftovers(folder: Path) -> None:
    for old in folder.glob("build-*"):
        try:
            if time.time() - old.stat().st_mtime > _LEFTOVER_AGE:
                shutil.rmtree(old, ignore_errors=True)
        except OSError:  # another process has just removed it
            continue


def _compile(command: list[str], path: Path) -> None:
    _remove_leftovers(path.parent)
    with tempfile.TemporaryDirectory(prefix="build-", dir=path.parent) as folder:
        result = Path(folder) / path.name
        done = subprocess.run(
            [*command, str(SOURCE), "-o", str(result)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT,
            cwd=folder,
            text=True,
            errors="replace",
        )
        if done.returncode:
            raise RuntimeError(f"'{shlex.join(command)}' failed\n{done.stdout[-4000:]}")
        os.replace(result, path)
