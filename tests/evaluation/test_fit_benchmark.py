from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba import StyleMambaError, StyleMambaPipeline
from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.cli import main
from stylemamba.encoders.artlip import CODE_DIM, ArtLIP
from stylemamba.evaluation.benchmarks.fit import FitRow, benchmark_fits, draw_fits
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig

pytestmark = pytest.mark.usefixtures("word_vectors")


@pytest.fixture
def pipe(tiny_artlip: ArtLIP) -> StyleMambaPipeline:
    torch.manual_seed(0)
    fusion = StyleFusion(StyleFusionConfig(4, CODE_DIM, width=16, depth=1, stem_width=8))
    return StyleMambaPipeline(tiny_artlip, EmbeddedAutoencoder(4, 16, 1), fusion)


def pictures(count: int) -> list[tuple[str, Image.Image]]:
    """Plain ones: nothing in them would be simplified away."""
    colours = np.random.default_rng(0).integers(0, 256, (count, 3))
    return [
        (f"{number}.png", Image.new("RGB", (32, 24), tuple(colour.tolist())))
        for number, colour in enumerate(colours)
    ]


def test_prompts_take_turns_and_both_start_where_they_should(pipe: StyleMambaPipeline) -> None:
    prompts = ["red stripes", "blue dots"]
    heard: list[FitRow] = []
    rows = benchmark_fits(
        pipe, pictures(3), prompts, steps=2, warm_steps=1, size=32, report=heard.append
    )
    assert rows == heard and [row.prompt for row in rows] == ["red stripes", "blue dots"] * 1 + [
        "red stripes"
    ]
    for row in rows:
        assert len(row.identity) == 3 and len(row.one_pass) == 2
        # This fusion is the identity still, so both start from the same picture.
        assert row.identity[0] == pytest.approx(row.one_pass[0], rel=1e-3)
        assert len(row.identity_direction) == 3 and len(row.one_pass_direction) == 2
        assert all(-1 <= cosine <= 1 for cosine in row.identity_direction)
    assert draw_fits(rows).width > 400


def test_what_is_delivered_has_brushwork(pipe: StyleMambaPipeline) -> None:
    def row(strokes: float) -> FitRow:
        pipe.encoder = copy.deepcopy(pipe.encoder)  # the fixture's is everyone's
        pipe.encoder.get_submodule("mark_head").bias.data[0] = strokes
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
    monkeypatch.setattr(StyleMambaPipeline, "from_pretrained", lambda: pipe)
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
