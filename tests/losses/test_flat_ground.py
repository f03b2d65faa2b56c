from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylemamba.losses import flat_ground_loss


def noise(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def box(maps: Tensor, radius: int) -> Tensor:
    """Means over what there is of each window, pixel by pixel."""
    means = torch.empty_like(maps)
    for y in range(maps.shape[-2]):
        for x in range(maps.shape[-1]):
            rows = slice(max(0, y - radius), y + radius + 1)
            window = maps[..., rows, max(0, x - radius) : x + radius + 1]
            means[..., y, x] = window.mean((-2, -1))
    return means


def test_is_its_definition() -> None:
    photos, pictures = noise(1, 3, 12, 14) * 0.2, noise(2, 3, 12, 14)
    before = (photos - box(photos, 3)).square().mean(1, keepdim=True)
    after = (pictures - box(pictures, 3)).square().mean(1, keepdim=True)
    weight = 4e-4 / (4e-4 + box(before, 8))
    expected = (weight * (after - before).clamp_min(0)).mean()
    torch.testing.assert_close(flat_ground_loss(pictures, photos), expected)


def test_marks_cost_on_flat_ground_and_hardly_on_rough() -> None:
    marks = 0.2 * noise(1, 3, 40, 40)
    flat, rough = torch.full_like(marks, 0.5), noise(1, 3, 40, 40).flip(-1)
    on_flat = flat_ground_loss(flat + marks, flat)
    assert on_flat > 50 * flat_ground_loss(rough + marks, rough)
    assert on_flat == pytest.approx(flat_ground_loss(flat + marks + 0.1, flat).item())


def test_a_smoother_picture_costs_nothing_whatever_its_colours() -> None:
    photos = noise(1, 3, 20, 20)
    assert flat_ground_loss(0.5 * photos + 0.3, photos) == 0


def test_every_style_meets_its_own_photo() -> None:
    photos = torch.cat([noise(1, 3, 16, 16), torch.full((1, 3, 16, 16), 0.5)])
    assert flat_ground_loss(photos.repeat(2, 1, 1, 1), photos) == 0
    assert flat_ground_loss(photos.flip(0).repeat(2, 1, 1, 1), photos) > 0


def test_gradient() -> None:
    photos = 0.02 * noise(1, 3, 6, 6)
    pictures = noise(1, 3, 6, 6).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: flat_ground_loss(x, photos), pictures)
