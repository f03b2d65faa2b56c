"""Stained glass: panes that follow the photo's regions, in leads, with details painted on them.

Source: Mould, "A Stained Glass Image Filter" (2003): regions of the photo become panes of luminous
colour, small ones are merged, and leads are drawn between them. What is finer than a pane is
grisaille, as on windows: dark enamel that is painted on the glass, so that faces are seen.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Array, luma, spread
from .cells import Sites, Sizes
from .colour import clean, means, rich
from .filters import blurred
from .ground import Ground
from .paint import Amount, lit, over
from .sampling import blocks

SIZES = Sizes(finest=15.0, splits=(0.05, 0.11))
UNLIKE = 0.2  # difference in colour that keeps a pixel out of a pane as much as a leaf's side does
VOTES = 3  # rounds in which borders of panes are smoothed
PHOTO = 0.6  # share of the photo in the colours
GLASS = (0.34, 0.7, 1.2, 1.3)
"""Luminous and of full hue; see `rich`."""
TINTS = np.array([0.13, 0.09, 0.05], dtype=np.float32)
"""Deviation of the logarithm of what panes let through of red, green and blue, by level."""
CALM = 0.6  # share of the surroundings in the colours of fine panes: eyes are painted on skin
ENAMEL, LIGHT, FAINT = 2.0, 0.9, 0.03  # factors of darker and lighter detail; what is left out
GLOW, HALO = 1.12, 0.5  # light in the middle of a pane, and what is less near leads
STREAK, STREAKS = 0.04, (4, 40)  # of light in the glass: deviation, height and width in pixels
MERGED, APART = 0.2, 0.15  # difference between fine panes without a lead, and what more with one
WIDTHS = np.array([1.12, 0.88, 0.7], dtype=np.float32)  # of leads, by the finer pane's level
BOLD = np.float32(0.6)  # of which leads are wider by the difference between their panes
LEAD = np.array([0.06, 0.06, 0.07], dtype=np.float32)
SHINE = 0.3  # of light on leads
LEAD_FROM, LEAD_TO = 0.28, 0.42  # nearness to a border at the sides of a lead, out and in


def paint_glass(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in stained glass, in [0, 1]; see `brushwork`."""
    photo = blocks(ground.photo, ground.pitch)
    sites = Sites(ground, SIZES, rng)
    number = sites.nearest(sites.padded(blurred(photo, 0.7)), UNLIKE)
    for _ in range(VOTES):
        number = _voted(number)
    number = sites.cut(number)
    seen = means(photo, number, sites.level.size)
    panes = _panes(clean(picture, ground, PHOTO), number, sites, rng)
    near = _leads(number, seen, sites)
    number = ground.repeated(number)
    detail = luma(ground.photo) - luma(panes[1]).take(number)
    detail = np.sign(detail) * (np.abs(detail) - FAINT).clip(0)
    light = (1 + detail * np.where(detail < 0, np.float32(ENAMEL), np.float32(LIGHT))).clip(
        0.15, 1.3
    )
    halo = blurred(near > LEAD_FROM, 3.2)
    light *= ground.spread(GLOW - HALO * halo)
    knots = [
        int(n / (side * ground.scale)) + 2 for n, side in zip(ground.shape, STREAKS, strict=True)
    ]
    light += STREAK * spread(rng.standard_normal(knots, dtype=np.float32), ground.shape)
    glass = np.take(panes[0], number, axis=1) * light
    near = ground.spread(near)
    lead = LEAD[:, None, None] + SHINE * lit(2 * near).clip(0, 1)
    glass += ((near - LEAD_FROM) / (LEAD_TO - LEAD_FROM)).clip(0, 1) * (lead - glass)
    return over(picture, glass, amount)


def _panes(colours: Array, number: Array, sites: Sites, rng: np.random.Generator) -> Array:
    """Colours of panes, and of what they show of the picture, (2, 3, count).

    Fine panes of one root of the tree are tinted alike: those without leads between them are one.
    """
    count = sites.level.size
    fine = sites.level == len(SIZES.splits)
    own = means(np.concatenate([colours, blurred(colours, 6.5)]), number, count)
    shown = own[:3] + np.float32(CALM) * fine.astype(np.float32) * (own[3:] - own[:3])
    _, first, root = np.unique(sites.root, return_index=True, return_inverse=True)
    alike = np.where(fine, first[root], np.arange(count))
    tint = TINTS[sites.level] * rng.standard_normal((3, count), dtype=np.float32)[:, alike]
    return np.stack([rich(shown, *GLASS) * np.exp(tint), shown])


def _voted(number: Array) -> Array:
    """Of the numbers of a pixel and its four neighbours, the most frequent around it."""
    rows, columns = number.shape
    padded = np.pad(number, 1, mode="edge")
    around = [padded[i : i + rows, j : j + columns] for i, j in np.ndindex(3, 3)]
    best, most = number, np.zeros(number.shape, dtype=np.int8)
    for candidate in (around[k] for k in (4, 1, 3, 5, 7)):
        votes = np.zeros(number.shape, dtype=np.int8)
        for other in around:
            votes += candidate == other
        best = np.where(votes > most, candidate, best)
        most = np.maximum(most, votes)
    return best


def _leads(number: Array, seen: Array, sites: Sites) -> Array:
    """How near each pixel is to a border with a lead, about 0.5 there, more for wide ones, (h, w).

    Fine panes that look alike are merged, unless they are of different roots of the tree.
    """
    root, level, finest = sites.root, sites.level, len(SIZES.splits)
    parts = []
    for axis in (0, 1):
        along = np.moveaxis(number, axis, 0)
        a, b = along[:-1], along[1:]
        unlike = np.sqrt(sum(np.square(part.take(a) - part.take(b)) for part in seen))
        lead = ((unlike - MERGED) / APART).clip(0, 1)
        broad = np.minimum(level.take(a), level.take(b)) < finest
        lead = np.where(broad | (root.take(a) != root.take(b)), np.float32(1), lead)
        lead *= WIDTHS[np.maximum(level.take(a), level.take(b))] + BOLD * unlike.clip(0, 0.6)
        lead *= a != b
        lead = np.pad(lead, ((1, 1), (0, 0)))
        # Half of it on either side of the border, and even along it.
        lead = np.pad((lead[1:] + lead[:-1]) / 2, ((0, 0), (1, 1)), mode="edge")
        lead = (lead[:, :-2] + 2 * lead[:, 1:-1] + lead[:, 2:]) / 4
        parts.append(np.moveaxis(lead, 0, axis))
    return np.hypot(*parts).astype(np.float32)
