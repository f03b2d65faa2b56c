"""Reading and writing pictures, and the way between Pillow and tensors."""

from __future__ import annotations

import os
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer, check_writable
from stylemamba.files.srgb import to_srgb

if TYPE_CHECKING:  # torch takes over a second to import; a wrong file name should not wait for it
    from torch import Tensor

MAX_PIXELS = 200_000_000
"""Larger pictures are refused from their header, before any memory is taken."""

# Pillow knows more formats; left out are those that start another program (EPS) or hold no photos.
_READABLE = (
    "PNG", "JPEG", "MPO", "WEBP", "TIFF", "GIF", "BMP", "DIB", "AVIF", "JPEG2000", "PPM", "TGA",
    "ICO", "QOI",
)  # fmt: skip
_WRITABLE: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    ".webp": ("WEBP", {"quality": 95}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
}
_pillow_lock = threading.Lock()


@dataclass(frozen=True)
class Photo:
    """A picture as it is processed, upright and in sRGB.

    Attributes:
        rgb: Mode RGB, straight colours; white where the picture is fully transparent.
        alpha: Mode L, same size as `rgb`; None if the picture is opaque.
        path: Where it was read from.
        notes: What was guessed or left out, for example "animated: first frame used".
    """

    rgb: Image.Image
    alpha: Image.Image | None
    path: Path
    notes: tuple[str, ...] = ()


def read_image(path: str | Path) -> Photo:
    """Reads a picture of any common format, depth and colour space.

    EXIF orientation is applied, ICC profiles are converted to sRGB, transparency is set aside, of
    an animation the first frame is used. See `srgb.to_srgb` for how each mode is converted.

    Args:
        path: A picture file.

    Raises:
        StyleMambaError: The file is missing, empty, damaged, not a picture, or has more than
            `MAX_PIXELS` pixels.
    """
    path = Path(path)
    _check_readable_file(path)
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Given a name, Pillow maps uncompressed TIFFs into memory and garbles turned ones.
            with open(path, "rb") as file, _open(file, path) as image:
                notes = _frame_notes(image)
                with _bomb_limit(MAX_PIXELS // 2):  # Pillow raises at twice its limit
                    image.load()
                _turn_upright(image, notes)
                rgb, alpha, colour_notes = to_srgb(image)
        except StyleMambaError:
            raise
        except MemoryError as error:
            raise StyleMambaError(
                f"{path}: not enough memory to decode it; scale it down first"
            ) from error
        except Exception as error:  # decoders raise nearly anything on damaged files
            reason = " ".join(str(error).split()) or type(error).__name__
            raise StyleMambaError(f"{path}: is damaged ({reason}); use another copy") from error
    return Photo(rgb, alpha, path, tuple(notes + colour_notes))


def write_image(image: Image.Image, path: str | Path, alpha: Image.Image | None = None) -> None:
    """Writes a picture under a temporary name and renames it, so it is complete or not there.

    The format follows the extension: PNG and TIFF (lossless), WebP (quality 95), JPEG (quality 95,
    no chroma subsampling). JPEG has no transparency: the picture is laid on white.

    Args:
        image: The picture, converted to RGB if it is not.
        path: Where to write it; an existing file is replaced.
        alpha: Mode L, same size as `image`.

    Raises:
        StyleMambaError: Unknown extension, unwritable place, full disk, or a picture too large for
            the format.
        ValueError: `alpha` and `image` differ in size.
    """
    path = Path(path)
    file_format, options = _format_for(path)
    picture = image.convert("RGB")
    if alpha is not None:
        if alpha.size != image.size:
            raise ValueError(f"alpha is {alpha.size}, the picture is {image.size}")
        if file_format == "JPEG":
            picture = on_white(picture, alpha)
        else:
            picture = picture.copy() if picture is image else picture
            picture.putalpha(alpha)
    encoded = BytesIO()  # writing to a file, Pillow's JPEG encoder doesn't notice a full disk
    try:
        picture.save(encoded, format=file_format, **options)
    except (OSError, ValueError) as error:  # more pixels than the format can hold, for example
        raise StyleMambaError(
            f"{path}: cannot be saved as {file_format} ({error}); use .png"
        ) from error
    with atomic_writer(path) as file:
        file.write(encoded.getbuffer())


def upright_rgb(image: Image.Image) -> Image.Image:
    """A Pillow picture as `read_image` would give it: turned as EXIF says, sRGB, mode RGB."""
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # EXIF blocks are often damaged; the picture is not
        image = image.copy()
    return to_srgb(image)[0]


def on_white(image: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """The picture as it looks on a white page."""
    if alpha is None:
        return image
    return Image.composite(image, Image.new("RGB", image.size, "white"), alpha)


def check_output(path: str | Path) -> None:
    """Finds out before any work whether `write_image` can write to `path`.

    Raises:
        StyleMambaError: As `write_image`.
    """
    _format_for(Path(path))
    check_writable(path)


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


def tensor_at(image: Image.Image, long_side: int) -> Tensor:
    """The RGB picture (1, 3, h, w) in [0, 1], its longer side scaled to that number of pixels."""
    return to_tensor(resize(image, fit_size(image.size, long_side)))


def _check_readable_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise StyleMambaError(f"{path}: no such file; check the name") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StyleMambaError(f"{path}: cannot be read ({reason}); check the name") from error
    if stat.S_ISDIR(status.st_mode):
        raise StyleMambaError(f"{path}: is a folder; give the path of one picture")
    if not stat.S_ISREG(status.st_mode):
        raise StyleMambaError(f"{path}: is not a regular file; save the picture to a file first")
    if status.st_size == 0:
        raise StyleMambaError(f"{path}: is empty (0 bytes); use another copy")
    if not os.access(path, os.R_OK):
        raise StyleMambaError(f"{path}: may not be read; change its permissions")


def _open(file: BinaryIO, path: Path) -> ImageFile.ImageFile:
    Image.init()
    try:
        with _bomb_limit(None):  # ours below gives the numbers
            image = Image.open(file, formats=[name for name in _READABLE if name in Image.OPEN])
    except UnidentifiedImageError as error:
        raise StyleMambaError(
            f"{path}: not a picture that can be read here; convert it to PNG, JPEG, WebP or TIFF"
        ) from error
    width, height = image.size
    if width * height > MAX_PIXELS:
        image.close()
        raise StyleMambaError(
            f"{path}: {width} x {height} is {width * height / 1e6:,.1f} megapixels, "
            f"the limit is {MAX_PIXELS / 1e6:.0f}; scale it down first"
        )
    return image


@contextmanager
def _bomb_limit(pixels: int | None) -> Iterator[None]:
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _frame_notes(image: ImageFile.ImageFile) -> list[str]:
    if image.format == "MPO":  # a phone's photo with its depth map or second lens
        return []
    try:
        several = bool(getattr(image, "is_animated", False))
        image.seek(0)
    except Exception:  # a damaged later frame does not matter
        return []
    if not several:
        return []
    return ["several pages: first one used" if image.format == "TIFF" else
            "animated: first frame used"]  # fmt: skip


def _turn_upright(image: ImageFile.ImageFile, notes: list[str]) -> None:
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except Exception:  # EXIF blocks are often damaged; the picture is not
        notes.append("EXIF data damaged: orientation ignored")


def _format_for(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        return _WRITABLE[path.suffix.lower()]
    except KeyError as error:
        shown = path.suffix or "no extension"
        raise StyleMambaError(
            f"{path}: {shown} cannot be written; use {', '.join(_WRITABLE)}"
        ) from error
