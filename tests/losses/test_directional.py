from __future__ import annotations

import pytest
import torch

from stylemamba.losses import directional_loss


def deltas(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("sign", "expected"), [(1.0, 0.0), (-1.0, 2.0)])
def test_zero_when_aligned_and_two_when_opposed(sign: float, expected: float) -> None:
    text = deltas(4, 8)
    assert directional_loss(sign * 3.0 * text, text).item() == pytest.approx(expected, abs=1e-12)


def test_one_at_right_angles() -> None:
    image, text = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 5.0]])
    assert directional_loss(image, text).item() == 1.0


def test_ignores_the_lengths_and_the_order_of_the_arguments() -> None:
    image, text = deltas(4, 8, seed=1), deltas(4, 8, seed=2)
    loss = directional_loss(image, text)
    torch.testing.assert_close(directional_loss(7.0 * image, 0.01 * text), loss)
    torch.testing.assert_close(directional_loss(text, image), loss)


def test_is_the_mean_over_a_broadcast_text_delta() -> None:
    image, text = deltas(4, 8, seed=1), deltas(8, seed=2)
    each = torch.stack([directional_loss(row, text) for row in image])
    torch.testing.assert_close(directional_loss(image, text), each.mean())


def test_unmoved_picture_has_finite_loss_and_no_gradient() -> None:
    image = torch.zeros(2, 8, requires_grad=True)
    loss = directional_loss(image, torch.ones(8))
    loss.backward()
    assert loss.item() == 1.0
    assert image.grad is not None
    assert (image.grad == 0.0).all()


def test_gradcheck() -> None:
    image, text = deltas(3, 5, seed=1).requires_grad_(), deltas(5, seed=2)
    assert torch.autograd.gradcheck(lambda x: directional_loss(x, text), (image,))


def test_rejects_embeddings_of_different_dimension() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        directional_loss(torch.ones(2, 4), torch.ones(2, 5))
