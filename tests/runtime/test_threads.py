from __future__ import annotations

import os
import subprocess
import sys

import pytest

CHOICES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
TELL = "import os; print(os.environ.get('OMP_WAIT_POLICY'))"


def policy(code: str, **environment: str) -> str:
    """OMP_WAIT_POLICY in a process that runs `code`, started by a user who set `environment`."""
    kept = {name: value for name, value in os.environ.items() if name not in CHOICES}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{TELL}"],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_idle_threads_sleep_by_default() -> None:
    assert policy("import stylemamba") == "passive"
    assert policy("import stylemamba.cli") == "passive"


def test_children_inherit_it() -> None:
    code = f"import stylemamba, subprocess, sys; subprocess.run([sys.executable, '-c', {TELL!r}])"
    assert policy(code).split() == ["passive", "passive"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("OMP_WAIT_POLICY", "active", "active"),
        ("GOMP_SPINCOUNT", "300000", "None"),
        ("KMP_BLOCKTIME", "200", "None"),
        ("OMP_WAIT_POLICY", "", ""),
    ],
)
def test_the_users_choice_is_respected(name: str, value: str, expected: str) -> None:
    assert policy("import stylemamba", **{name: value}) == expected


LOG = "import logging, sys; logging.basicConfig(level='DEBUG', stream=sys.stdout)"


@pytest.mark.skipif(sys.platform != "linux", reason="about GNU's OpenMP")
def test_after_torch_there_are_more_threads_than_cores() -> None:
    code = (
        "import os, threading, time, torch\n"
        "torch.set_num_threads(2); torch.ones(1 << 20).add_(1)\n"
        "count = lambda: len(os.listdir('/proc/self/task')); before = count()\n"
        "import stylemamba\n"
        "deadline = time.monotonic() + 20\n"
        "while count() < before + 2 and time.monotonic() < deadline: time.sleep(0.01)\n"
        "print(count() - before, [t.name for t in threading.enumerate()][1:])"
    )
    assert policy(code).splitlines() == ["2 ['stylemamba-idle']", "None"]


def test_after_torch_on_other_systems_it_says_what_to_do() -> None:
    stand_in = "import types; sys.modules['torch'] = types.ModuleType('torch')"
    said = policy(f"{LOG}; {stand_in}; sys.platform = 'darwin'; import stylemamba")
    assert "torch was imported first" in said and said.endswith("None")


@pytest.mark.parametrize("imports", ["import torch, stylemamba", "import stylemamba, torch"])
def test_the_users_choice_starts_no_threads(imports: str) -> None:
    code = f"import threading; {imports}; print(threading.active_count())"
    assert policy(code, GOMP_SPINCOUNT="300000").splitlines() == ["1", "None"]
