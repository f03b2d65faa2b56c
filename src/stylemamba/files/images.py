"""Reading and writing pictures, and the way between Pillow and tensors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from stylemamba.files.deep import resized_planes
from stylemamba.files.encoding import (
    check_output,
    encoded,
    has_quality,
    is_writable_name,
    keeps_alpha,
    on_white,
    write_image,
)
from stylemamba.files.photo import as_photo
from stylemamba.files.reading import MAX_PIXELS, Photo, read_image

if TYPE_CHECKING:  # torch takes over a second to import; a wrong file name should not wait for it
    from torch import Tensor

__all__ = [
    "MAX_PIXELS",
    "Photo",
    "as_photo",
    "check_output",
    "encoded",
    "fit_size",
    "has_quality",
    "is_writable_name",
    "keeps_alpha",
    "on_white",
    "photo_tensor",
    "read_image",
    "resize",
    "resize_tile",
    "tensor_at",
    "to_pil",
    "to_tensor",
    "write_image",
]

LANCZOS_REACH = 3  # of Pillow's filter, in pixels of the smaller picture


def to_tensor(image: Image.Image) -> Tensor:
    """A picture as float32 in [0, 1], shape (1, 3, height, width)."""
    import torch

    pixels = np.array(image.convert("RGB"), dtype=np.float32)
    return torch.from_numpy(pixels).permute(2, 0, 1).div_(255).unsqueeze(0).contiguous()


def to_pil(tensor: Tensor) -> Image.Image:
    """A picture from a tensor (1, 3, height, width) or (3, height, width), clamped to [0, 1].

    Raises:
        ValueError: Any other shape.
    """
    import torch

    picture = tensor.detach()
    if picture.ndim == 4 and picture.shape[0] == 1:
        picture = picture[0]
    if picture.ndim != 3 or picture.shape[0] != 3:
        raise ValueError(f"expected (1, 3, h, w) or (3, h, w), got {tuple(tensor.shape)}")
    picture = torch.nan_to_num(picture.to("cpu", torch.float32)).clamp(0, 1)
    return Image.fromarray(picture.mul(255).round().byte().permute(1, 2, 0).contiguous().numpy())


def fit_size(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """The (width, height) of the same shape whose longer side is `long_side`, at least 1 px each.

    It enlarges as well as reduces; a caller who wants no enlargement passes
    `min(long_side, max(size))`.

    Raises:
        ValueError: A side or `long_side` is below 1.
    """
    width, height = size
    if min(width, height, long_side) < 1:
        raise ValueError(f"sizes must be at least 1, got {size} and {long_side}")
    scale = long_side / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def resize(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at `size` (width, height), Lanczos-filtered."""
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def resize_tile(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    """As `resize`, of a picture that goes on at its opposite border."""
    if tile.size == size:
        return tile
    width, height = tile.size
    margin = LANCZOS_REACH * math.ceil(max(1, width / size[0], height / size[1]))
    pixels = np.asarray(tile)
    sides = ((margin, margin),) * 2 + ((0, 0),) * (pixels.ndim - 2)
    around = np.pad(pixels, sides, mode="wrap")
    inside = (margin, margin, margin + width, margin + height)
    return Image.fromarray(around).resize(size, Image.Resampling.LANCZOS, box=inside)


def photo_tensor(photo: Photo, long_side: int) -> Tensor:
    """A photo as `tensor_at` gives it, with all of its bits."""
    if photo.deep is None:
        return tensor_at(photo.rgb, long_side)
    import torch

    size = fit_size(photo.rgb.size, long_side)
    values = resized_planes(photo.deep, lambda plane: resize(plane, size)).clip(0, 1)
    return torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0).contiguous()


def tensor_at(image: Image.Image, long_side: int) -> Tensor:
    """The RGB picture (1, 3, h, w) in [0, 1], its longer side scaled to that number of pixels."""
    return to_tensor(resize(image, fit_size(image.size, long_side)))
