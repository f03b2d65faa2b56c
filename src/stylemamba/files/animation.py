"""Animations: GIF and WebP files of several pictures."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer

SUFFIXES = (".gif", ".webp")
_QUALITY = 90


def write_animation(frames: Sequence[Image.Image], path: str | Path, seconds: float) -> None:
    """Writes pictures that follow each other without end; the file is complete or not there.

    Args:
        frames: RGB, all of one size.
        path: With one of `SUFFIXES`; an existing file is replaced.
        seconds: That each of them is seen, to the nearest hundredth, as GIF counts.

    Raises:
        StyleMambaError: Another extension, an unwritable place, or pictures too large for WebP.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise StyleMambaError(f"{path}: animations are {' or '.join(SUFFIXES)}")
    first, *others = frames
    encoded = BytesIO()
    try:
        first.save(
            encoded,
            format=path.suffix[1:].upper(),
            save_all=True,
            append_images=others,
            duration=10 * round(100 * seconds),
            loop=0,
            quality=_QUALITY,
        )
    except (OSError, ValueError) as error:
        raise StyleMambaError(f"{path}: cannot be saved ({error}); use --cell 320") from error
    with atomic_writer(path) as file:
        file.write(encoded.getbuffer())
