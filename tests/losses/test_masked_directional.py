from __future__ import annotations

import pytest
import torch

from stylemamba.losses import directional_loss, masked_directional_loss, random_patch_masks


def randn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def encode(images: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
    """A toy encoder: channel means over the visible pixels, (b, 3, h, w) -> (b, k, 3)."""
    visible = torch.einsum("bchw,bkhw->bkc", images, masks)
    return visible / masks.sum(dim=(-2, -1)).unsqueeze(-1)


@pytest.mark.parametrize(("sign", "expected"), [(1.0, 0.0), (-1.0, 2.0)])
def test_zero_when_every_view_is_aligned_and_two_when_opposed(sign: float, expected: float) -> None:
    x, text = randn(2, 3, 8, seed=1), randn(2, 8, seed=2)
    y = x + sign * torch.tensor([0.5, 1.0, 9.0]).view(1, 3, 1) * text[:, None]
    assert masked_directional_loss(y, x, text).item() == pytest.approx(expected, abs=1e-12)


def test_is_the_mean_of_the_directional_losses_of_the_views() -> None:
    y, x, text = randn(2, 3, 8, seed=1), randn(2, 3, 8, seed=2), randn(2, 8, seed=3)
    views = [directional_loss(y[:, k] - x[:, k], text) for k in range(3)]
    torch.testing.assert_close(masked_directional_loss(y, x, text), torch.stack(views).mean())


def test_each_region_follows_its_own_prompt() -> None:
    x, text = randn(2, 3, 8, seed=1), randn(2, 3, 8, seed=2)
    assert masked_directional_loss(x + text, x, text).item() == pytest.approx(0.0, abs=1e-12)
    swapped = masked_directional_loss(x + text, x, text.roll(1, dims=1))
    assert swapped.item() > 0.3


def test_text_is_matched_to_pictures_when_batch_and_views_are_equal() -> None:
    x, text = randn(3, 3, 8, seed=1), randn(3, 8, seed=2)
    assert masked_directional_loss(x + text[:, None], x, text).item() < 1e-12
    assert masked_directional_loss(x + text[None], x, text).item() > 0.3


def test_one_direction_may_serve_all_pictures() -> None:
    y, x, text = randn(2, 3, 8, seed=1), randn(2, 3, 8, seed=2), randn(1, 8, seed=3)
    torch.testing.assert_close(
        masked_directional_loss(y, x, text), masked_directional_loss(y, x, text.expand(2, 8))
    )


def test_hidden_places_of_either_picture_do_not_matter() -> None:
    masks = random_patch_masks(1, 8, 8, (4, 4), 0.5, torch.Generator().manual_seed(0)).double()
    x, y, text = randn(1, 3, 8, 8, seed=1), randn(1, 3, 8, 8, seed=2), randn(1, 3, seed=3)
    loss = masked_directional_loss(encode(y, masks), encode(x, masks), text)
    changed = [p + 100.0 * randn(1, 3, 8, 8, seed=4) * (1.0 - masks) for p in (y, x)]
    hidden = masked_directional_loss(encode(changed[0], masks), encode(changed[1], masks), text)
    torch.testing.assert_close(hidden, loss)


def test_views_that_did_not_move_are_safe() -> None:
    x = randn(2, 3, 8)
    y = x.clone().requires_grad_()
    loss = masked_directional_loss(y, x, randn(2, 8, seed=1))
    loss.backward()
    assert loss.item() == 1.0
    assert y.grad is not None
    assert (y.grad == 0.0).all()


def test_gradcheck() -> None:
    y, x, text = randn(2, 3, 4, seed=1).requires_grad_(), randn(2, 3, 4, seed=2), randn(2, 4)
    assert torch.autograd.gradcheck(lambda e: masked_directional_loss(e, x, text), (y,))


@pytest.mark.parametrize(
    ("y_shape", "x_shape", "text_shape"),
    [
        ((2, 8), (2, 8), (2, 8)),
        ((2, 3, 8), (2, 1, 8), (2, 8)),
        ((2, 3, 8), (2, 3, 8), (3, 8)),
        ((2, 3, 8), (2, 3, 8), (8,)),
        ((2, 3, 8), (2, 3, 8), (2, 3, 1)),
    ],
)
def test_rejects_shapes_that_do_not_match(
    y_shape: tuple[int, ...], x_shape: tuple[int, ...], text_shape: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="got"):
        masked_directional_loss(torch.ones(y_shape), torch.ones(x_shape), torch.ones(text_shape))
