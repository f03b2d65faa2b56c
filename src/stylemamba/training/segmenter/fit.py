"""Fitting of the segmenter's head to targets."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.portable.geometry import Array
from stylemamba.runtime.precision import fast_autocast
from stylemamba.segmentation.network import MaskHead
from stylemamba.training.loop import log, warmup_cosine
from stylemamba.training.segmenter.features import FeatureCache

BATCH = 24
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.02
OVERLAP_WEIGHT = 0.5
FACE_WEIGHT = 3.0  # of places with a face: they are one in fifty
LEAST_SHARE = 0.002  # of a picture, below which a mask's overlap says little


def mask_loss(logits: Tensor, values: Tensor, weights: Tensor, emphasis: Tensor) -> Tensor:
    """Binary cross-entropy, and one minus the soft overlap of masks that are there.

    Sources: the soft intersection over union is that of Rahman and Wang, "Optimizing
    Intersection-Over-Union in Deep Neural Networks for Image Segmentation" (2016).

    Args:
        logits: (b, words, h, w).
        values: What they should be, 0 to 1.
        weights: How much each place counts, 0 to 1.
        emphasis: (words,), of places where the word's thing is.
    """
    weighted = weights * (1 + (emphasis.view(-1, 1, 1) - 1) * values)
    entropy = F.binary_cross_entropy_with_logits(logits, values, weighted, reduction="none")
    entropy = entropy.sum((0, 2, 3)) / weighted.sum((0, 2, 3)).clamp_min(1)
    likely = logits.sigmoid()
    common = (weights * likely * values).sum((2, 3))
    union = (weights * (likely + values - likely * values)).sum((2, 3))
    there = (weights * values).mean((2, 3)) > LEAST_SHARE
    missed = ((1 - common / union.clamp_min(1e-6)) * there).sum(0) / there.sum(0).clamp_min(1)
    return entropy.sum() + OVERLAP_WEIGHT * missed.sum()


def fit_head(
    head: MaskHead,
    features: FeatureCache,
    chosen: Sequence[int],
    values: Array,
    weights: Array,
    steps: int,
    seed: int,
    emphasis: Tensor,
) -> None:
    """Trains a head, in place, and leaves it in evaluation mode.

    Args:
        head: Untrained.
        features: Of all views.
        chosen: Numbers of the views to train on.
        values: (views, words, 64, 64), uint8, 255 where the word's thing is.
        weights: Likewise, how much each place counts.
        steps: Of AdamW.
        seed: Of the batches.
        emphasis: See `mask_loss`.
    """
    started = time.monotonic()
    head.train().requires_grad_(True)
    optimizer = torch.optim.AdamW(
        head.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.99)
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: warmup_cosine(step, step / steps)
    )
    rng = np.random.default_rng(seed)
    order: list[int] = []
    for step in range(steps):
        if len(order) < BATCH:
            order += rng.permutation(chosen).tolist()
        batch, order = np.array(sorted(order[:BATCH])), order[BATCH:]
        truth, weight = (torch.from_numpy(maps[batch]).float() / 255 for maps in (values, weights))
        with fast_autocast():
            logits = head(features[batch])
        loss = mask_loss(logits.float(), truth, weight, emphasis)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            log(f"step {step} loss {loss.item():.3f} {time.monotonic() - started:.0f} s")
    head.eval().requires_grad_(False)


@torch.no_grad()
def answers(head: MaskHead, features: FeatureCache, chosen: Sequence[int]) -> Array:
    """Likelihoods (n, words, 64, 64) of some views, float32."""
    parts = [
        head(features[np.array(chosen[start : start + BATCH])]).sigmoid().numpy()
        for start in range(0, len(chosen), BATCH)
    ]
    return np.concatenate(parts)
