from __future__ import annotations

import pytest
import torch

from stylemamba.losses import total_variation_loss


def pictures(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_zero_only_for_flat_pictures() -> None:
    assert total_variation_loss(torch.full((2, 3, 5, 4), 0.3)).item() == 0.0
    assert total_variation_loss(pictures(2, 3, 5, 4)).item() > 0.1


def test_checkerboard_reaches_the_maximum() -> None:
    board = (torch.arange(6)[:, None] + torch.arange(7)) % 2
    assert total_variation_loss(board.expand(1, 3, 6, 7).float()).item() == 2.0


def test_ramp_by_hand() -> None:
    ramp = torch.arange(5.0) / 10
    assert total_variation_loss(ramp.expand(1, 3, 4, 5)).item() == pytest.approx(0.01)


def test_ignores_brightness_flips_and_transposition() -> None:
    x = pictures(2, 3, 5, 4)
    loss = total_variation_loss(x)
    for same in (x + 0.2, 1.0 - x, x.flip(-1), x.flip(-2), x.transpose(-1, -2)):
        torch.testing.assert_close(total_variation_loss(same), loss)


def test_grows_with_the_square_of_contrast_and_not_with_size() -> None:
    x = pictures(1, 3, 4, 4)
    torch.testing.assert_close(total_variation_loss(3.0 * x), 9.0 * total_variation_loss(x))
    board = ((torch.arange(64)[:, None] + torch.arange(64)) % 2).expand(1, 3, 64, 64).double()
    torch.testing.assert_close(
        total_variation_loss(board), total_variation_loss(board[..., :8, :8])
    )


@pytest.mark.parametrize("size", [(1, 1), (1, 6), (6, 1)])
def test_sides_of_one_pixel_are_safe(size: tuple[int, int]) -> None:
    x = pictures(2, 3, *size).requires_grad_()
    loss = total_variation_loss(x)
    loss.backward()
    assert torch.isfinite(loss)
    assert (loss.item() == 0.0) == (size == (1, 1))
    assert x.grad is not None
    assert torch.isfinite(x.grad).all()


def test_gradcheck() -> None:
    assert torch.autograd.gradcheck(total_variation_loss, (pictures(1, 3, 3, 4).requires_grad_(),))
