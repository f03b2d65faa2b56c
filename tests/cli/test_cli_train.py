from __future__ import annotations

import importlib
import inspect
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stylemamba.cli import main
from stylemamba.training.fusion.data import SIDES
from stylemamba.training.fusion.train import train_fusion

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


@pytest.fixture
def fused(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Records the calls of `train_fusion`; the models are not loaded."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "stylemamba.training.fusion.train.train_fusion", lambda **options: calls.append(options)
    )
    for model in ("encoders.artlip.ArtLIP", "autoencoders.embedded.EmbeddedAutoencoder"):
        monkeypatch.setattr(f"stylemamba.{model}.from_pretrained", lambda folder: folder)
    return calls


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (40, 40), "red").save(folder / "a.png")
    return folder


def test_fusion_from_a_pack(
    fused: list[dict[str, Any]], photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = photos.parent / "data.pack"
    folders = ["--content", str(photos), "--style", str(photos)]
    assert main(["train", "pack", *folders, "-o", str(pack), "--part", "1"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{pack}.001\n"
    assert "1 of 1 pictures" in printed.err and "passed over 0 damaged" in printed.err

    out = ["--out", str(photos.parent / "out")]
    options = ["--photos", "64", "--crops", "96,128", "--workers", "4"]
    assert main(["train", "fusion", "--pack", f"{pack}.001", *out, *options]) == 0
    (call,) = fused
    assert [picture.name for picture in call["pictures"].contents] == ["photos/a.png"]
    asked = call["settings"]
    assert (asked.photos, asked.crops, asked.workers) == (64, (96, 128), 4)
    assert main(["train", "fusion", *folders, *out]) == 0
    assert fused[1]["pictures"].styles == [photos / "a.png"]
    usual = fused[1]["settings"]
    assert (usual.photos, usual.crops, usual.workers) == (2, SIDES, None)
    parameters = inspect.signature(train_fusion).parameters
    assert parameters.keys() >= fused[0].keys() | fused[1].keys()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--style", "."], "Give --content and --style, or --pack"),
        (["--pack", "x", "--style", "."], "takes the place"),
        (["--pack", "x", "--crops", "128,"], "not a list of numbers"),
        (["--pack", "x", "--crops", "16"], "16 px is too small"),
        (["--pack", "x", "--photos", "0"], "--photos"),
    ],
)
def test_fusion_options_that_make_no_sense(
    options: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "fusion", *options]) == 2
    assert problem in " ".join(capsys.readouterr().err.split())
