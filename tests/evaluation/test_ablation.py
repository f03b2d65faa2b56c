from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from comparison_task import build_task
from torch import Tensor

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.evaluation.comparison.ablation import FULL, VARIANTS, Unconditional
from stylemamba.fusion.mixer import MambaMixer
from stylemamba.fusion.paths import orders
from stylemamba.fusion.stand_ins import AttentionMixer, ConvolutionMixer, MeanMixer


def order(height: int, width: int) -> Tensor:
    paths = ("rows", "columns", "rows", "columns")
    return orders(paths, torch.zeros(1, 0, height, width))


def reach(mixer: torch.nn.Module) -> Tensor:
    """Which tokens of a 9 x 9 grid the middle one depends on."""
    x = torch.randn(1, 9, 9, 16, requires_grad=True)
    mixer(x, torch.randn(1, 16), order(9, 9))[0, 4, 4].sum().backward()
    assert x.grad is not None
    return x.grad[0].abs().sum(-1) > 0


@pytest.mark.parametrize("kind", [AttentionMixer, ConvolutionMixer, MeanMixer])
def test_mixers_have_the_size_of_mamba(kind: type[torch.nn.Module]) -> None:
    sizes = [sum(p.numel() for p in mixer.parameters()) for mixer in (kind(192), MambaMixer(192))]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.16)


def test_attention_sees_everything_and_a_convolution_its_surroundings() -> None:
    torch.manual_seed(0)
    assert reach(AttentionMixer(16)).all()
    seen = reach(ConvolutionMixer(16))
    assert seen[2:7, 2:7].all() and seen.sum() == 25  # two convolutions of 3 x 3


def test_the_style_reaches_all_mixers_but_the_unconditional() -> None:
    torch.manual_seed(0)
    x, one, other = torch.randn(1, 4, 5, 16), torch.randn(1, 16), torch.randn(1, 16)
    paths = order(4, 5)
    for mixer in (AttentionMixer(16), ConvolutionMixer(16), MeanMixer(16), MambaMixer(16)):
        assert not torch.allclose(mixer(x, one, paths), mixer(x, other, paths))
    deaf = Unconditional(MambaMixer(16))
    assert torch.equal(deaf(x, one, paths), deaf(x, other, paths))


@pytest.mark.usefixtures("word_vectors")
def test_every_variant_runs_and_is_another_one(tiny_artlip: ArtLIP) -> None:
    task = build_task(tiny_artlip)
    task = replace(task, config=replace(task.config, steps=2))
    lasts = {}
    for name, variant in VARIANTS.items():
        pictures: list[Tensor] = []
        variant(task, lambda step, image, to=pictures: to.append(image.clone()))
        assert len(pictures) == 3 and pictures[-1].isfinite().all()
        lasts[name] = pictures[-1]
    for name, picture in lasts.items():
        assert name == FULL or not torch.equal(picture, lasts[FULL]), name
