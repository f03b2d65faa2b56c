from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylemamba.encoders import moments
from stylemamba.encoders.moments import weighted_moments


def definition(
    features: Tensor, weights: Tensor, projection: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    weights = weights.expand(len(features), -1, -1)
    first = torch.einsum("bkn,bnc->bkc", weights, features)
    second = torch.einsum("bkn,bnc->bkc", weights, features**2)
    full = torch.einsum("bkn,bnc,bnd->bkcd", weights, features, features)
    return first, second, projection.T @ full @ projection


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("piece", [4, 7, 100, None])
def test_values_and_gradients(
    shared: bool, piece: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces as on the CPU, and all at once as on a GPU."""
    monkeypatch.setattr(moments, "PIECE", piece)
    torch.manual_seed(0)
    features = torch.randn(2, 21, 5, dtype=torch.float64, requires_grad=True)
    weights = torch.rand(1 if shared else 2, 3, 21, dtype=torch.float64)
    projection = torch.randn(5, 4, dtype=torch.float64)
    expected = definition(features, weights, projection)
    function = moments._plain if piece is None else weighted_moments
    actual = function(features, weights, projection)
    loads = [torch.randn_like(part) for part in expected]
    for one, other in zip(actual, expected, strict=True):
        torch.testing.assert_close(one, other)
    (grad,) = torch.autograd.grad(actual, features, loads)
    (expected_grad,) = torch.autograd.grad(expected, features, loads)
    torch.testing.assert_close(grad, expected_grad)


def test_half_precision_features_are_summed_in_the_projections_precision() -> None:
    torch.manual_seed(0)
    features = (torch.randn(1, 5000, 3) + 8).bfloat16().requires_grad_()
    weights = torch.full((1, 1, 5000), 1 / 5000)
    first, _, cross = weighted_moments(features, weights, torch.eye(3))
    torch.testing.assert_close(first[0, 0], features.double().mean((0, 1)).float())
    assert first.dtype == cross.dtype == torch.float32
    first.sum().backward()
    assert features.grad is not None and features.grad.dtype == torch.bfloat16
