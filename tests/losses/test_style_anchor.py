from __future__ import annotations

import pytest
import torch

from stylemamba.losses import style_anchor_loss


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def target() -> dict[str, torch.Tensor]:
    return {"mean": randn(2, 6, seed=1), "gram": 1e4 * randn(2, 4, 4, seed=2)}


def test_zero_when_equal_and_one_for_empty_statistics(target: dict[str, torch.Tensor]) -> None:
    assert style_anchor_loss(target, target).item() == 0.0
    nothing = {block: torch.zeros_like(t) for block, t in target.items()}
    assert style_anchor_loss(nothing, target).item() == pytest.approx(1.0)


def test_blocks_count_alike_whatever_their_magnitude(target: dict[str, torch.Tensor]) -> None:
    losses = [
        style_anchor_loss({k: (1.1 if k == moved else 1.0) * t for k, t in target.items()}, target)
        for moved in target
    ]
    for loss in losses:
        assert loss.item() == pytest.approx(0.01 / 2)


def test_is_the_relative_squared_frobenius_distance() -> None:
    s, t = randn(1, 4, 4, seed=1), randn(1, 4, 4, seed=2)
    expected = torch.linalg.matrix_norm(s - t) ** 2 / torch.linalg.matrix_norm(t) ** 2
    torch.testing.assert_close(style_anchor_loss({"a": s}, {"a": t}), expected[0])


def test_one_style_serves_several_pictures() -> None:
    s, t = randn(3, 4, 4, seed=1), randn(1, 4, 4, seed=2)
    each = [style_anchor_loss({"a": row[None]}, {"a": t}) for row in s]
    torch.testing.assert_close(style_anchor_loss({"a": s}, {"a": t}), torch.stack(each).mean())


def test_each_picture_is_held_to_its_own_target(target: dict[str, torch.Tensor]) -> None:
    swapped = {block: t.flip(0) for block, t in target.items()}
    assert style_anchor_loss(swapped, target).item() > 0.5


def test_weights_select_and_average(target: dict[str, torch.Tensor]) -> None:
    statistics = {"mean": 2.0 * target["mean"], "gram": 1.5 * target["gram"]}
    for weights, expected in [
        ({"mean": 1.0, "gram": 0.0}, 1.0),
        ({"mean": 0.0, "gram": 7.0}, 0.25),
        ({"mean": 1.0, "gram": 3.0}, (1.0 + 3 * 0.25) / 4),
    ]:
        loss = style_anchor_loss(statistics, target, weights=weights)
        assert loss.item() == pytest.approx(expected)
    torch.testing.assert_close(
        style_anchor_loss(statistics, target, weights={"gram": 2.0, "mean": 2.0}),
        style_anchor_loss(statistics, target),
    )


def test_zero_targets_are_safe() -> None:
    s = torch.zeros(2, 4, requires_grad=True)
    loss = style_anchor_loss({"a": s}, {"a": torch.zeros(1, 4)})
    loss.backward()
    assert loss.item() == 0.0
    assert s.grad is not None
    assert (s.grad == 0.0).all()


def test_gradcheck() -> None:
    s, t = randn(2, 3, 3, seed=1).requires_grad_(), randn(1, 3, 3, seed=2)
    assert torch.autograd.gradcheck(lambda x: style_anchor_loss({"a": x}, {"a": t}), (s,))


def test_rejects_other_blocks_shapes_and_weights(target: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match="same layers"):
        style_anchor_loss({"mean": target["mean"]}, target)
    with pytest.raises(ValueError, match="'mean'"):
        style_anchor_loss(target | {"mean": target["mean"][:, :3]}, target)
    with pytest.raises(ValueError, match="name the blocks"):
        style_anchor_loss(target, target, weights={"mean": 1.0})
    with pytest.raises(ValueError, match="negative"):
        style_anchor_loss(target, target, weights={"mean": 2.0, "gram": -1.0})
    with pytest.raises(ValueError, match="zero"):
        style_anchor_loss(target, target, weights={"mean": 0.0, "gram": 0.0})
