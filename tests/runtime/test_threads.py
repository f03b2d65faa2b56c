from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

CHOICES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
SHORT = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}
TELL = (
    "import json, os; "
    f"print(json.dumps({{x: os.environ[x] for x in {CHOICES} if x in os.environ}}))"
)


def output(code: str, **environment: str) -> list[str]:
    """What `code` prints, started by a user who set `environment`, and last OpenMP's variables."""
    unset = {*CHOICES, "OPENBLAS_THREAD_TIMEOUT"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{TELL}"],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def chosen(code: str, **environment: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(output(code, **environment)[-1])
    return found


def test_idle_threads_sleep_soon_by_default() -> None:
    assert chosen("import stylemamba") == SHORT
    assert chosen("import stylemamba.cli") == SHORT


def test_children_inherit_it() -> None:
    code = f"import stylemamba, subprocess, sys; subprocess.run([sys.executable, '-c', {TELL!r}])"
    assert [json.loads(line) for line in output(code)] == [SHORT, SHORT]


@pytest.mark.parametrize(
    "choice",
    [
        {"OMP_WAIT_POLICY": "active"},
        {"GOMP_SPINCOUNT": "300000"},
        {"KMP_BLOCKTIME": "200"},
        {"OMP_WAIT_POLICY": ""},
    ],
)
def test_the_users_choice_is_respected(choice: dict[str, str]) -> None:
    assert chosen("import stylemamba", **choice) == choice


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
    assert output(code) == ["2 ['stylemamba-idle']", "{}"]


@pytest.mark.skipif(sys.platform != "linux", reason="about GNU's OpenMP")
def test_a_process_that_ends_at_once_ends_well() -> None:
    """It was aborted while the other thread was inside torch."""
    for _ in range(3):
        assert output("import torch, stylemamba") == ["{}"]


def test_after_torch_on_other_systems_it_says_what_to_do() -> None:
    code = (
        "import logging, sys, types; logging.basicConfig(level='DEBUG', stream=sys.stdout)\n"
        "sys.modules['torch'] = types.ModuleType('torch'); sys.platform = 'darwin'\n"
        "import stylemamba"
    )
    said, variables = output(code)
    assert "torch was imported first" in said and variables == "{}"


@pytest.mark.parametrize("imports", ["import torch, stylemamba", "import stylemamba, torch"])
def test_the_users_choice_starts_no_threads(imports: str) -> None:
    code = f"import threading; {imports}; print(threading.active_count())"
    assert output(code, GOMP_SPINCOUNT="300000")[0] == "1"


def test_blas_threads_sleep_soon_unless_the_user_chose_or_it_is_too_late() -> None:
    tell = "import os; print(os.environ.get('OPENBLAS_THREAD_TIMEOUT'))"
    assert output(f"import stylemamba; {tell}")[0] == "4"
    assert output(f"import stylemamba; {tell}", OPENBLAS_THREAD_TIMEOUT="20")[0] == "20"
    assert output(f"import numpy, stylemamba; {tell}")[0] == "None"
