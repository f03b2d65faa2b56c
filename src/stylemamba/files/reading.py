"""Reading pictures of any common format, depth and colour space."""

from __future__ import annotations

import os
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError

from stylemamba.errors import StyleMambaError
from stylemamba.files.carried import NOTHING, ORIENTATION, Carried, carried_from
from stylemamba.files.deep import Opened, deep_srgb, has_deep_colour, stored_samples
from stylemamba.files.extra_formats import (
    RAW_SUFFIXES,
    Check,
    is_exr,
    is_heif,
    open_exr,
    open_heif,
    open_raw,
)
from stylemamba.files.icc import Samples
from stylemamba.files.jpeg_end import complete
from stylemamba.files.tiff import check_page, is_tiff, open_tiff
from stylemamba.portable.srgb import to_srgb
from stylemamba.runtime.memory import is_out_of_memory

MAX_PIXELS = 200_000_000
"""Larger pictures are refused from their header, before any memory is taken."""

LARGEST_TEXT = 64 << 20
"""Bytes of a text chunk of a PNG, and of a recipe: some programs keep whole project files in one, a
recipe has the masks of its regions."""

# Pillow knows more formats; left out are those that start another program (EPS) or hold no photos.
_READABLE = (
    "PNG", "JPEG", "MPO", "WEBP", "TIFF", "GIF", "BMP", "DIB", "AVIF", "JPEG2000", "PPM", "TGA",
    "ICO", "QOI", "PSD",
)  # fmt: skip
_MOST_EMPTY_FRAMES = 100
_pillow_lock = threading.Lock()


@dataclass(frozen=True)
class Photo:
    """A picture as it is processed, upright and in sRGB.

    Attributes:
        rgb: Mode RGB, straight colours; white where the picture is fully transparent.
        alpha: Mode L, same size as `rgb`; None if the picture is opaque.
        path: Where it was read from; `Path()` if it was not read from a file.
        notes: What was guessed or left out, for example "animated: first frame used".
        carried: What its file tells beside its pixels.
        deep: `rgb` with 16 bits a sample, (h, w, 3); None if there were 8.
    """

    rgb: Image.Image
    alpha: Image.Image | None
    path: Path
    notes: tuple[str, ...] = ()
    carried: Carried = NOTHING
    deep: Samples | None = field(default=None, compare=False, repr=False)


def read_image(path: str | Path, page: int | None = None) -> Photo:
    """Reads a picture of any common format, depth and colour space.

    EXIF orientation is applied, ICC profiles are converted to sRGB, transparency is set aside, of
    an animation the first frame with something in it is used. See `srgb.to_srgb` for how each mode
    is converted, `tiff.open_tiff` for files of several pages, and `jpeg_end.complete` for those
    that break off.

    Args:
        path: A picture file.
        page: The number of the page, or of the frame, to read, from 1 on.

    Raises:
        StyleMambaError: The file is missing, empty, damaged, not a picture, of a kind that needs
            another package, has more than `MAX_PIXELS` pixels or no such page; or there is not
            enough memory.
    """
    path = Path(path)
    check_readable_file(path)
    # Given a name, Pillow maps uncompressed TIFFs into memory and garbles turned ones.
    with opening(path), open(path, "rb") as file:
        return _read(file, path, page)


def read_image_bytes(
    content: bytes, path: Path, page: int | None = None, check: Check | None = None
) -> Photo:
    """As `read_image`, from the content of a file.

    Args:
        content: Of the file.
        path: What messages call it; the extension tells camera RAW files.
        page: As of `read_image`.
        check: Refuses pictures by their size, beside `check_pixels`.

    Raises:
        StyleMambaError: As `read_image`.
    """
    with opening(path), BytesIO(content) as file:
        return _read(file, path, page, check)


def _read(file: BinaryIO, path: Path, page: int | None, more: Check | None = None) -> Photo:
    notes: list[str] = []

    def check(size: tuple[int, int], path: Path) -> None:
        if more is not None:
            more(size, path)
        check_pixels(size, path)

    opened = _open(file, path, notes, page, check)
    again = None
    if opened.samples is None and has_deep_colour(opened.image):
        again = lambda: _open(file, path, [], page, check).image  # noqa: E731
    image = _load(opened.image, file, path, notes, page)
    samples = opened.samples if opened.samples is not None else stored_samples(image, again)
    has_tags = is_tiff(file)  # those of a RAW file, too
    carried = carried_from(image, file if has_tags else None, opened.is_upright, notes)
    profile = image.info.get("icc_profile") or b""
    orientation = 1 if opened.is_upright else _turn_upright(image, notes)
    rgb, alpha, colour_notes = to_srgb(image, deep=again is not None)
    notes += colour_notes
    if alpha is not None and alpha.getextrema()[1] == 0:
        notes.append("fully transparent: there is nothing to see in it")
    deep = None
    if samples is not None:
        deep = deep_srgb(samples, orientation, profile, alpha)
        if deep is None:
            notes.append("its colour profile works by tables: 8 of its 16 bits used")
    return Photo(rgb, alpha, path, tuple(notes), carried, deep)


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Sets Pillow's limits to ours while a file is read, and turns its errors into one line."""
    with _pillow_lock, warnings.catch_warnings(), _long_texts():
        warnings.simplefilter("ignore")
        try:
            yield
        except StyleMambaError:
            raise
        except Exception as error:  # decoders raise nearly anything on damaged files
            if is_out_of_memory(error):
                raise StyleMambaError(
                    f"{path}: not enough memory to decode it; scale it down first"
                ) from error
            reason = " ".join(str(error).split()) or type(error).__name__
            raise StyleMambaError(f"{path}: is damaged ({reason}); use another copy") from error


