"""Weighted first and second moments of feature maps, in one pass over the memory.

Plain torch operations would walk the features of a 192-pixel picture, tens of megabytes, a dozen
times in each direction. Here a piece is read, used for everything, and dropped while it is in the
processor's cache: three times faster, forward and backward, and nothing but the input is kept.
A GPU would spend its time starting kernels for the pieces, so there it is the plain operations.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

PIECE = 2048  # positions


def weighted_moments(
    features: Tensor, weights: Tensor, projection: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Moments of every picture under every view.

        first = sum_i w_i f_i,  second = sum_i w_i f_i^2,  cross = P^T (sum_i w_i f_i f_i^T) P

    Differentiable once, in the features only.

    Args:
        features: f, (b, n, c), of any floating dtype; channels last in memory is fastest.
        weights: w, (b, k, n) of k views, or (1, k, n) to share them.
        projection: P, (c, p), in the dtype to compute in.

    Returns:
        (b, k, c), (b, k, c) and (b, k, p, p).
    """
    if features.device.type != "cpu":
        return _plain(features, weights, projection)
    moments: tuple[Tensor, Tensor, Tensor] = _WeightedMoments.apply(features, weights, projection)
    return moments


def _plain(features: Tensor, weights: Tensor, projection: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """`weighted_moments`, all pictures at once."""
    f = features.to(projection.dtype)
    w = weights.expand(len(f), -1, -1)
    projected = f @ projection
    cross = [(projected * view[..., None]).mT @ projected for view in w.unbind(1)]
    return w @ f, w @ f.square(), torch.stack(cross, dim=1)


class _WeightedMoments(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weights: Tensor, projection: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        batch, views = len(features), weights.shape[1]
        channels, size = projection.shape
        first = projection.new_zeros(batch, views, channels)
        second = torch.zeros_like(first)
        cross = projection.new_zeros(batch, views, size, size)
        for index, span in _pieces(features):
            f = features[index, span].to(projection.dtype)
            w = weights[index % len(weights), :, span]
            first[index].addmm_(w, f)
            second[index].addmm_(w, f.square())
            projected = f @ projection
            for view, weight in enumerate(w):
                cross[index, view].addmm_((projected * weight[:, None]).T, projected)
        ctx.save_for_backward(features, weights, projection)
        return first, second, cross

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad_first: Tensor, grad_second: Tensor, grad_cross: Tensor
    ) -> tuple[Tensor, None, None]:
        features, weights, projection = ctx.saved_tensors
        grad = torch.empty_like(features)
        symmetric = grad_cross + grad_cross.mT
        for index, span in _pieces(features):
            f = features[index, span].to(projection.dtype)
            w = weights[index % len(weights), :, span]
            piece = (w.T @ grad_second[index]).mul_(f).mul_(2).addmm_(w.T, grad_first[index])
            projected = f @ projection
            grad_projected = torch.zeros_like(projected)
            for view, weight in enumerate(w):
                grad_projected.addcmul_(projected @ symmetric[index, view], weight[:, None])
            grad[index, span] = piece.addmm_(grad_projected, projection.T)
        return grad, None, None


def _pieces(features: Tensor) -> list[tuple[int, slice]]:
    batch, positions = features.shape[:2]
    starts = range(0, positions, PIECE)
    return [(index, slice(start, start + PIECE)) for index in range(batch) for start in starts]
