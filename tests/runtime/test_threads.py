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


def test_too_late_after_torch() -> None:
    stand_in = "import sys, types; sys.modules['torch'] = types.ModuleType('torch')"
    assert policy(f"{stand_in}; import stylemamba") == "None"
    log = "import logging; logging.basicConfig(level='DEBUG', stream=sys.stdout)"
    said = policy(f"{stand_in}; {log}; import stylemamba")
    assert "torch was imported first" in said and "OMP_WAIT_POLICY=passive" in said
