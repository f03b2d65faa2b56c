from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stylemamba.cli import main
from stylemamba.cli.messages import to_json


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr; nothing may be on stdout."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("stylemamba: ") and captured.err.count("\n") == 1
    return captured.err


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stylemamba", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
    )


def test_help_through_the_real_entry_point() -> None:
    seconds = []
    for _ in range(3):  # the best of three: other processes may be busy
        begin = time.perf_counter()
        result = run("--help")
        seconds.append(time.perf_counter() - begin)
    assert result.returncode == 0 and result.stderr == ""
    for command in ("stylize", "styles", "sheet", "train"):
        assert command in result.stdout
    assert min(seconds) < 0.5


def test_errors_through_the_real_entry_point(tmp_path: Path) -> None:
    result = run("stylize", str(tmp_path / "none.png"), "pencil sketch")
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.count("\n") == 1 and "no such file" in result.stderr
    result = run("stylize", "\udcff.png", "x", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert result.returncode == 1 and "Traceback" not in result.stderr


def test_torch_is_not_imported_for_help_or_wrong_input() -> None:
    code = (
        "import sys; from stylemamba.cli import main; main(['stylize', '--help']);"
        "main(['stylize', 'none.png', 'x']); main(['stylize', 'none.png', '']);"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["stylise", "a.png", "x"], ["stylise", "Did you mean", "stylize"]),
        (["stylize", "a.png", "x", "--step", "4"], ["--step", "Did you mean", "--steps"]),
        (["stylize", "a.png", "x", "--sed=4"], ["--sed", "Did you mean", "--seed"]),
        (["sheet", "a.png", "--promt", "x"], ["--promt", "Did you mean", "--prompt"]),
        (["stylize"], ["PHOTO"]),
        (["stylize", "a.png"], ["PROMPT"]),
        (["stylize", "a.png", ""], ["PROMPT", "empty"]),
        (["stylize", "a.png", " \n\t"], ["PROMPT", "empty"]),
        (["styles", "  "], ["PROMPT", "empty"]),
        (["stylize", "a.png", "\udcff"], ["PROMPT", "Unicode"]),
        (["stylize", "a.png", "x", "--steps", "-3"], ["--steps", "-3"]),
        (["stylize", "a.png", "x", "--steps", "4.5"], ["--steps", "4.5"]),
        (["stylize", "a.png", "x", "--seed", "-1"], ["--seed"]),
        (["stylize", "a.png", "x", "--size", "1"], ["--size"]),
        (["stylize", "a.png", "x", "--strength", "nan"], ["--strength", "nan"]),
        (["stylize", "a.png", "x", "--stroke", "nan"], ["--stroke", "nan"]),
        (["stylize", "a.png", "x", "--strength", "inf"], ["--strength", "inf"]),
        (["stylize", "a.png", "x", "--strength", "-0.1"], ["--strength"]),
        (["stylize", "a.png", "x", "--preset", "papr"], ["--preset", "paper"]),
        (["train", "artlp", "--data", ".", "--out", "x"], ["artlip"]),
        (["train", "artlip", "--data", "/none", "--out", "x"], ["--data", "/none"]),
        (["train", "artlip", "--data", ".", "--out", "x", "--steps", "0"], ["--steps"]),
    ],
)
def test_usage_errors_are_one_line_and_exit_2(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    line = error_line(capsys)
    for word in words:
        assert word in line


def test_no_arguments_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "stylize" in capsys.readouterr().err


def test_json_is_strict() -> None:
    assert to_json({"a": [float("nan"), 1.5], "b": float("inf")}) == '{"a": [null, 1.5], "b": null}'
