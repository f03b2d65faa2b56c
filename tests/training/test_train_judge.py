from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stylemamba.cli import main
from stylemamba.evaluation.style_judge import StyleJudge
from stylemamba.training import judge
from stylemamba.training.judge import linear_discriminants, list_pictures_of_styles


def test_discriminants_are_those_of_two_gaussians() -> None:
    generator = torch.Generator().manual_seed(0)
    mixing = torch.tensor([[3.0, 0.0], [1.0, 0.5]], dtype=torch.float64)
    noise = torch.randn(20_000, 2, generator=generator, dtype=torch.float64) @ mixing.T
    numbers = torch.arange(20_000) % 2
    means = torch.tensor([[10.0, -4.0], [11.0, -3.0]], dtype=torch.float64)
    weight, bias = linear_discriminants((means[numbers] + noise).float(), numbers, 0.0)
    inverse = torch.linalg.inv(mixing @ mixing.T)
    expected = inverse @ (means[1] - means[0])
    found = (weight[1] - weight[0]).double()
    torch.testing.assert_close(found, expected, rtol=0.1, atol=0.05)
    # Half way between the means, neither is likelier.
    middle = means.mean(0).float()
    assert abs((weight @ middle + bias).diff().item()) < 0.1


def test_full_shrinkage_is_the_nearest_mean_of_standardised_features() -> None:
    features = torch.tensor([[0.0, 0.0], [1.0, 100.0], [4.0, 200.0], [5.0, 100.0]])
    numbers = torch.tensor([0, 0, 1, 1])
    weight, bias = linear_discriminants(features, numbers, 1.0)
    scores = features @ weight.T + bias
    x = (features - features.mean(0)) / features.std(0)
    means = torch.stack([x[:2].mean(0), x[2:].mean(0)])
    nearest = -torch.cdist(x, means).square()
    torch.testing.assert_close(
        (scores[:, 1] - scores[:, 0]).sign(), (nearest[:, 1] - nearest[:, 0]).sign()
    )


def test_pictures_are_sorted_by_style(tiny_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(judge.RENDERS, "train", 2)
    found = list_pictures_of_styles(tiny_data, "train", 0)
    assert len(found["impressionism"]) == len(found["cubism"]) == len(found["photo"]) == 2
    assert len(found["pencil sketch"]) == len(found["cartoon"]) == 1
    assert [item.style for item in found["mosaic"]] == ["mosaic"] * 2
    monkeypatch.setitem(judge.PICTURES, "train", 1)
    assert len(list_pictures_of_styles(tiny_data, "train", 0)["cubism"]) == 1


@pytest.mark.usefixtures("no_processes")
def test_the_command_fits_and_saves_a_judge(
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    some = {name: judge.PROCEDURAL_STYLES[name] for name in ("mosaic", "sepia photograph")}
    monkeypatch.setattr(judge, "PROCEDURAL_STYLES", some)
    for split in ("train", "validation"):
        monkeypatch.setitem(judge.RENDERS, split, 2)
    out = tmp_path / "judge"
    assert main(["train", "judge", "--data", str(tiny_data), "--out", str(out)]) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() == str(out)
    assert "7 styles, 12 validation pictures: top-1" in captured.err
    saved = StyleJudge.from_pretrained(out)
    assert [first for first, *_ in saved.config.styles] == [
        "impressionism", "cubism", "cartoon", "pencil sketch", "photo", "mosaic",
        "sepia photograph",
    ]  # fmt: skip
    assert "tesserae" in saved.config.styles[5]
