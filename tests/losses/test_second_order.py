from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from stylemamba.losses import (
    cross_prompt_reference,
    directional_loss,
    previous_step_reference,
    second_order_directional_loss,
)


def deltas(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def previous_step_loss(
    image: torch.Tensor, previous: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    image_reference, text_reference = previous_step_reference(previous, text)
    return second_order_directional_loss(image, image_reference, text, text_reference)


@pytest.mark.parametrize(("sign", "expected"), [(1.0, 0.0), (-1.0, 2.0)])
def test_zero_when_the_changes_are_aligned_and_two_when_opposed(
    sign: float, expected: float
) -> None:
    reference, text, text_reference = (deltas(4, 8, seed=s) for s in range(3))
    image = reference + sign * 0.3 * (text - text_reference)
    loss = second_order_directional_loss(image, reference, text, text_reference)
    assert loss.item() == pytest.approx(expected, abs=1e-12)


def test_ignores_the_lengths_of_the_changes() -> None:
    image, reference, text, text_reference = (deltas(4, 8, seed=s) for s in range(4))
    loss = second_order_directional_loss(image, reference, text, text_reference)
    scaled = second_order_directional_loss(
        reference + 5.0 * (image - reference), reference, 0.1 * text, 0.1 * text_reference
    )
    torch.testing.assert_close(scaled, loss)


def test_exchanging_each_side_with_its_reference_changes_nothing() -> None:
    image, reference, text, text_reference = (deltas(4, 8, seed=s) for s in range(4))
    torch.testing.assert_close(
        second_order_directional_loss(reference, image, text_reference, text),
        second_order_directional_loss(image, reference, text, text_reference),
    )


def test_no_gradient_reaches_the_image_reference() -> None:
    image, reference, text, text_reference = (deltas(4, 8, seed=s) for s in range(4))
    image.requires_grad_()
    reference.requires_grad_()
    second_order_directional_loss(image, reference, text, text_reference).backward()
    assert reference.grad is None
    assert image.grad is not None
    assert (image.grad != 0.0).any()


def test_gradcheck() -> None:
    image, reference, text, text_reference = (deltas(2, 5, seed=s) for s in range(4))
    image.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda x: second_order_directional_loss(x, reference, text, text_reference), (image,)
    )


@pytest.mark.parametrize("rest", [0.0, 1e-5])
def test_pairs_with_nothing_missing_contribute_nothing(rest: float) -> None:
    image, reference, text, text_reference = (deltas(2, 8, seed=s) for s in range(4))
    text_reference[0] = text[0] + rest * F.normalize(deltas(8, seed=9), dim=0)
    image.requires_grad_()
    loss = second_order_directional_loss(image, reference, text, text_reference)
    loss.backward()
    other = directional_loss(image[1] - reference[1], text[1] - text_reference[1])
    torch.testing.assert_close(loss, other / 2)
    assert image.grad is not None
    assert (image.grad[0] == 0.0).all()
    assert (image.grad[1] != 0.0).any()


def test_the_rule_for_nothing_missing_does_not_depend_on_the_scale() -> None:
    image, reference, text, text_reference = (1e-5 * deltas(2, 8, seed=s) for s in range(4))
    assert second_order_directional_loss(image, reference, text, text_reference).item() > 0.1


def test_equal_image_deltas_are_safe() -> None:
    image = deltas(2, 8).requires_grad_()
    loss = second_order_directional_loss(
        image, image.detach(), deltas(2, 8, seed=1), deltas(2, 8, seed=2)
    )
    loss.backward()
    assert loss.item() == 1.0
    assert image.grad is not None
    assert (image.grad == 0.0).all()


def test_all_zeros_are_safe() -> None:
    image = torch.zeros(2, 8, requires_grad=True)
    zeros = torch.zeros(2, 8)
    loss = second_order_directional_loss(image, zeros, zeros, zeros)
    loss.backward()
    assert loss.item() == 0.0
    assert image.grad is not None
    assert (image.grad == 0.0).all()


def test_first_step_is_the_first_order_loss_in_value_and_gradient() -> None:
    text = deltas(8, seed=1)
    image = deltas(3, 8, seed=2).requires_grad_()
    second = previous_step_loss(image, torch.zeros(3, 8, dtype=torch.float64), text)
    first = directional_loss(image, text)
    torch.testing.assert_close(second, first)
    (got,), (expected,) = (torch.autograd.grad(loss, image) for loss in (second, first))
    torch.testing.assert_close(got, expected)


def test_previous_step_reference_has_the_image_direction_and_the_text_length() -> None:
    previous, text = deltas(3, 8, seed=1).requires_grad_(), deltas(8, seed=2).requires_grad_()
    image_reference, text_reference = previous_step_reference(previous, text)
    assert torch.equal(image_reference, previous)
    assert not image_reference.requires_grad
    assert not text_reference.requires_grad
    torch.testing.assert_close(text_reference.norm(dim=-1), text.norm().detach().expand(3))
    torch.testing.assert_close(
        F.normalize(text_reference, dim=-1), F.normalize(previous.detach(), dim=-1)
    )


def test_previous_step_reference_treats_each_row_on_its_own() -> None:
    previous = deltas(3, 8)
    previous[1] = 0.0
    image_reference, text_reference = previous_step_reference(previous, deltas(8, seed=1))
    for reference in (image_reference, text_reference):
        assert (reference[1] == 0.0).all()
        assert torch.isfinite(reference).all()
        assert (reference[[0, 2]] != 0.0).any(dim=-1).all()


def test_an_aligned_previous_step_asks_for_nothing() -> None:
    text = deltas(8).float()
    image = deltas(1, 8, seed=1).float().requires_grad_()
    loss = previous_step_loss(image, 0.37 * text[None], text)
    loss.backward()
    assert loss.item() == 0.0
    assert image.grad is not None
    assert (image.grad == 0.0).all()


def test_a_step_that_minimises_it_points_at_what_is_missing() -> None:
    """dI has only the first of the prompt's two components: the step must add the second."""
    text = torch.tensor([[1.0, 1.0, 0.0]])
    previous = torch.tensor([[0.2, 0.0, 0.0]])
    image = (previous + torch.tensor([[0.01, 0.0, 0.01]])).requires_grad_()
    optimizer = torch.optim.SGD([image], lr=1e-4)
    for _ in range(300):
        optimizer.zero_grad()
        previous_step_loss(image, previous, text).backward()
        optimizer.step()
    step = F.normalize((image - previous).detach(), dim=-1)[0]
    missing = F.normalize(text - torch.tensor([[2.0**0.5, 0.0, 0.0]]), dim=-1)[0]
    assert step @ missing > 0.99


def test_following_it_turns_the_direction_to_the_prompt() -> None:
    text = deltas(1, 8, seed=1)
    previous = torch.zeros_like(text)
    current = 0.5 * deltas(1, 8, seed=2)
    start = F.cosine_similarity(current, text).item()
    for _ in range(60):
        image = current.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(previous_step_loss(image, previous, text), image)
        previous, current = current, current - 0.05 * F.normalize(gradient, dim=-1)
    assert start < 0.2
    assert F.cosine_similarity(current, text).item() > 0.9


def test_cross_prompt_reference_pairs_each_prompt_with_another() -> None:
    image, text = deltas(4, 8, seed=1).requires_grad_(), deltas(4, 8, seed=2)
    image_reference, text_reference = cross_prompt_reference(image, text)
    partner = [3, 0, 1, 2]
    assert torch.equal(image_reference, image[partner])
    assert torch.equal(text_reference, text[partner])
    assert not image_reference.requires_grad


def test_cross_prompt_loss_asks_only_for_the_differences() -> None:
    text = deltas(4, 8, seed=1)
    common = 3.0 * deltas(1, 8, seed=2)
    image = common + 0.5 * text
    aligned = second_order_directional_loss(*with_cross_prompt_reference(image, text))
    assert aligned.item() == pytest.approx(0.0, abs=1e-12)
    assert directional_loss(image, text).item() > 0.1
    collapsed = second_order_directional_loss(
        *with_cross_prompt_reference(common.expand(4, 8), text)
    )
    assert collapsed.item() == 1.0


def test_cross_prompt_loss_of_a_single_prompt_is_zero() -> None:
    image = deltas(1, 8, seed=1).requires_grad_()
    loss = second_order_directional_loss(*with_cross_prompt_reference(image, deltas(1, 8, seed=2)))
    loss.backward()
    assert loss.item() == 0.0
    assert image.grad is not None
    assert (image.grad == 0.0).all()


def test_references_reject_shapes_that_do_not_match() -> None:
    with pytest.raises(ValueError, match="dimension"):
        previous_step_reference(torch.ones(2, 4), torch.ones(2, 1))
    with pytest.raises(ValueError, match="dimension"):
        cross_prompt_reference(torch.ones(2, 4), torch.ones(2, 5))
    with pytest.raises(ValueError, match="prompt"):
        cross_prompt_reference(torch.ones(2, 4), torch.ones(1, 4))


def with_cross_prompt_reference(
    image: torch.Tensor, text: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    image_reference, text_reference = cross_prompt_reference(image, text)
    return image, image_reference, text, text_reference
