from __future__ import annotations

import pytest
import torch

from stylemamba.losses.content_distance import content_distance


def test_distance_by_hand() -> None:
    photo = {"a": torch.tensor([[[[3.0, 4.0]]]]), "b": torch.tensor([[[[2.0]]]])}
    result = {"a": torch.tensor([[[[3.0, 9.0]]]]), "b": torch.tensor([[[[0.0]]]])}
    # a: 25 / 25, b: 4 / 4
    assert content_distance(result, photo).tolist() == pytest.approx([1])
    photo["b"] *= 2
    assert content_distance(result, photo).tolist() == pytest.approx([1])
    result["b"] += 3
    assert content_distance(result, photo).tolist() == pytest.approx([(1 + 1 / 16) / 2])


def test_each_picture_has_its_own_and_equal_ones_have_none() -> None:
    x = torch.rand(2, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    y = torch.cat([x[:1], 2 * x[1:]])
    assert content_distance({"a": y}, {"a": x}).tolist() == pytest.approx([0, 1])
    blank = {"a": torch.zeros(1, 3, 4, 5)}
    assert content_distance(blank, blank).tolist() == [0]


def test_other_layers_or_shapes_are_refused() -> None:
    x = torch.zeros(1, 2, 3, 3)
    for other in ({"b": x}, {"a": x[..., 1:]}):
        with pytest.raises(ValueError, match="same layers and shapes"):
            content_distance({"a": x}, other)
