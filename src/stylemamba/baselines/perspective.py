"""Random perspective warps, CLIPstyler's augmentation of its crops.

The definition is that of torchvision's `RandomPerspective` with p = 1 and black surroundings.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def corners(height: int, width: int) -> Tensor:
    """The centres (4, 2) of a picture's corner pixels as (x, y): clockwise from the top left."""
    right, bottom = width - 1, height - 1
    return torch.tensor([[0, 0], [right, 0], [right, bottom], [0, bottom]], dtype=torch.float64)


def random_corners(
    height: int, width: int, distortion: float, count: int, generator: torch.Generator
) -> Tensor:
    """Where warps take a picture's corners: (count, 4, 2), ordered as `corners`.

    Each corner moves inwards by whole pixels, uniform up to `distortion` times half a side.

    Args:
        height: In pixels.
        width: In pixels.
        distortion: 0 (none) to 1.
        count: How many warps.
        generator: Source of randomness.
    """
    reach = torch.tensor([int(distortion * (width // 2)), int(distortion * (height // 2))])
    moves = torch.rand(count, 4, 2, generator=generator, dtype=torch.float64)
    moves = (moves * (reach + 1)).floor()
    inwards = torch.tensor([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    return corners(height, width) + moves * inwards


def homographies(source: Tensor, target: Tensor) -> Tensor:
    """The projective maps (n, 3, 3) that take four points to four points, their last entry 1.

    With (u, v) for the target of (x, y), two equations a point determine the eight unknowns:

        u = (h0 x + h1 y + h2) / (h6 x + h7 y + 1)      v = (h3 x + h4 y + h5) / (h6 x + h7 y + 1)

    Args:
        source: (n, 4, 2), no three points of a quadruple on a line.
        target: (n, 4, 2).
    """
    x, y = source.unbind(-1)
    u, v = target.unbind(-1)
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    of_u = torch.stack([x, y, one, zero, zero, zero, -u * x, -u * y], -1)
    of_v = torch.stack([zero, zero, zero, x, y, one, -v * x, -v * y], -1)
    unknowns = torch.linalg.solve(torch.cat([of_u, of_v], 1), torch.cat([u, v], 1))
    return F.pad(unknowns, (0, 1), value=1.0).view(-1, 3, 3)


def random_homographies(
    height: int, width: int, distortion: float, count: int, generator: torch.Generator
) -> Tensor:
    """Maps (count, 3, 3) from warped to unwarped pixels, as `warp` takes them.

    Arguments are those of `random_corners`.
    """
    moved = random_corners(height, width, distortion, count, generator)
    return homographies(moved, corners(height, width).expand_as(moved))


def warp(images: Tensor, maps: Tensor) -> Tensor:
    """Warps pictures, bilinear, black where a picture does not reach; differentiable.

    Args:
        images: (n, 3, h, w).
        maps: (n, 3, 3), from the pixels (x, y) of the result to those of `images`.

    Returns:
        (n, 3, h, w).
    """
    height, width = images.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    points = torch.stack([x, y, torch.ones_like(x)], -1).to(maps)
    projected = torch.einsum("nij,yxj->nyxi", maps, points)
    places = projected[..., :2] / projected[..., 2:]
    # With align_corners=False, pixel centres are at (2 i + 1) / side - 1.
    sides = torch.tensor([width, height]).to(maps)
    grid = ((2 * places + 1) / sides - 1).to(images)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
