"""A style that is wanted in a part of the picture meets the statistics of that part."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylemamba.fusion import StyleFusion, StyleFusionConfig
from stylemamba.fusion.block import moments, restyle


@pytest.fixture
def fusion() -> StyleFusion:
    torch.manual_seed(0)
    model = StyleFusion(StyleFusionConfig(4, 10, width=16, depth=2, stem_width=8, head_depth=1))
    for name, values in model.named_parameters():
        if name.startswith("output") or "modulation" in name:
            torch.nn.init.normal_(values, std=0.2)
    return model.eval()


def left_half(height: int, width: int) -> Tensor:
    """(1, 1, h, w)."""
    weights = torch.zeros(1, 1, height, width)
    weights[..., : width // 2] = 1
    return weights


def test_moments_are_those_of_the_places_alone() -> None:
    x = torch.randn(2, 3, 6, 8, dtype=torch.float64)
    mean, variance = moments(x, left_half(6, 8).double())
    part = x[..., :4]
    torch.testing.assert_close(mean.flatten(1), part.mean((-2, -1)))
    torch.testing.assert_close(variance.flatten(1), part.var((-2, -1), correction=0))
    soft = torch.rand(1, 1, 6, 8, dtype=torch.float64)
    mean, _ = moments(x, soft)
    terms = [soft[0, 0, i, j] * x[..., i, j] for i in range(6) for j in range(8)]
    torch.testing.assert_close(mean.flatten(1), sum(terms, torch.zeros(2, 3)) / soft.sum())


def test_weights_of_zero_have_moments_of_zero() -> None:
    mean, variance = moments(torch.randn(1, 3, 6, 8), torch.zeros(1, 1, 6, 8))
    assert not mean.any() and not variance.any()


def test_the_part_gets_the_mean_and_deviation_of_the_style() -> None:
    x = 3 + 2 * torch.randn(1, 5, 8, 12)
    shift, scale = torch.randn(2, 1, 5)
    part = restyle(x, shift, scale, left_half(8, 12))[..., :6]
    torch.testing.assert_close(part.mean((-2, -1)), shift, atol=1e-4, rtol=1e-3)
    deviation = part.std((-2, -1), correction=0)
    torch.testing.assert_close(deviation, (1 + scale).abs(), atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("size", [(8, 12), (7, 9)])
def test_even_weights_are_none(fusion: StyleFusion, size: tuple[int, int]) -> None:
    z, style = torch.randn(2, 4, *size), torch.randn(2, 10)
    with torch.no_grad():
        plain, even = fusion(z, style), fusion(z, style, weights=torch.full((1, 1, *size), 0.3))
    torch.testing.assert_close(even, plain, atol=2e-4, rtol=1e-3)


def test_what_is_elsewhere_does_not_count(fusion: StyleFusion) -> None:
    """Another right half changes the left one less when only the left counts."""
    z, style = torch.randn(1, 4, 16, 32), torch.randn(1, 10)
    other = z.clone()
    other[..., 16:] += 3

    def change(weights: Tensor | None) -> float:
        with torch.no_grad():
            difference = fusion(other, style, weights=weights) - fusion(z, style, weights=weights)
        return difference[..., :8].abs().mean().item()

    assert change(left_half(16, 32)) < change(None) / 2


def test_a_weight_of_zero_everywhere_stays_finite(fusion: StyleFusion) -> None:
    z = torch.randn(1, 4, 8, 8, requires_grad=True)
    fusion(z, torch.randn(1, 10), weights=torch.zeros(1, 1, 8, 8)).sum().backward()
    assert z.grad is not None and z.grad.isfinite().all()
