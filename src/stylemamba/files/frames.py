"""Animated GIF, WebP, PNG and AVIF files: their frames, and how long each is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageOps

from stylemamba.errors import StyleMambaError
from stylemamba.files.carried import NOTHING, Carried
from stylemamba.files.encoding import format_for, in_profile, saved
from stylemamba.files.metadata import saving_options
from stylemamba.files.reading import (
    MAX_PIXELS,
    Photo,
    check_pixels,
    is_animated,
    open_header,
    opening,
)
from stylemamba.portable.srgb import to_srgb
from stylemamba.runtime.memory import is_out_of_memory

_FORMATS = ("GIF", "WEBP", "PNG", "AVIF")
_USUAL = 100  # milliseconds, where a file does not say


@dataclass(frozen=True)
class Timing:
    """How frames follow each other.

    Attributes:
        milliseconds: That each frame is seen.
        loop: How often all are repeated, as the files have it: 0 is without end, None not at all.
    """

    milliseconds: tuple[int, ...]
    loop: int | None


@dataclass(frozen=True)
class Animation:
    """A moving picture.

    Attributes:
        photos: Its frames, upright and in sRGB, at least two.
        timing: Of as many frames.
        notes: What was left out.
    """

    photos: tuple[Photo, ...]
    timing: Timing
    notes: tuple[str, ...] = ()


def keeps_frames(path: str | Path) -> bool:
    """Whether a file of this name can hold an animation."""
    return format_for(Path(path))[0] in _FORMATS


def read_animation(path: str | Path) -> Animation | None:
    """Reads all frames of an animation; None if the picture does not move.

    Raises:
        StyleMambaError: The file is no picture, damaged, or its frames have more than `MAX_PIXELS`
            together.
    """
    path = Path(path)
    with opening(path), open(path, "rb") as file:
        return _animation(file, path)


def read_animation_bytes(content: bytes, path: Path) -> Animation | None:
    """As `read_animation`, from the content of a file; `path` is what messages call it.

    Raises:
        StyleMambaError: As `read_animation`.
    """
    with opening(path), BytesIO(content) as file:
        return _animation(file, path)


def _animation(file: BinaryIO, path: Path) -> Animation | None:
    try:
        image = open_header(file, path)
    except StyleMambaError:  # HEIC and the like, of which only one picture is read
        return None
    if image.format not in _FORMATS or not is_animated(image):
        return None
    check_pixels(image.size, path)
    return _read(image, path)


def encoded_animation(
    frames: Sequence[tuple[Image.Image, Image.Image | None]],
    path: str | Path,
    timing: Timing,
    recipe: str | None = None,
    *,
    carried: Carried = NOTHING,
    quality: int | None = None,
) -> tuple[memoryview, tuple[str, ...]]:
    """The content of a file of frames, and notes on what was left out.

    Args:
        frames: (picture in sRGB, its alpha in mode L), all of one size.
        path: A name for which `keeps_frames`; only its extension counts.
        timing: Of at least as many frames.
        recipe, carried, quality: As of `write_image`.

    Raises:
        StyleMambaError: As `write_image`.
    """
    path = Path(path)
    file_format, options = format_for(path)
    more, notes = saving_options(carried, recipe, file_format)
    if quality is not None and "quality" in options:
        more["quality"] = quality
    pictures = [_frame(picture, alpha, carried, file_format) for picture, alpha in frames]
    return saved(
        pictures[0], path, file_format, options | more | _moving(pictures, timing, file_format)
    ), notes


def _moving(pictures: Sequence[Image.Image], timing: Timing, file_format: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "save_all": True,
        "append_images": pictures[1:],
        "duration": list(timing.milliseconds[: len(pictures)]),
    }
    if timing.loop is not None:
        options["loop"] = timing.loop
    if pictures[0].mode == "RGBA":
        options["disposal"] = 2 if file_format == "GIF" else 1  # each frame on nothing
        options |= {"kmin": 0, "kmax": 1}  # WebP's frames lose their alpha if they share pixels
    return options


def _frame(
    picture: Image.Image, alpha: Image.Image | None, carried: Carried, file_format: str
) -> Image.Image:
    frame = in_profile(picture.convert("RGB"), carried, file_format)
    frame.info.clear()
    if alpha is not None:
        frame.putalpha(alpha)
    return frame


def _read(image: Image.Image, path: Path) -> Animation | None:
    loop = image.info.get("loop", 0 if image.format != "GIF" else None)
    first = 1 if image.info.get("default_image") else 0  # for programs that know no animations
    photos: list[Photo] = []
    times: list[int] = []
    notes: list[str] = []
    for number in count(first):
        try:
            image.seek(number)
            image.load()
        except EOFError:
            break
        except Exception as error:  # a damaged later frame does not matter
            if is_out_of_memory(error) or not photos:
                raise
            notes.append(f"animated: damaged after {len(photos)} frames")
            break
        if (number + 1) * image.width * image.height > MAX_PIXELS:
            raise StyleMambaError(
                f"{path}: its frames have more than {MAX_PIXELS / 1e6:.0f} megapixels together; "
                "--page 1 paints one"
            )
        rgb, alpha, _ = to_srgb(ImageOps.exif_transpose(image))
        photos.append(Photo(rgb, alpha, path))
        times.append(round(float(image.info.get("duration") or 0)) or _USUAL)
    if len(photos) < 2:
        return None
    return Animation(tuple(photos), Timing(tuple(times), loop), tuple(notes))