def open_header(file: BinaryIO, path: Path) -> Image.Image:
    """Opens the first picture of a file, without its pixels.

    Raises:
        StyleMambaError: The file is not a picture.
    """
    Image.init()
    try:
        with _bomb_limit(None):  # `_check_pixels` gives the numbers
            return Image.open(file, formats=[name for name in _READABLE if name in Image.OPEN])
    except UnidentifiedImageError as error:
        raise StyleMambaError(
            f"{path}: not a picture that can be read here; convert it to PNG, JPEG, WebP or TIFF"
        ) from error


def check_readable_file(path: Path) -> None:
    """Finds out whether there is a file with something in it.

    Raises:
        StyleMambaError: There is not.
    """
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


def check_pixels(size: tuple[int, int], path: Path) -> None:
    """Refuses pictures that are too large.

    Raises:
        StyleMambaError: There are more than `MAX_PIXELS`.
    """
    width, height = size
    if width * height > MAX_PIXELS:
        raise StyleMambaError(
            f"{path}: {width} x {height} is {width * height / 1e6:,.1f} megapixels, "
            f"the limit is {MAX_PIXELS / 1e6:.0f}; scale it down first"
        )


def _open(file: BinaryIO, path: Path, notes: list[str], page: int | None, check: Check) -> Opened:
    opened = _opened(file, path, notes, page, check)
    check(opened.image.size, path)
    return opened


def _opened(file: BinaryIO, path: Path, notes: list[str], page: int | None, check: Check) -> Opened:
    if is_tiff(file):
        with _bomb_limit(None):
            opened, tiff_notes = open_tiff(file, path, check, page)
        notes += tiff_notes
        return opened
    if is_heif(file):
        return open_heif(file, path, check)
    if is_exr(file):
        return open_exr(file, path, check, notes)
    try:
        return Opened(open_header(file, path))
    except StyleMambaError:
        if path.suffix.lower() not in RAW_SUFFIXES:
            raise
        return open_raw(file, path, check)


def _load(
    image: Image.Image, file: BinaryIO, path: Path, notes: list[str], page: int | None
) -> Image.Image:
    """Loads the pixels of the frame to use; another picture if the file had to be mended."""
    with _bomb_limit(MAX_PIXELS // 2):  # Pillow raises at twice its limit
        if page is not None and image.format != "TIFF":
            check_page(page, getattr(image, "n_frames", 1), path)
            image.seek(page - 1)
        elif image.format not in ("MPO", "TIFF", "PSD") and is_animated(image):
            notes.append(_load_frame(image))
            return image
        try:
            image.load()
        except Exception as error:
            whole = None
            if image.format in ("JPEG", "MPO") and not is_out_of_memory(error):
                file.seek(0)
                whole = complete(file.read())
            if whole is None:
                raise
            notes.append("the file breaks off at its very end: the rest of it used")
            image = Image.open(BytesIO(whole), formats=["JPEG"])
            image.load()
    return image


def is_animated(image: Image.Image) -> bool:
    """Whether there are several pictures in its file."""
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # a damaged later frame does not matter
        return False


def _load_frame(image: Image.Image) -> str:
    """Loads the first frame of an animation that is not one flat colour or transparent."""
    number = 0
    try:
        image.seek(0)
        while number < _MOST_EMPTY_FRAMES and _is_flat(image):
            number += 1
            image.seek(number)
    except Exception as error:  # no more frames, or a damaged one
        if is_out_of_memory(error):
            raise
        number = _MOST_EMPTY_FRAMES
    if number == _MOST_EMPTY_FRAMES:
        number = 0
        image.seek(0)
    image.load()
    if number:
        return f"animated: frame {number + 1} used, there is nothing in the first"
    return "animated: first frame used"


def _is_flat(image: Image.Image) -> bool:
    *colours, alpha = image.convert("RGBA").getextrema()
    return alpha[1] == 0 or all(low == high for low, high in (*colours, alpha))  # type: ignore


def _turn_upright(image: Image.Image, notes: list[str]) -> int:
    """Turns a picture as its EXIF data says; which of the orientations that was."""
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
        ImageOps.exif_transpose(image, in_place=True)
    except Exception as error:  # EXIF blocks are often damaged; the picture is not
        if is_out_of_memory(error):
            raise
        notes.append("EXIF data damaged: orientation ignored")
        return 1
    return orientation if orientation in range(2, 9) else 1


@contextmanager
def _bomb_limit(pixels: int | None) -> Iterator[None]:
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = pixels
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


@contextmanager
def _long_texts() -> Iterator[None]:
    before = PngImagePlugin.MAX_TEXT_CHUNK
    PngImagePlugin.MAX_TEXT_CHUNK = LARGEST_TEXT
    try:
        yield
    finally:
        PngImagePlugin.MAX_TEXT_CHUNK = before
