"""Other views of a photo, which should be painted as the photo is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image, ImageOps

CROP_SHARE = 0.7


def left_part(image: Image.Image) -> Image.Image:
    """The left 70 % of the columns, one at least."""
    return image.crop((0, 0, max(1, round(CROP_SHARE * image.width)), image.height))


VIEWS: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "mirror": ImageOps.mirror,
    "crop": left_part,
}
"""What makes each of them of the photo, by the name that its files have."""
