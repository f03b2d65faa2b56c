"""Reading and writing pictures, and the way between Pillow and tensors."""

from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer, check_writable
from stylemamba.files.metadata import recipe_options
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
    "is_writable_name",
    "keeps_alpha",
    "on_white",
    "read_image",
    "resize",
    "resize_tile",
    "tensor_at",
    "to_pil",
    "to_tensor",
    "write_image",
]

_WRITABLE: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 95}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
}
LANCZOS_REACH = 3  # of Pillow's filter, in pixels of the smaller picture
_LONGEST_SIDE = {"WEBP": 16383, "JPEG": 65500}
"""Of PNG and TIFF it is more than `MAX_PIXELS` in one row."""


def write_image(
    image: Image.Image,
    path: str | Path,
    alpha: Image.Image | None = None,
    recipe: str | None = None,
) -> tuple[str, ...]:
    """Writes a picture under a temporary name and renames it, so it is complete or not there.

    The format follows the extension: PNG and TIFF (lossless), WebP (quality 95), JPEG (quality 95,
    no chroma subsampling). JPEG has no transparency: the picture is laid on white. Nothing of the
    picture's own metadata is written: its profile, for one, is not that of its pixels any more.

    Args:
        image: The picture, in sRGB, converted to RGB if it is not.
        path: Where to write it; an existing file is replaced.
        alpha: Mode L, same size as `image`.
        recipe: A text to keep in the file, ASCII as `json.dumps` gives it; see `read_recipe`.

    Returns:
        Notes on what was left out.

    Raises:
        StyleMambaError: Unknown extension, unwritable place, full disk, or a picture too large for
            the format.
        ValueError: `alpha` and `image` differ in size, or `recipe` is not ASCII.
    """
    content, notes = encoded(image, path, alpha, recipe)
    with atomic_writer(Path(path)) as file:
        file.write(content)
    return notes


def encoded(
    image: Image.Image,
    path: str | Path,
    alpha: Image.Image | None = None,
    recipe: str | None = None,
) -> tuple[memoryview, tuple[str, ...]]:
    """The content of the file that `write_image` writes, and its notes.

    Args, Raises:
        As `write_image`; only the extension of `path` counts.
    """
    path = Path(path)
    file_format, options = _format_for(path)
    _check_size(path, image.size)
    more, notes = ({}, ()) if recipe is None else recipe_options(recipe, file_format)
    picture = image.convert("RGB")
    picture.info.clear()
    if alpha is not None:
        if alpha.size != image.size:
            raise ValueError(f"alpha is {alpha.size}, the picture is {image.size}")
        if file_format == "JPEG":
            picture = on_white(picture, alpha)
        else:
            picture.putalpha(alpha)
    file = BytesIO()  # writing to a file, Pillow's JPEG encoder doesn't notice a full disk
    try:
        picture.save(file, format=file_format, **options, **more)
    except (OSError, ValueError) as error:
        raise StyleMambaError(
            f"{path}: cannot be saved as {file_format} ({error}); use .png"
        ) from error
    return file.getbuffer(), notes


def on_white(image: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """The picture as it looks on a white page."""
    if alpha is None:
        return image
    return Image.composite(image, Image.new("RGB", image.size, "white"), alpha)


def check_output(path: str | Path, size: tuple[int, int] | None = None) -> None:
    """Finds out before any work whether `write_image` can write to `path`.

    Args:
        path: Where the picture is to be.
        size: Its (width, height), if it is known.

    Raises:
        StyleMambaError: As `write_image`.
    """
    _format_for(Path(path))
    if size is not None:
        _check_size(Path(path), size)
    check_writable(path)


def is_writable_name(path: Path) -> bool:
    """Whether a name has the extension of a picture that can be written."""
    return path.suffix.lower() in _WRITABLE


def keeps_alpha(path: str | Path) -> bool:
    """Whether a picture written to `path` keeps its transparency."""
    return _format_for(Path(path))[0] != "JPEG"


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
    around = np.pad(np.asarray(tile), ((margin, margin), (margin, margin), (0, 0)), mode="wrap")
    inside = (margin, margin, margin + width, margin + height)
    return Image.fromarray(around).resize(size, Image.Resampling.LANCZOS, box=inside)


def tensor_at(image: Image.Image, long_side: int) -> Tensor:
    """The RGB picture (1, 3, h, w) in [0, 1], its longer side scaled to that number of pixels."""
    return to_tensor(resize(image, fit_size(image.size, long_side)))


def _format_for(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        return _WRITABLE[path.suffix.lower()]
    except KeyError as error:
        shown = path.suffix or "no extension"
        raise StyleMambaError(
            f"{path}: {shown} cannot be written; use {', '.join(_WRITABLE)}"
        ) from error


def _check_size(path: Path, size: tuple[int, int]) -> None:
    file_format, _ = _format_for(path)
    longest = _LONGEST_SIDE.get(file_format, max(size))
    if max(size) > longest:
        raise StyleMambaError(
            f"{path}: {size[0]} x {size[1]} cannot be saved as {file_format} (longest side "
            f"{longest} px); use .png"
        )
