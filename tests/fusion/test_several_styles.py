"""Several styles in one picture, each where its map says."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylemamba.fusion import StyleFusion, StyleFusionConfig
from stylemamba.fusion.block import restyle, weighted_moments
from stylemamba.fusion.mixer import MambaMixer


@pytest.fixture
def fusion() -> StyleFusion:
    torch.manual_seed(0)
    model = StyleFusion(StyleFusionConfig(4, 10, width=16, depth=2, stem_width=8, head_depth=1))
    for name, values in model.named_parameters():
        if name.startswith("output") or "modulation" in name or "style_offsets" in name:
            torch.nn.init.normal_(values, std=0.2)
    return model.eval()


def halves(height: int, width: int) -> Tensor:
    """(1, 2, h, w): the left half, the right half."""
    left = torch.zeros(1, 1, height, width)
    left[..., : width // 2] = 1
    return torch.cat([left, 1 - left], 1)


def test_a_style_that_counts_nowhere_changes_nothing(fusion: StyleFusion) -> None:
    z, styles = torch.randn(2, 4, 7, 9), torch.randn(2, 10)
    maps = torch.cat([torch.ones(1, 1, 7, 9), torch.zeros(1, 1, 7, 9)], 1)
    with torch.no_grad():
        torch.testing.assert_close(
            fusion(z, styles, maps=maps), fusion(z, styles[:1]), atol=2e-4, rtol=1e-3
        )
        assert (fusion(z, styles, maps=maps.flip(1)) - fusion(z, styles[:1])).abs().max() > 0.05


def test_every_style_is_where_its_map_says(fusion: StyleFusion) -> None:
    """Swapping the style on the right hardly changes the left, and the other way round."""
    z, (one, two, three) = torch.randn(1, 4, 16, 32), torch.randn(3, 1, 10)
    maps = halves(16, 32)
    with torch.no_grad():
        before = fusion(z, torch.cat([one, two]), maps=maps)
        after = fusion(z, torch.cat([one, three]), maps=maps)
    change = (after - before).abs().mean((0, 1, 2))
    assert change[24:].mean() > 5 * change[:8].mean()


def test_maps_of_a_batch(fusion: StyleFusion) -> None:
    z, styles = torch.randn(2, 4, 8, 8), torch.randn(2, 10)
    maps = torch.cat([halves(8, 8), halves(8, 8).flip(-1)])
    with torch.no_grad():
        both = fusion(z, styles, maps=maps)
        for place in range(2):
            alone = fusion(z[place : place + 1], styles, maps=maps[place : place + 1])
            torch.testing.assert_close(both[place : place + 1], alone, atol=1e-5, rtol=1e-4)


def test_moments_under_maps_are_those_of_the_places_alone() -> None:
    x = torch.randn(1, 3, 6, 8, dtype=torch.float64)
    mean, variance = weighted_moments(x, halves(6, 8).double())
    for place, part in enumerate((x[..., :4], x[..., 4:])):
        torch.testing.assert_close(mean[0, place], part.mean((0, 2, 3)))
        torch.testing.assert_close(variance[0, place], part.var((0, 2, 3), correction=0))
    soft = torch.rand(1, 2, 6, 8, dtype=torch.float64)
    mean, _ = weighted_moments(x, soft)
    expected = (
        sum(soft[0, 1, i, j] * x[0, :, i, j] for i in range(6) for j in range(8)) / soft[0, 1].sum()
    )
    torch.testing.assert_close(mean[0, 1], expected)


def test_each_place_has_the_mean_and_deviation_of_its_style() -> None:
    x = 3 + 2 * torch.randn(1, 5, 8, 12)
    shift, scale = torch.randn(2, 1, 2, 5)
    y = restyle(x, shift, scale, halves(8, 12))
    for place, part in enumerate((y[..., :6], y[..., 6:])):
        torch.testing.assert_close(part.mean((-2, -1)), shift[:, place], atol=1e-4, rtol=1e-3)
        deviation = part.std((-2, -1), correction=0)
        torch.testing.assert_close(deviation, (1 + scale[:, place]).abs(), atol=1e-2, rtol=1e-2)


def test_the_scan_hears_of_the_style_at_every_step() -> None:
    torch.manual_seed(0)
    mixer = MambaMixer(16).eval()
    torch.nn.init.normal_(mixer.style_offsets.weight, std=0.5)
    x, condition = torch.randn(2, 6, 10, 16), torch.randn(2, 16)
    alike = condition[:, None].expand(-1, 3, -1)
    maps = torch.rand(2, 3, 6, 10).softmax(1)
    with torch.no_grad():
        torch.testing.assert_close(mixer(x, alike, maps), mixer(x, condition), atol=1e-5, rtol=1e-4)
        conditions = torch.randn(2, 2, 16)
        split = mixer(x, conditions, halves(6, 10).expand(2, -1, -1, -1))
        assert (split - mixer(x, conditions[:, 0])).abs().max() > 0.01
