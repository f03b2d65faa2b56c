"""The brush head finds the styles that show strokes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from stylemamba.encoders.artlip import CODE_DIM
from stylemamba.training.brush_head import fit_brush_head
from stylemamba.training.data import Record
from stylemamba.training.statistics_cache import Item


def item(style: str = "", **labels: str) -> Item:
    folder = "photos" if style or "source" in labels else "paintings"
    return Item(Record(Path("x.png"), folder, "train", labels), style)


@pytest.fixture
def head() -> nn.Linear:
    """Fitted to codes whose first number says what the picture is."""
    kinds = [
        (0, item(movement="impressionism")),
        (0, item("impasto")),
        (1, item(movement="ukiyo e", medium="woodblock print")),
        (1, item(movement="impressionism", medium="sketch/study")),
        (1, item("mosaic")),
        (2, item(source="a camera")),
    ]
    torch.manual_seed(0)
    items = [kind for _, kind in kinds for _ in range(200)]
    codes = 0.3 * torch.randn(len(items), CODE_DIM)
    for row, (place, _) in enumerate(kinds):
        codes[200 * row : 200 * (row + 1), place] += 3
    head = nn.Linear(CODE_DIM, 1)
    fit_brush_head(head, items, codes)
    return head


def test_paintings_show_strokes_and_prints_none(head: nn.Linear) -> None:
    painting, print_ = head(3 * torch.eye(CODE_DIM)[:2]).flatten().tolist()
    assert painting >= 1 and print_ <= 0
    between = head(1.5 * torch.eye(CODE_DIM)[:2].sum(0)).item()
    assert 0 < between < 1


def test_photos_are_left_out(head: nn.Linear) -> None:
    assert head.weight[0, 2].abs() < 0.1 * head.weight[0, 0].abs()
