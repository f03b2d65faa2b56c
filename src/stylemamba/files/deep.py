"""Pictures of 16 bits a sample, of which Pillow keeps 8: read, turned, converted and resized."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stylemamba.files.icc import Curves, Samples, UnusableProfileError, space_of, to_levels
from stylemamba.portable.srgb import bits_used, scaled

_TOP = 65535
_STRIP = 256
_OTHER = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}
_READ_TWICE = ("RGB;16", "RGBA;16", "RGBX;16", "LA;16")
_GREY_ALPHA = "LA;16B"
_TURNS: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
"""What holds a picture of each EXIF orientation upright."""


@dataclass(frozen=True)
class Opened:
    """A picture that is found in a file, its pixels loaded or not.

    Attributes:
        image: In 8 bits, or as Pillow gives it.
        samples: With 16 bits, (h, w, 1 or 3), where they are not in `image`.
        is_upright: It needs no turning, whatever its EXIF data says.
    """

    image: Image.Image
    samples: Samples | None = None
    is_upright: bool = False


def has_deep_colour(image: Image.Image) -> bool:
    """Whether a picture that is not loaded yet has colours of 16 bits, of which Pillow keeps 8."""
    return any(raw.startswith(_READ_TWICE) for raw in map(_raw_mode, getattr(image, "tile", ())))


def stored_samples(image: Image.Image, again: Callable[[], Image.Image] | None) -> Samples | None:
    """The samples of a loaded picture, (h, w, 1 or 3), if they have more than 8 bits.

    Args:
        image: The picture, not yet turned.
        again: Opens it anew, if it `has_deep_colour`: its lower bytes are what Pillow takes for
            the upper ones if it is told that their order is the other one.
    """
    if again is not None:
        lower: Any = again()
        if _raw_mode(lower.tile[0]) == _GREY_ALPHA:
            return _grey_of_pairs(lower)
        lower.tile = [_swapped(tile) for tile in lower.tile]
        lower.load()
        upper = np.asarray(image)[..., :3].astype(np.uint16)
        return upper << 8 | np.asarray(lower)[..., :3]
    if image.mode == "I" or image.mode.startswith("I;16"):
        values = np.asarray(image)
        if values.min() >= 0 and values.max() <= _TOP:
            return values.astype(np.uint16)[..., None]
    if image.mode == "F":
        return to_levels(scaled(np.asarray(image), 1.0, []))[..., None]
    return None


def _grey_of_pairs(image: Any) -> Samples:
    """The grey of a PNG of grey and alpha: its four bytes a pixel are read as if they were RGBA."""
    image._mode = "RGBA"
    image.tile = [tile._replace(args="RGBA") for tile in image.tile]
    image.load()
    pairs = np.ascontiguousarray(np.asarray(image)).view(">u2")
    return pairs[..., :1].astype(np.uint16)


def deep_srgb(
    samples: Samples, orientation: int, profile: bytes, alpha: Image.Image | None
) -> Samples | None:
    """Samples as they were stored, upright and in sRGB, (h, w, 3); white where `alpha` is 0.

    Returns:
        None if their colour profile works by tables, which are for 8 bits here.
    """
    upright = np.ascontiguousarray(_TURNS.get(orientation, np.asarray)(samples))
    bits = bits_used(float(upright.max()))
    if bits < 16:
        upright = to_levels(upright / np.float32(2**bits - 1))
    if upright.shape[2] == 1:
        upright = upright.repeat(3, 2)
    if profile and space_of(profile) == ("GRAY" if samples.shape[2] == 1 else "RGB"):
        try:
            upright = Curves.of(profile).to_srgb(upright)
        except UnusableProfileError:
            return None
    if alpha is not None:
        upright[np.asarray(alpha) == 0] = _TOP
    return upright


def _strips(samples: Samples) -> Iterator[slice]:
    """Rows that are worked on at a time: large pictures would need several times their memory."""
    return (slice(top, top + _STRIP) for top in range(0, len(samples), _STRIP))


def to_8bit(samples: Samples) -> Image.Image:
    """Samples (h, w, 1 or 3) of 16 bits as a picture of 8, mode L or RGB."""
    levels = np.empty_like(samples, dtype=np.uint8)
    for rows in _strips(samples):
        levels[rows] = np.round(samples[rows] * np.float32(1 / 257))
    return Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)


def blended(over: Samples, under: Samples, mask: Image.Image) -> Samples:
    """`over` where a mask, mode L, is white, and `under` where it is black."""
    share = np.asarray(mask)[..., None]
    made = np.empty_like(under)
    for rows in _strips(under):
        part = share[rows] / np.float32(255)
        made[rows] = np.round(under[rows] + part * (over[rows] - under[rows].astype(np.float32)))
    return made


def resized_planes(
    values: NDArray[Any], resize: Callable[[Image.Image], Image.Image]
) -> NDArray[np.float32]:
    """Each channel of (h, w, 3) as `resize` makes it of a picture in mode F.

    Args:
        values: In [0, 1], or whole numbers of 16 bits, that become so.
        resize: What is done with each.
    """
    top = np.float32(1 if values.dtype.kind == "f" else _TOP)
    planes = (np.ascontiguousarray(values[..., n], np.float32) for n in range(values.shape[-1]))
    return np.stack([np.asarray(resize(Image.fromarray(plane / top))) for plane in planes], -1)


def _raw_mode(tile: Any) -> str:
    arguments = tile[3]
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def _swapped(tile: Any) -> Any:
    raw = _raw_mode(tile)
    mode, _, order = raw.partition(";")
    other = f"{mode};{_OTHER[order]}"
    rest = tile[3][1:] if isinstance(tile[3], tuple) else None
    return tile._replace(args=other if rest is None else (other, *rest))
