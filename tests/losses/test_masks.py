from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from stylemamba.losses import random_patch_masks


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def to_cells(masks: torch.Tensor, cells: tuple[int, int]) -> torch.Tensor:
    return F.interpolate(masks, size=cells, mode="nearest-exact")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.73, 0.99])
@pytest.mark.parametrize(("size", "cells"), [((28, 28), (14, 14)), ((29, 45), (7, 5))])
def test_every_mask_hides_exactly_the_share(
    share: float, size: tuple[int, int], cells: tuple[int, int]
) -> None:
    masks = random_patch_masks(6, *size, cells, share, seeded(), batch=2)
    assert masks.shape == (2, 6, *size)
    assert set(masks.unique().tolist()) <= {0.0, 1.0}
    total = cells[0] * cells[1]
    hidden = (to_cells(masks, cells) == 0.0).sum(dim=(-2, -1))
    assert (hidden == min(round(share * total), total - 1)).all()


@pytest.mark.parametrize("cells", [(1, 1), (1, 2), (2, 2)])
def test_at_least_one_cell_stays_visible(cells: tuple[int, int]) -> None:
    masks = random_patch_masks(8, 5, 5, cells, 0.99, seeded())
    assert (to_cells(masks, cells).sum(dim=(-2, -1)) == 1.0).all()


@pytest.mark.parametrize(("size", "cells"), [((5, 7), (3, 4)), ((224, 225), (14, 14))])
def test_each_pixel_belongs_to_the_cell_that_holds_its_centre(
    size: tuple[int, int], cells: tuple[int, int]
) -> None:
    masks = random_patch_masks(4, *size, cells, 0.5, seeded())
    grid = to_cells(masks, cells)
    row = [(2 * i + 1) * cells[0] // (2 * size[0]) for i in range(size[0])]
    col = [(2 * j + 1) * cells[1] // (2 * size[1]) for j in range(size[1])]
    assert torch.equal(masks, grid[:, :, row][:, :, :, col])


def test_the_generator_alone_decides() -> None:
    draw = [random_patch_masks(3, 32, 32, (8, 8), 0.5, seeded(s)) for s in (1, 1, 2)]
    assert torch.equal(draw[0], draw[1])
    assert not torch.equal(draw[0], draw[2])


def test_the_same_places_are_hidden_at_another_size() -> None:
    small = random_patch_masks(3, 16, 17, (8, 8), 0.5, seeded())
    large = random_patch_masks(3, 61, 40, (8, 8), 0.5, seeded())
    assert torch.equal(to_cells(small, (8, 8)), to_cells(large, (8, 8)))


def test_masks_differ_between_views_and_pictures() -> None:
    masks = random_patch_masks(4, 16, 16, (8, 8), 0.5, seeded(), batch=3).flatten(0, 1)
    assert masks.unique(dim=0).shape[0] == 12


def test_cells_are_hidden_uniformly() -> None:
    masks = random_patch_masks(4000, 3, 4, (3, 4), 0.25, seeded())
    frequency = 1.0 - masks.mean(dim=(0, 1))
    assert (frequency - 0.25).abs().max() < 0.035  # 5 standard deviations


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0},
        {"height": 0},
        {"cells": (0, 4)},
        {"cells": (33, 4)},
        {"cells": (4, 33)},
        {"batch": 0},
        {"hidden_share": -0.1},
        {"hidden_share": 1.0},
        {"hidden_share": float("nan")},
    ],
)
def test_rejects_what_makes_no_mask(wrong: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {
        "count": 2,
        "height": 32,
        "width": 32,
        "cells": (4, 4),
        "hidden_share": 0.5,
        "generator": seeded(),
    }
    with pytest.raises(ValueError, match=r"at least|fit"):
        random_patch_masks(**(arguments | wrong))
