"""What `stylemamba batch` says before any Ray is there; the rest is in tests/batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylemamba.cli import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["in/", "oil"], "Missing option '-o'"),
        (["-o", "out"], "Missing argument 'FOLDER|LIST'"),
        (["in/", "ink", "wash", "-o", "out"], "one PROMPT in quotes"),
        (["in/", "-o", "out"], "Missing argument 'PROMPT'"),
        (["in/", " ", "-o", "out"], "'PROMPT': is empty"),
        (["in/", "--ray", "oil", "-o", "out"], "--ray 'oil' is no address"),
        (["in/", "oil", "-o", "out", "--device", "cuda"], "--gpus X go together"),
        (["in/", "oil", "-o", "out", "--device", "mps", "--gpus", "1"], "--gpus X go together"),
        (["in/", "oil", "-o", "out", "--workers", "0"], "--workers"),
    ],
)
def test_wrong_usage_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["batch", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_without_ray(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    monkeypatch.chdir(tmp_path)
    for name in ("ray", "stylemamba.batch.run"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["batch", "in/", "oil", "-o", "out"]) == 1
    assert "pip install 'stylemamba[ray]'" in capsys.readouterr().err
