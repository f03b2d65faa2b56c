from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from comparison_task import build_pipeline
from PIL import Image

from stylemamba import StyleMambaError, StyleMambaPipeline
from stylemamba.cli import main
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.evaluation.benchmarks.fit import FitRow, benchmark_fits, draw_fits
from stylemamba.files.images import tensor_at
from stylemamba.painting.level import with_margin, without_margin
from stylemamba.runtime.precision import DTYPE_VARIABLE

pytestmark = pytest.mark.usefixtures("word_vectors")


@pytest.fixture
def pipe(tiny_artlip: ArtLIP) -> StyleMambaPipeline:
    """Its one pass is not the identity."""
    return build_pipeline(tiny_artlip)


def pictures(count: int) -> list[tuple[str, Image.Image]]:
    """Plain ones: nothing in them would be simplified away."""
    colours = np.random.default_rng(0).integers(0, 256, (count, 3))
    return [
        (f"{number}.png", Image.new("RGB", (32, 24), tuple(colour.tolist())))
        for number, colour in enumerate(colours)
    ]


def test_prompts_take_turns(pipe: StyleMambaPipeline) -> None:
    heard: list[FitRow] = []
    rows = benchmark_fits(
        pipe,
        pictures(3),
        ["red stripes", "blue dots"],
        steps=2,
        warm_steps=1,
        size=32,
        report=heard.append,
    )
    assert rows == heard
    assert [row.prompt for row in rows] == ["red stripes", "blue dots", "red stripes"]
    for row in rows:
        assert len(row.identity) == len(row.identity_direction) == 3
        assert len(row.one_pass) == len(row.one_pass_direction) == 2
    assert draw_fits(rows).width > 400


def test_one_starts_from_the_photo_and_one_from_one_pass(
    pipe: StyleMambaPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DTYPE_VARIABLE, "float32")
    ((name, photo),) = pictures(1)
    shown: list[torch.Tensor] = []
    pipe(photo, "red stripes", steps=1, size=32, on_progress=lambda info: shown.append(info.image))
    with torch.no_grad():
        before = tensor_at(photo, 32)
        padded = with_margin(before)
        unchanged = pipe.autoencoder.decode(pipe.autoencoder.encode(padded), padded.shape[-2:])
        unchanged = without_margin(unchanged, before.shape[-2:])
        source, text = pipe.encoder.encode_text(["a photo", "red stripes"]).split(1)
        at_photo, *expected = (
            F.cosine_similarity(
                pipe.encoder.encode_image(picture.float()) - pipe.encoder.encode_image(before),
                text - source,
            ).item()
            for picture in (unchanged, *shown)
        )
    (row,) = benchmark_fits(pipe, [(name, photo)], ["red stripes"], steps=1, warm_steps=1, size=32)
    assert abs(at_photo - expected[0]) > 1e-3  # or this would tell nothing
    assert row.identity_direction[0] == pytest.approx(at_photo, abs=1e-5)
    assert row.one_pass_direction == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("weight", [0.0, 7.0])
def test_directions_are_the_same_whatever_their_loss_weighs(
    pipe: StyleMambaPipeline, weight: float
) -> None:
    def row() -> FitRow:
        (row,) = benchmark_fits(pipe, pictures(1), ["red stripes"], steps=1, warm_steps=1, size=32)
        return row

    usual = row()
    weights = replace(pipe.config.weights, directional=weight)
    pipe.config = replace(pipe.config, weights=weights)
    other = row()
    assert other.one_pass_direction[0] == pytest.approx(usual.one_pass_direction[0], abs=1e-6)
    assert other.identity_direction == usual.identity_direction
    assert other.one_pass_delivered == usual.one_pass_delivered
    assert other.one_pass[0] != usual.one_pass[0]  # the losses are not


def test_what_is_delivered_has_brushwork(pipe: StyleMambaPipeline) -> None:
    def row(strokes: float) -> FitRow:
        pipe.encoder = copy.deepcopy(pipe.encoder)  # the fixture's is everyone's
        pipe.encoder.bank.mark_amounts[:, 0] = round(100 * strokes)  # type: ignore[index, union-attr]
        (row,) = benchmark_fits(pipe, pictures(1), ["red stripes"], steps=1, warm_steps=1, size=32)
        return row

    smooth, painted = row(0.0), row(1.0)
    assert painted.identity_direction == smooth.identity_direction
    assert painted.one_pass_direction == smooth.one_pass_direction
    assert painted.identity_delivered != smooth.identity_delivered
    assert painted.one_pass_delivered != smooth.one_pass_delivered


def test_arrival() -> None:
    assert FitRow("a", "x", [3.0, 1.0, 2.0], [2.0, 1.0], [], [], 0.0, 0.0).arrived
    assert not FitRow("a", "x", [3.0, 1.0, 2.0], [2.0, 1.1], [], [], 0.0, 0.0).arrived


def test_without_a_trained_fusion(pipe: StyleMambaPipeline) -> None:
    plain = StyleMambaPipeline(pipe.encoder, pipe.autoencoder)
    with pytest.raises(StyleMambaError, match="--fusion DIR"):
        benchmark_fits(plain, pictures(1), ["red stripes"])


def test_command(
    pipe: StyleMambaPipeline,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(StyleMambaPipeline, "from_pretrained", lambda **_: pipe)
    monkeypatch.chdir(tmp_path)
    for name, picture in pictures(2):
        picture.save(name)
    Path("prompts.txt").write_text("red stripes\n")
    options = ["--steps", "1", "--warm-steps", "1", "--size", "32", "-o", "curve.png", "--json"]
    assert main(["bench", "fit", "0.png", "1.png", "--prompts", "prompts.txt", *options]) == 0
    captured = capsys.readouterr()
    summary = json.loads(captured.out)
    assert [row["photo"] for row in summary["rows"]] == ["0.png", "1.png"]
    assert summary["direction"].keys() == {
        "identity",
        "one_pass",
        "identity_delivered",
        "one_pass_delivered",
    }
    assert 0 <= summary["arrived"] <= 2 and captured.err.count("\n") == 2
    assert Image.open("curve.png").width > 400
