from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from stylemamba.losses import safe_cosine


def vectors(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_agrees_with_torch_on_ordinary_vectors() -> None:
    a, b = vectors(4, 3, 6, seed=1), vectors(3, 6, seed=2)
    torch.testing.assert_close(safe_cosine(a, b), F.cosine_similarity(a, b, dim=-1))


def test_is_symmetric() -> None:
    a, b = vectors(5, 6, seed=1), vectors(5, 6, seed=2)
    torch.testing.assert_close(safe_cosine(a, b), safe_cosine(b, a))


@pytest.mark.parametrize("length", [0.0, 1e-9])
def test_zero_vectors_give_zero_and_zero_gradients_on_both_sides(length: float) -> None:
    a = vectors(3, 6, seed=1)
    a[1] = length / 6**0.5
    a.requires_grad_()
    b = vectors(3, 6, seed=2).requires_grad_()
    cosine = safe_cosine(a, b)
    assert cosine[1] == 0.0
    for gradient in torch.autograd.grad(cosine.sum(), (a, b)):
        assert torch.isfinite(gradient).all()
        assert (gradient[1] == 0.0).all()
        assert (gradient[0] != 0.0).any()


def test_nan_is_not_hidden() -> None:
    assert torch.isnan(safe_cosine(torch.tensor([float("nan"), 1.0]), torch.zeros(2)))


def test_half_precision_is_computed_in_float32() -> None:
    a = (vectors(6) * 1e-4).to(torch.float16)
    cosine = safe_cosine(a, a)
    assert cosine.dtype == torch.float32
    torch.testing.assert_close(cosine, torch.tensor(1.0))


def test_gradcheck() -> None:
    a, b = vectors(2, 5, seed=1).requires_grad_(), vectors(2, 5, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(safe_cosine, (a, b))


def test_one_dimensional_vectors_do_not_broadcast_against_longer_ones() -> None:
    with pytest.raises(ValueError, match="dimensions"):
        safe_cosine(torch.ones(2, 5), torch.ones(2, 1))
