"""How plainly a style shows the strokes of a brush, read from its code."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from stylemamba.training.statistics_cache import Item

BRUSHWORK = {
    "impressionism": 1.0,
    "post impressionism": 1.0,
    "expressionism": 1.0,
    "fauvism": 1.0,
    "abstract expressionism": 1.0,
    "romanticism": 0.5,
    "baroque": 0.5,
    "symbolism": 0.5,
    "cubism": 0.3,
    "pointillism": 0.3,
    "rococo": 0.2,
    "naive art": 0.2,
}
"""Our own judgement of the movements' paintings; what is not named shows none."""
PAINTED = ("oil painting", "impasto")
"""Procedural styles that show strokes."""
RIDGE = 50.0
NONE, FULL = 0.3, 0.65
"""What the regression says of styles from which on strokes are seen, and from which on plainly: it
shrinks towards the mean, which is between prints and paintings."""


@torch.no_grad()
def fit_brush_head(head: nn.Linear, items: Sequence[Item], codes: Tensor) -> None:
    """Fits a linear head, code -> brushwork, whose results are to be clipped to [0, 1].

    Ridge regression on `BRUSHWORK`; photos are left out.

    Args:
        head: (512 -> 1), set in place.
        items: The n training pictures.
        codes: (n, 512).
    """
    targets = torch.tensor([_brushwork(item) for item in items])
    known = torch.tensor([item.record.folder != "photos" or bool(item.style) for item in items])
    inputs = torch.cat([codes.float(), torch.ones(len(codes), 1)], dim=1)[known]
    penalty = RIDGE * torch.eye(inputs.shape[1])
    penalty[-1, -1] = 0
    weights = torch.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ targets[known])
    head.weight.copy_(weights[:-1] / (FULL - NONE))
    head.bias.copy_((weights[-1] - NONE) / (FULL - NONE))


def _brushwork(item: Item) -> float:
    if item.style:
        return float(item.style in PAINTED)
    labels = item.record.labels
    return 0.0 if labels.get("medium") else BRUSHWORK.get(labels.get("movement", ""), 0.0)
