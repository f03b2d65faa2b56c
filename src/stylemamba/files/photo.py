"""What the Python call takes as a photo."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from stylemamba.files.reading import Photo, read_image
from stylemamba.portable.srgb import to_srgb

if TYPE_CHECKING:
    from torch import Tensor

_TAKEN = (
    "a photo is a path, a Pillow picture, a NumPy array (h, w), (h, w, 3) or (h, w, 4), "
    "or a torch tensor (3, h, w) or (1, 3, h, w) in [0, 1]"
)
_FULL = {"u1": 255.0, "u2": 65535.0, "f2": 1.0, "f4": 1.0, "f8": 1.0}
"""White, for each type of sample that an array may have."""


def as_photo(value: object) -> Photo:
    """A photo from whatever a caller has.

    Args:
        value: A path, a Pillow picture, a `Photo`, a NumPy array (h, w), (h, w, 3) or (h, w, 4) of
            uint8, uint16 or floating point in [0, 1], or a torch tensor (3, h, w) or (1, 3, h, w)
            in [0, 1].

    Returns:
        The photo, upright and in sRGB; its path is `Path()` if it was not read here.

    Raises:
        TypeError: It is something else.
        ValueError: It has another shape, no pixels, or values out of range.
        StyleMambaError: As `read_image`.
    """
    if isinstance(value, Photo):
        return value
    if isinstance(value, (str, os.PathLike)):
        name = os.fspath(value)
        if not isinstance(name, str):
            raise TypeError(f"{_TAKEN}; this path is bytes: pass os.fsdecode(path)")
        return read_image(name)
    if isinstance(value, Image.Image):
        return _from_pillow(value)
    if isinstance(value, np.ndarray):
        return _from_array(value)
    torch = sys.modules.get("torch")  # nobody has a tensor before it is imported
    if torch is not None and isinstance(value, torch.Tensor):
        return _from_tensor(value)
    raise TypeError(f"{_TAKEN}; got {type(value).__name__}")


def _from_pillow(image: Image.Image) -> Photo:
    if min(image.size) < 1:
        raise ValueError(f"{_TAKEN}; this picture has no pixels")
    deep = ";16" in str(getattr(image, "tile", ""))
    image.load()
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # EXIF blocks are often damaged; the picture is not
        image = image.copy()
    rgb, alpha, notes = to_srgb(image, deep=deep)
    return Photo(rgb, alpha, Path(), tuple(notes))


def _from_array(array: np.ndarray[Any, Any]) -> Photo:
    shape = array.shape
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (3, 4)) or 0 in shape:
        raise ValueError(f"{_TAKEN}; got an array {shape}")
    white = _FULL.get(array.dtype.str[1:])
    if white is None:
        raise TypeError(f"{_TAKEN}, of uint8, uint16 or float in [0, 1]; got {array.dtype}")
    if array.dtype.kind == "f":
        _check_range(float(array.min()), float(array.max()))
    if array.dtype == np.uint8:
        samples = array
    else:
        scaled = array.astype(np.float32).clip(0, white) * (255 / white)
        samples = np.round(scaled).astype(np.uint8)
    return _from_pillow(Image.fromarray(np.ascontiguousarray(samples)))


def _from_tensor(tensor: Tensor) -> Photo:
    shape = tuple(tensor.shape)
    if shape[:1] == (1,) and len(shape) == 4:
        tensor = tensor[0]
    if len(tensor.shape) != 3 or tensor.shape[0] != 3 or 0 in shape:
        raise ValueError(f"{_TAKEN}; got a tensor {shape}")
    if not tensor.is_floating_point():
        raise TypeError(f"{_TAKEN}; got a tensor of {tensor.dtype}: divide it by 255")
    return _from_array(tensor.detach().float().cpu().permute(1, 2, 0).numpy())


def _check_range(least: float, most: float) -> None:
    if not (least >= -0.01 and most <= 1.01):  # a little beyond is rounding; NaN is refused, too
        raise ValueError(f"{_TAKEN}; got values from {least:g} to {most:g}")
