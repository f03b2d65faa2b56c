"""Which marks a style is made of - strokes, dots or tiles - read from its code."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from stylemamba.training.artlip.statistics_cache import Item

STROKES = {
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
"""How plainly the movements' paintings show the strokes of a brush: our own judgement. What is not
named shows none."""
MOVEMENTS = {"strokes": STROKES, "dots": {"pointillism": 1.0}, "tiles": {}}
RENDERS = {"strokes": ("oil painting", "impasto"), "dots": (), "tiles": ("mosaic",)}
"""Procedural styles that are made of each of the marks."""
RIDGE = 50.0
RANGES = {"strokes": (0.3, 0.65), "dots": (0.44, 0.62), "tiles": (0.3, 0.7)}
"""What the regression says of styles from which on marks are seen, and from which on plainly: it
shrinks towards the mean, and what has no dots may share much with what has."""


@torch.no_grad()
def fit_mark_head(
    head: nn.Linear, marks: Sequence[str], items: Sequence[Item], codes: Tensor
) -> None:
    """Fits a linear head, code -> amounts of marks, which are to be clipped to [0, 1].

    Ridge regression on `MOVEMENTS` and `RENDERS`; photos are left out.

    Args:
        head: (512 -> marks), set in place.
        marks: Their names, in the order of its rows.
        items: The n training pictures.
        codes: (n, 512).
    """
    targets = torch.tensor([[_amount(item, mark) for mark in marks] for item in items])
    known = torch.tensor([item.record.folder != "photos" or bool(item.style) for item in items])
    inputs = torch.cat([codes.float(), torch.ones(len(codes), 1)], dim=1)[known]
    penalty = RIDGE * torch.eye(inputs.shape[1])
    penalty[-1, -1] = 0
    weights = torch.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ targets[known])
    none, full = torch.tensor([RANGES[mark] for mark in marks]).T
    head.weight.copy_((weights[:-1] / (full - none)).T)
    head.bias.copy_((weights[-1] - none) / (full - none))


def _amount(item: Item, mark: str) -> float:
    if item.style:
        return float(item.style in RENDERS[mark])
    labels = item.record.labels
    return 0.0 if labels.get("medium") else MOVEMENTS[mark].get(labels.get("movement", ""), 0.0)
