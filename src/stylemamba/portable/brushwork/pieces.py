"""Colours of the pieces, as dots, tiles and panes, that a picture is made of: clean, or rich."""

from __future__ import annotations

from ..filters import guided
from ..geometry import Array, luma
from ..sampling import blocks
from .ground import Ground

GUIDE, NOISE = 4, 0.03
"""Of colours guided by luma: radius in cells of the grid, deviation of luma that is smoothed."""
DARKEST = 0.02  # that is divided by


def clean(picture: Array, ground: Ground, share: float) -> Array:
    """The colours (3, h', w') of a picture (3, h, w) without its texture.

    Args:
        picture: In [0, 1].
        ground: Its photo has the edges.
        share: Of the photo in the colours.
    """
    photo = blocks(ground.photo, ground.pitch)
    painted = guided(blocks(picture, ground.pitch), luma(photo), GUIDE, NOISE).clip(0, 1)
    return share * photo + (1 - share) * painted


def rich(colours: Array, dark: float, light: float, least: float, more: float) -> Array:
    """Colours (3, ...) of fuller hue, the more so the darker they are; none is clipped.

    Args:
        colours: In [0, 1].
        dark: The greatest channel of black, afterwards.
        light: What that of white is more.
        least: The power that ratios to the greatest channel are raised to, in white.
        more: What it is more in black.
    """
    colours = colours.clip(DARKEST, 1)
    most = colours.max(0)
    power = least + more * (1 - luma(colours))
    result: Array = (dark + light * most) * (colours / most) ** power
    return result
