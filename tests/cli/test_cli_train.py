from __future__ import annotations

import importlib
import inspect
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from stylemamba.cli import main

MODULES = {
    "artlip": "stylemamba.training.artlip.train",
    "autoencoder": "stylemamba.training.autoencoder",
}


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path, Path, dict[str, Any]]]:
    """Records the calls of the training functions; the second one is interrupted."""
    calls: list[tuple[str, Path, Path, dict[str, Any]]] = []

    def stand_in(name: str) -> types.ModuleType:
        def run(data: Path, out: Path, **options: Any) -> None:
            calls.append((name, data, out, options))
            if len(calls) == 2:
                raise KeyboardInterrupt

        module = types.ModuleType(MODULES[name])
        setattr(module, f"train_{name}", run)
        return module

    parent = types.ModuleType("stylemamba.training")
    parent.__path__ = []  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "stylemamba.training", parent)
    for name in MODULES:
        monkeypatch.setitem(sys.modules, MODULES[name], stand_in(name))
    return calls


def test_train(
    trained: list[tuple[str, Path, Path, dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    command = ["--data", str(tmp_path), "--out", str(out)]
    assert main(["train", "artlip", *command, "--steps", "15", "--seed", "4"]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert main(["train", "autoencoder", *command, "--resume"]) == 130
    assert "--resume" in capsys.readouterr().err
    assert trained == [
        ("artlip", tmp_path, out, {"steps": 15, "seed": 4, "resume": False}),
        ("autoencoder", tmp_path, out, {"device": "auto", "seed": 0, "resume": True}),
    ]


def test_earlier_training_is_not_overwritten(
    trained: list[tuple[str, Path, Path, dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "model.safetensors").touch()
    assert main(["train", "artlip", "--data", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "--resume" in capsys.readouterr().err and trained == []


@pytest.mark.parametrize("name", ["artlip", "autoencoder"])
def test_training_functions_take_what_the_command_passes(name: str) -> None:
    module = importlib.import_module(MODULES[name])
    parameters = inspect.signature(getattr(module, f"train_{name}")).parameters
    assert list(parameters)[:2] == ["data", "out"]
    for option in ("steps", "seed", "resume"):
        assert parameters[option].kind is inspect.Parameter.KEYWORD_ONLY
    assert isinstance(parameters["steps"].default, int)


def test_the_model_names_the_folder_by_default(
    trained: list[tuple[str, Path, Path, dict[str, Any]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "autoencoder", "--data", str(tmp_path)]) == 0
    assert trained[0][2] == Path("autoencoder")
