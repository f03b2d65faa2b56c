"""Writing pictures: the formats, and the content of their files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer, check_writable
from stylemamba.files.carried import NOTHING, Carried
from stylemamba.files.icc import Curves, Samples, from_srgb, is_srgb
from stylemamba.files.metadata import exif_with, saving_options
from stylemamba.files.png_writing import deepened
from stylemamba.files.tiff_writing import tiff_bytes

_LOSSY = {"quality": 95, "subsampling": 0}
_WRITABLE: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", _LOSSY),
    ".jpeg": ("JPEG", _LOSSY),
    ".webp": ("WEBP", {"quality": 95}),
    ".avif": ("AVIF", {"quality": 90, "subsampling": "4:4:4"}),
    ".tif": ("TIFF", {}),
    ".tiff": ("TIFF", {}),
    ".gif": ("GIF", {}),
}
_LONGEST_SIDE = {"WEBP": 16383, "JPEG": 65500, "GIF": 65535, "AVIF": 65535}
"""Of PNG and TIFF it is more than `MAX_PIXELS` in one row."""
_DEEP = ("PNG", "TIFF")


def write_image(
    image: Image.Image,
    path: str | Path,
    alpha: Image.Image | None = None,
    recipe: str | None = None,
    *,
    carried: Carried = NOTHING,
    deep: Samples | None = None,
    quality: int | None = None,
) -> tuple[str, ...]:
    """Writes a picture under a temporary name and renames it, so it is complete or not there.

    The format follows the extension: PNG and TIFF (lossless), WebP and JPEG (quality 95), AVIF
    (quality 90), both without chroma subsampling, GIF (256 colours). JPEG has no transparency: the
    picture is laid on white. Nothing of the picture's own metadata is written: its profile, for
    one, is not that of its pixels any more.

    Args:
        image: The picture, in sRGB, converted to RGB if it is not.
        path: Where to write it; an existing file is replaced.
        alpha: Mode L, same size as `image`.
        recipe: A text to keep in the file, ASCII as `json.dumps` gives it; see `read_recipe`.
        carried: What the photo's file told beside its pixels; the picture is written in the
            profile of that.
        deep: The picture with 16 bits a sample, (h, w, 3), which PNG and TIFF are written with.
        quality: 1 to 100, of JPEG, WebP and AVIF.

    Returns:
        Notes on what was left out.

    Raises:
        StyleMambaError: Unknown extension, unwritable place, full disk, or a picture too large for
            the format.
        ValueError: `alpha` and `image` differ in size, or `recipe` is not ASCII.
    """
    content, notes = encoded(
        image, path, alpha, recipe, carried=carried, deep=deep, quality=quality
    )
    with atomic_writer(Path(path)) as file:
        file.write(content)
    return notes


def encoded(
    image: Image.Image,
    path: str | Path,
    alpha: Image.Image | None = None,
    recipe: str | None = None,
    *,
    carried: Carried = NOTHING,
    deep: Samples | None = None,
    quality: int | None = None,
) -> tuple[bytes | memoryview, tuple[str, ...]]:
    """The content of the file that `write_image` writes, and its notes.

    Args, Raises:
        As `write_image`; only the extension of `path` counts.
    """
    path = Path(path)
    file_format, options = format_for(path)
    check_size(path, image.size)
    if alpha is not None and alpha.size != image.size:
        raise ValueError(f"alpha is {alpha.size}, the picture is {image.size}")
    picture = image.convert("RGB")
    picture.info.clear()
    samples = deep if file_format in _DEEP else None
    picture = in_profile(picture, carried, file_format)
    if samples is not None and carried.profile and not is_srgb(carried.profile):
        samples = Curves.of(carried.profile).from_srgb(samples)
    if alpha is not None and file_format == "JPEG":
        picture, alpha = on_white(picture, alpha), None
    if file_format == "TIFF":
        return _tiff(picture, samples, alpha, recipe, carried)
    more, notes = saving_options(carried, recipe, file_format)
    if quality is not None and "quality" in options:
        more["quality"] = quality
    if alpha is not None:
        picture.putalpha(alpha)
    if samples is not None:
        small = saved(picture.crop((0, 0, 1, 1)), path, file_format, options | more)
        return deepened(small, _with_alpha(samples, alpha)), notes
    return saved(picture, path, file_format, options | more), notes


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
    format_for(Path(path))
    if size is not None:
        check_size(Path(path), size)
    check_writable(path)


def is_writable_name(path: Path) -> bool:
    """Whether a name has the extension of a picture that can be written."""
    return path.suffix.lower() in _WRITABLE


def keeps_alpha(path: str | Path) -> bool:
    """Whether a picture written to `path` keeps its transparency."""
    return format_for(Path(path))[0] != "JPEG"


def has_quality(path: str | Path) -> bool:
    """Whether a picture written to `path` is written with a quality that can be chosen."""
    return "quality" in format_for(Path(path))[1]


def format_for(path: Path) -> tuple[str, dict[str, Any]]:
    """Pillow's name of the format for an extension, and the options that it is written with.

    Raises:
        StyleMambaError: It is not known.
    """
    try:
        return _WRITABLE[path.suffix.lower()]
    except KeyError as error:
        shown = path.suffix or "no extension"
        raise StyleMambaError(
            f"{path}: {shown} cannot be written; use {', '.join(_WRITABLE)}"
        ) from error


def check_size(path: Path, size: tuple[int, int]) -> None:
    """Refuses what a format has no room for.

    Raises:
        StyleMambaError: A side is too long.
    """
    file_format, _ = format_for(path)
    longest = _LONGEST_SIDE.get(file_format, max(size))
    if max(size) > longest:
        raise StyleMambaError(
            f"{path}: {size[0]} x {size[1]} cannot be saved as {file_format} (longest side "
            f"{longest} px); use .png"
        )


def in_profile(picture: Image.Image, carried: Carried, file_format: str) -> Image.Image:
    """A picture in sRGB, in the colours of the profile that it is going to be written with."""
    if not carried.profile or file_format == "GIF" or is_srgb(carried.profile):
        return picture
    return from_srgb(picture, carried.profile)


def saved(
    picture: Image.Image, path: Path, file_format: str, options: dict[str, Any]
) -> memoryview:
    """The content of a file that Pillow writes.

    Raises:
        StyleMambaError: It can't.
    """
    file = BytesIO()  # writing to a file, Pillow's JPEG encoder doesn't notice a full disk
    try:
        picture.save(file, format=file_format, **options)
    except (OSError, ValueError) as error:
        raise StyleMambaError(
            f"{path}: cannot be saved as {file_format} ({error}); use .png"
        ) from error
    return file.getbuffer()


def _tiff(
    picture: Image.Image,
    samples: Samples | None,
    alpha: Image.Image | None,
    recipe: str | None,
    carried: Carried,
) -> tuple[bytes, tuple[str, ...]]:
    exif, notes = exif_with(carried, recipe, "TIFF")
    if samples is None:
        if alpha is not None:
            picture.putalpha(alpha)
        pixels = np.asarray(picture)
    else:
        pixels = _with_alpha(samples, alpha)
    content = tiff_bytes(pixels, exif, carried.dpi, carried.profile, carried.xmp, carried.iptc)
    return content, notes


def _with_alpha(samples: Samples, alpha: Image.Image | None) -> Samples:
    if alpha is None:
        return samples
    return np.concatenate([samples, np.asarray(alpha)[..., None] * np.uint16(257)], -1)
