"""The mark head finds the styles that show strokes, dots or tiles."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from stylemamba.encoders.artlip import CODE_DIM
from stylemamba.portable.brushwork import MARKS
from stylemamba.training.artlip.mark_head import fit_mark_head
from stylemamba.training.artlip.statistics_cache import Item
from stylemamba.training.data import Record


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
        (4, item("mosaic")),
        (2, item(source="a camera")),
        (3, item(movement="pointillism")),
    ]
    torch.manual_seed(0)
    items = [kind for _, kind in kinds for _ in range(200)]
    codes = 0.3 * torch.randn(len(items), CODE_DIM)
    for row, (place, _) in enumerate(kinds):
        codes[200 * row : 200 * (row + 1), place] += 3
    head = nn.Linear(CODE_DIM, len(MARKS))
    fit_mark_head(head, MARKS, items, codes)
    return head


def amounts(head: nn.Linear, **places: float) -> dict[str, float]:
    """Of the marks of a code that is 3 times these numbers of the kinds' directions."""
    kinds = ("painting", "print", "photo", "pointillism", "mosaic")
    code = torch.zeros(CODE_DIM)
    for kind, share in places.items():
        code[kinds.index(kind)] = 3 * share
    return dict(zip(MARKS, head(code).tolist(), strict=True))


def test_each_style_has_its_marks(head: nn.Linear) -> None:
    painting, dots, mosaic = (
        amounts(head, **{kind: 1.0}) for kind in ("painting", "pointillism", "mosaic")
    )
    assert painting["strokes"] >= 1 and max(painting["dots"], painting["tiles"]) <= 0
    assert dots["dots"] >= 1 and dots["tiles"] <= 0
    assert mosaic["tiles"] >= 1 and max(mosaic["strokes"], mosaic["dots"]) <= 0
    assert max(amounts(head, print=1.0).values()) <= 0
    assert 0 < amounts(head, painting=0.5, print=0.5)["strokes"] < 1


def test_photos_are_left_out(head: nn.Linear) -> None:
    assert head.weight[0, 2].abs() < 0.1 * head.weight[0, 0].abs()
