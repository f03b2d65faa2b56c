"""The paths that a state walks over a grid of tokens: rows, columns, and through the content.

A path is an order of the tokens. Rows and columns lead from a place to its neighbours. A content
path leads from what looks alike to what looks alike, wherever it is: from the darkest place to the
lightest, say. What a state carries along it, it carries between the parts that belong together, and
nothing of it depends on where in the picture they are.

Source: Guo et al., "MambaIRv2: Attentive State Space Restoration" (2024), sort tokens by learned
prompts; ours are sorted by linear functions of the latent.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.runtime.precision import full_precision

PATHS = ("rows", "columns", "content")


def orders(paths: Sequence[str], values: Tensor) -> Tensor:
    """The order in which each path visits the tokens of a grid.

    Args:
        paths: Names of `PATHS`, g of them; the first `content` goes by the first of the values,
            the second by the second, and so on.
        values: (b, k, h, w), what content paths are sorted by, k as many as there are of those.

    Returns:
        (b, g, h w), indices of tokens in row-major order.
    """
    batch, _, height, width = values.shape
    rows = torch.arange(height * width, device=values.device)
    fixed = {"rows": rows, "columns": rows.view(height, width).T.flatten()}
    # A stable order: equal tokens of a flat sky stay side by side.
    sorted_by = iter(values.flatten(2).argsort(dim=-1, stable=True).unbind(1))
    return torch.stack(
        [next(sorted_by) if path == "content" else fixed[path].expand(batch, -1) for path in paths],
        dim=1,
    )


def to_sequences(grid: Tensor, order: Tensor) -> Tensor:
    """Lays the channel groups of a grid out along one path each.

    Each path takes its own share of the channels, as the heads of attention do, so the cost is that
    of one path whatever their number.

    Args:
        grid: (b, h, w, c), c a multiple of g.
        order: (b, g, h w), from `orders`.

    Returns:
        (h w, b, g, c / g).
    """
    tokens = grid.flatten(1, 2).unflatten(-1, (order.shape[1], -1))
    return _picked(tokens, order.permute(0, 2, 1)).transpose(0, 1)


def to_grid(sequences: Tensor, order: Tensor, height: int, width: int) -> Tensor:
    """The inverse of `to_sequences`: (h w, b, g, d) -> (b, h, w, g d)."""
    inverse = order.argsort(dim=-1).permute(0, 2, 1)
    return _picked(sequences.transpose(0, 1), inverse).flatten(2).unflatten(1, (height, width))


def content_values(latents: Tensor, keys: Tensor, patch: int) -> Tensor:
    """What content paths are sorted by: linear functions of the latents around each token.

    Args:
        latents: (b, c, h, w), h and w multiples of `patch`.
        keys: (k, c).
        patch: Side of a token in latent pixels.

    Returns:
        (b, k, h / patch, w / patch), means over 3 x 3 tokens: grain does not scatter a place.
    """
    tokens = F.avg_pool2d(latents.float(), patch)
    around = F.avg_pool2d(F.pad(tokens, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    with full_precision(latents.device):  # half of it would tie what differs little
        return torch.einsum("kc,bchw->bkhw", keys.to(around), around)


def _picked(tokens: Tensor, order: Tensor) -> Tensor:
    """Of tokens (b, l, g, d), for each group those that an order (b, l, g) names."""
    batch, length, groups = order.shape
    # Whole tokens by one index: `gather` takes an index for every number of theirs.
    entry = torch.arange(batch, device=order.device)[:, None, None] * length
    group = torch.arange(groups, device=order.device)
    place = (entry + order) * groups + group
    return tokens.flatten(0, 2).index_select(0, place.flatten()).view_as(tokens)
