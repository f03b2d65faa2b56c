"""Masks of the sky without a teacher: from labels of whole photos and the photos' own colours.

A photo without sky has none anywhere; in one with sky, it is on top rather than at the bottom. A
head that is fitted to no more than that tells sky from ceilings, if not where it ends. Each photo's
colours say that (Rother et al., "GrabCut", 2004, with a guided filter in place of the cut), and the
next round learns what they say (Lee, "Pseudo-Label", 2013).
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from stylemamba.portable.geometry import Array, box, luma
from stylemamba.portable.segments import follow_edges
from stylemamba.training.data import Record
from stylemamba.training.segmenter.labels import Labels
from stylemamba.training.segmenter.targets import SIDE, Targets
from stylemamba.training.segmenter.teachers import MASK_SIDE

TOP = 0.08  # of a photo's height, sky in most photos that have some
BOTTOM = 0.35  # never sky in upright ones
DOUBTED = 0.5  # weight of the top: there are trees
BINS = np.array([12, 12, 12, 4])  # of luma, two differences of colour, and texture
SMOOTH = (0.7, 0.7, 0.7, 0.5)  # deviations of the histograms' smoothing, in bins
CALM = (0.004, 0.064)  # deviations of luma within 5 pixels, least and most that are told apart
TRUST = 0.7  # power of the odds that the head gives
ROUNDS = 4  # of colours and masks by turns
SURE = (0.1, 0.9)  # likelihoods from which an answer is believed in paintings
LEAST_SHARE = 0.03  # of a painting that is sky, where there is some
AT_TOP = 0.2  # and of its upper border


def first_targets(record: Record, labels: Labels) -> Targets:
    """What the labels say of the sky (1, 64, 64)."""
    values, weights = np.zeros((2, 1, SIDE, SIDE), dtype=np.float32)
    known = labels.answer("sky", record)
    if known == "no":
        weights[:] = 1
    elif known == "yes" and labels.is_upright(record):
        values[:, : round(TOP * SIDE)] = 1
        weights[:, : round(TOP * SIDE)] = DOUBTED
        weights[:, -round(BOTTOM * SIDE) :] = 1
    return Targets(values, weights)


def next_targets(record: Record, labels: Labels, likely: Array, picture: Image.Image) -> Targets:
    """What a head's answer teaches the next of the sky (1, 128, 128).

    Args:
        record: The picture's row.
        labels: What is known of it.
        likely: The answer (64, 64), 0 to 1.
        picture: The picture.
    """
    known = labels.answer("sky", record)
    shape = (1, MASK_SIDE, MASK_SIDE)
    if known == "no":
        return Targets(np.zeros(shape), np.ones(shape))
    if known == "yes":
        small = picture.resize((MASK_SIDE, MASK_SIDE), Image.Resampling.BILINEAR)
        colours = np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 255
        return Targets(by_colours(likely, colours)[None], np.ones(shape))
    resized = Image.fromarray(likely).resize(shape[:0:-1], Image.Resampling.BILINEAR)
    smooth = np.asarray(resized)[None]
    trusted = smooth < SURE[0]
    if record.folder == "paintings" and _is_sky(likely):
        trusted |= smooth > SURE[1]
    return Targets((smooth > 0.5).astype(np.float32), trusted.astype(np.float32))


def by_colours(likely: Array, colours: Array) -> Array:
    """Which places of a photo are sky (h, w), by whether sky or the rest has colours like theirs.

    Args:
        likely: What a head thinks (r, c), 0 to 1.
        colours: Of the photo (3, h, w), 0 to 1.
    """
    image = Image.fromarray(likely).resize(colours.shape[:0:-1], Image.Resampling.BILINEAR)
    prior = np.asarray(image).clip(0.02, 0.98)
    odds = (prior / (1 - prior)) ** TRUST
    bins = _bins(colours)
    mask = prior
    for _ in range(ROUNDS):
        counts = np.zeros((2, *BINS))
        np.add.at(counts[0], bins, mask**2)
        np.add.at(counts[1], bins, (1 - mask) ** 2)
        sky, rest = (gaussian_filter(part / part.sum(), SMOOTH) + 1e-5 for part in counts)
        ratio = odds * (sky / rest)[bins]
        posterior = (ratio / (1 + ratio)).astype(np.float32)
        mask = follow_edges(posterior, colours, colours).clip(0.001, 0.999)
    return mask


def _bins(colours: Array) -> tuple[Array, ...]:
    """In which bins of the histograms the pixels of a photo (3, h, w) are."""
    red, green, blue = colours
    light = luma(colours)
    deviation = np.sqrt((box(light * light, 2) - box(light, 2) ** 2).clip(0))
    texture = np.log2(deviation.clip(*CALM) / CALM[0]) / np.log2(CALM[1] / CALM[0])
    shares = (light, (red - blue + 1) / 2, (0.9 * (2 * green - red - blue) + 1) / 2, texture)
    return tuple(
        (share * count).astype(int).clip(0, count - 1)
        for share, count in zip(shares, BINS, strict=True)
    )


def _is_sky(likely: Array) -> bool:
    """Whether an answer in a painting is large, and at the upper border."""
    found = likely > SURE[1]
    return bool(found.mean() > LEAST_SHARE and found[:3].mean() > AT_TOP)
