from __future__ import annotations

import pytest
import torch

from stylemamba.losses import style_anchor_loss


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.fixture
def target() -> dict[str, torch.Tensor]:
    return {"mean": randn(2, 6, seed=1), "gram": randn(2, 4, 4, seed=2)}


def test_zero_when_equal(target: dict[str, torch.Tensor]) -> None:
    assert style_anchor_loss(target, target).item() == 0.0


def test_is_the_squared_frobenius_distance_and_symmetric() -> None:
    s, t = randn(1, 4, 4, seed=1), randn(1, 4, 4, seed=2)
    expected = torch.linalg.matrix_norm(s - t)[0] ** 2
    torch.testing.assert_close(style_anchor_loss({"a": s}, {"a": t}), expected)
    torch.testing.assert_close(style_anchor_loss({"a": t}, {"a": s}), expected)


def test_blocks_are_averaged(target: dict[str, torch.Tensor]) -> None:
    moved = target | {"gram": target["gram"] + 1.0}
    assert style_anchor_loss(moved, target).item() == pytest.approx(16 / 2)


def test_one_style_serves_several_pictures() -> None:
    s, t = randn(3, 4, 4, seed=1), randn(1, 4, 4, seed=2)
    each = [style_anchor_loss({"a": row[None]}, {"a": t}) for row in s]
    torch.testing.assert_close(style_anchor_loss({"a": s}, {"a": t}), torch.stack(each).mean())


def test_each_picture_is_held_to_its_own_target(target: dict[str, torch.Tensor]) -> None:
    swapped = {block: t.flip(0) for block, t in target.items()}
    assert style_anchor_loss(swapped, target).item() > 0.5


def test_gradcheck() -> None:
    s, t = randn(2, 3, 3, seed=1).requires_grad_(), randn(1, 3, 3, seed=2)
    assert torch.autograd.gradcheck(lambda x: style_anchor_loss({"a": x}, {"a": t}), (s,))


def test_rejects_other_blocks_and_shapes(target: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match="same layers"):
        style_anchor_loss({"mean": target["mean"]}, target)
    with pytest.raises(ValueError, match="'mean'"):
        style_anchor_loss(target | {"mean": target["mean"][:, :3]}, target)
