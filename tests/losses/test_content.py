from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from stylemamba.losses import content_loss


def maps(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_zero_for_the_same_content_and_symmetric() -> None:
    x, y = {"a": maps(2, 3, 4, 5, seed=1)}, {"a": maps(2, 3, 4, 5, seed=2)}
    assert content_loss(x, x).item() == 0.0
    assert content_loss(y, x).item() > 0.5
    torch.testing.assert_close(content_loss(y, x), content_loss(x, y))


def test_ignores_the_mean_and_gain_of_each_channel() -> None:
    x = maps(2, 3, 6, 6)
    gain, shift = maps(2, 3, 1, 1, seed=1).abs() + 0.5, 10.0 * maps(2, 3, 1, 1, seed=2)
    assert content_loss({"a": gain * x + shift}, {"a": x}).item() < 1e-8


def test_four_for_inverted_content() -> None:
    x = maps(2, 3, 6, 6)
    assert content_loss({"a": -x}, {"a": x}).item() == pytest.approx(4.0, rel=1e-3)


def test_sees_a_change_of_layout() -> None:
    x = maps(1, 3, 6, 6)
    assert content_loss({"a": x.flip(-1)}, {"a": x}).item() > 0.5


def test_agrees_with_torch_instance_norm() -> None:
    y, x = maps(2, 3, 4, 5, seed=1), maps(2, 3, 4, 5, seed=2)
    expected = F.mse_loss(F.instance_norm(y), F.instance_norm(x))
    torch.testing.assert_close(content_loss({"a": y}, {"a": x}), expected)


def test_is_the_mean_over_layers_whatever_their_size_and_order() -> None:
    y = {"a": maps(2, 3, 8, 8, seed=1), "b": maps(2, 5, 4, 4, seed=2)}
    x = {"b": maps(2, 5, 4, 4, seed=3), "a": maps(2, 3, 8, 8, seed=4)}
    each = [content_loss({k: y[k]}, {k: x[k]}) for k in y]
    torch.testing.assert_close(content_loss(y, x), torch.stack(each).mean())


def test_one_photo_serves_several_pictures() -> None:
    y, x = maps(3, 2, 4, 4, seed=1), maps(1, 2, 4, 4, seed=2)
    torch.testing.assert_close(
        content_loss({"a": y}, {"a": x}), content_loss({"a": y}, {"a": x.expand(3, 2, 4, 4)})
    )


@pytest.mark.parametrize("size", [(1, 1), (4, 4)])
def test_maps_without_variation_are_safe(size: tuple[int, int]) -> None:
    y = torch.full((2, 3, *size), 0.7, requires_grad=True)
    loss = content_loss({"a": y}, {"a": torch.zeros(2, 3, *size)})
    loss.backward()
    assert loss.item() == pytest.approx(0.0, abs=1e-6)
    assert y.grad is not None
    assert torch.isfinite(y.grad).all()


def test_half_precision_is_computed_in_float32() -> None:
    x = {"a": maps(1, 2, 4, 4).bfloat16()}
    assert content_loss(x, x).dtype == torch.float32


def test_gradcheck() -> None:
    y, x = maps(1, 2, 3, 3, seed=1).requires_grad_(), maps(1, 2, 3, 3, seed=2)
    assert torch.autograd.gradcheck(lambda f: content_loss({"a": f}, {"a": x}), (y,))


def test_rejects_other_layers_and_shapes() -> None:
    ones = torch.ones(2, 3, 4, 4)
    with pytest.raises(ValueError, match="same layers"):
        content_loss({}, {})
    with pytest.raises(ValueError, match="same layers"):
        content_loss({"a": ones, "b": ones}, {"a": ones})
    with pytest.raises(ValueError, match="'a'"):
        content_loss({"a": ones}, {"a": ones[:, :1]})
    with pytest.raises(ValueError, match="'a'"):
        content_loss({"a": ones[:1]}, {"a": ones})
