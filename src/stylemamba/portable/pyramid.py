"""Coarse to fine: the sizes at which a photo is painted, and what each size hands to the next.

The networks paint strokes of a fixed number of pixels. On a large photo these alone would be fine
texture, so a small copy of it is painted first; then the picture is enlarged, gets back the photo's
finest details, and is painted over, until it has the size of the photo. Small photos need one pass.

Nothing here knows whether pictures are NumPy's or torch's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

COARSEST = 540
"""Longest side in pixels, at strokes of natural size, of a picture that is painted in one pass."""
SMALLEST = 64
"""Longer side in pixels below which no pass is made, however large the strokes are to be."""
LARGEST = 2048
"""Longer side in pixels above which a result is enlarged: a pass takes about 1 GB at this size."""
MARGIN = 16
"""Pixels that are put around a photo and cut off again: near a border, strokes make a frame."""
STROKE_GAIN = 0.2
"""Of the stroke fields; 1 in training. There, the statistics of a crop ask for marks even where
the ground is flat, and a painter would leave it so."""
FINE_STRENGTH = 0.5
"""Strength of the passes after the first: they paint over what has the style already."""
LOW_COVERAGE = 0.35
"""Of a prompt, below which users are warned that it is far from everything known."""

Size = tuple[int, int]
Resize = Callable[[Any, Size], Any]
"""(picture, (h, w)) to the picture at that size, bicubic with antialiasing."""


def levels(height: int, width: int, coarsest: float) -> list[Size]:
    """Sizes (h, w) of the passes, each twice the one before; the last is the photo's.

    Args:
        height: Of the photo in pixels.
        width: Of the photo in pixels.
        coarsest: What the longer side of the first is at most.
    """
    sizes = [(height, width)]
    while max(sizes[0]) > max(coarsest, 2 * SMALLEST):
        sizes.insert(0, (-(-sizes[0][0] // 2), -(-sizes[0][1] // 2)))
    return sizes


def coarse_to_fine(
    photo: Any,
    sizes: Sequence[Size],
    paint: Callable[[Any, float], Any],
    resize: Resize,
    picture: Any = None,
) -> Any:
    """Paints a photo at one size after the other.

    Args:
        photo: (..., h, w) in [0, 1].
        sizes: Of the passes.
        paint: (content, share) to its picture; the share is of the full strength.
        resize: Resizes pictures.
        picture: What the photo became at a smaller size already; None to begin with the photo.

    Returns:
        The last picture; the one given where there are no sizes.
    """
    for size in sizes:
        picture = paint(*next_content(resize(photo, size), picture, resize))
    return picture


def next_content(photo: Any, picture: Any, resize: Resize) -> tuple[Any, float]:
    """What is painted next, and at which share of the full strength.

    Args:
        photo: (..., h, w), at the size of the pass.
        picture: What it became at the size before; None for the first pass.
        resize: Resizes pictures.
    """
    if picture is None:
        return photo, 1.0
    size, small = _size(photo), _size(picture)
    details = photo - resize(resize(photo, small), size)
    return (resize(picture, size) + details).clip(0, 1), FINE_STRENGTH


def kept_detail(photo: Any, reconstruction: Any, strength: Any) -> Any:
    """What the autoencoder lost of a photo, as far as the photo is left: at strength 0 all of it.

    Without this, the weakest change would not be the photo but the autoencoder's idea of it.
    """
    return (1 - strength) * (photo - reconstruction)


def _size(picture: Any) -> Size:
    return picture.shape[-2], picture.shape[-1]
