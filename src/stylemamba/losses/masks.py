"""Random patch masks for masked views."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def random_patch_masks(
    count: int,
    height: int,
    width: int,
    cells: tuple[int, int],
    hidden_share: float,
    generator: torch.Generator,
    batch: int = 1,
) -> Tensor:
    """Draw masks that hide a fixed share of a grid of cells.

    Every mask hides exactly round(hidden_share * rows * cols) cells, capped so that at least one
    stays visible; which ones is drawn uniformly. Cells are blown up to pixels by nearest
    neighbours (pixel centres), so sizes that the grid does not divide give cells that differ by a
    pixel, never an empty one. The same generator state hides the same cells at any picture size.

    Source: our own definition; the random masking of patches follows MAE (He et al., 2022).

    Args:
        count: Masks k for each picture.
        height: Picture height in pixels.
        width: Picture width in pixels.
        cells: (rows, cols) of the grid, best the patch grid of the encoder.
        hidden_share: Share of the cells to hide, in [0, 1).
        generator: Source of randomness; the masks are made on its device.
        batch: Number of pictures that get masks of their own; 1 also serves to share the masks
            among all pictures by broadcasting.

    Returns:
        Float masks (batch, k, h, w), 1 = visible, 0 = hidden.

    Raises:
        ValueError: If a size is below 1, the grid is finer than the picture, or the share is
            outside [0, 1).
    """
    rows, cols = cells
    if min(count, height, width, rows, cols, batch) < 1:
        raise ValueError("count, height, width, cells and batch must be at least 1")
    if rows > height or cols > width:
        raise ValueError(f"a grid of {rows}x{cols} cells does not fit {height}x{width} pixels")
    if not 0.0 <= hidden_share < 1.0:
        raise ValueError(f"hidden_share must be at least 0 and below 1: got {hidden_share}")
    total = rows * cols
    hidden = min(round(hidden_share * total), total - 1)
    noise = torch.rand(batch, count, total, generator=generator, device=generator.device)
    visible = torch.ones_like(noise).scatter_(-1, noise.argsort(dim=-1)[..., :hidden], 0.0)
    grid = visible.view(batch, count, rows, cols)
    return F.interpolate(grid, size=(height, width), mode="nearest-exact")
