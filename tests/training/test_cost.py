from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from stylemamba.encoders.content import _content_network
from stylemamba.models import load_frozen
from stylemamba.training.fusion import cost
from stylemamba.training.fusion.teachers import Teachers


def test_live_bytes_are_those_of_tensors_that_are_held() -> None:
    with cost.LiveBytes() as live:
        kept = torch.empty(100, device="meta")
        (kept + 1).sum()  # 400 bytes, let go, and 4
        again = kept.view(10, 10)
    assert live.now == 400 and live.peak == 804
    del kept, again
    assert live.now == 0


def test_live_bytes_of_a_gradient() -> None:
    """A chain of layers keeps the input of each; they are let go on the way back."""
    layers = nn.Sequential(*(nn.Linear(64, 64, bias=False, device="meta") for _ in range(8)))
    layers.requires_grad_(False)
    x = torch.empty(1024, 64, device="meta", requires_grad=True)
    with cost.LiveBytes() as live:
        y = layers(x).tanh()  # of the products nothing is kept, their weights are frozen
        held = live.now
        y.sum().backward()
    size = 4 * 1024 * 64
    assert held == size  # tanh's own result
    assert 2 * size < live.peak < 5 * size


def test_a_step_is_counted(
    tiny_siglip_dir: Path, tiny_kl_dir: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(_content_network.cache_clear)
    teachers = Teachers.of(*load_frozen(tiny_siglip_dir, tiny_kl_dir)).to(cost.META)
    one, two = (cost.step_cost(teachers, 64, photos) for photos in (1, 2))
    assert set(one.by_part) == set(cost.PARTS.values())
    assert two.flops == pytest.approx(2 * one.flops, rel=0.02)
    for part, flops in one.by_part.items():
        assert two.by_part[part] == pytest.approx(2 * flops, rel=0.05)
    assert sum(one.by_part.values()) < one.flops < 3 * sum(one.by_part.values())
    assert one.activations < two.activations < 2.5 * one.activations
    teachers.autoencoder.recompute()
    less = cost.step_cost(teachers, 64, 2)
    assert less.flops > two.flops and less.activations < two.activations
