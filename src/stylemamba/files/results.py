"""The files of results: what was made of a photo, with all that the photo's file told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PIL import Image

from stylemamba.files.atomic import atomic_writer
from stylemamba.files.carried import NOTHING
from stylemamba.files.encoding import encoded, keeps_alpha
from stylemamba.files.frames import Animation, encoded_animation
from stylemamba.files.icc import Samples
from stylemamba.files.reading import Photo


class Made(Protocol):
    """What was made of a photo, such as a pipeline's output."""

    @property
    def image(self) -> Image.Image:
        """Mode RGB, in sRGB."""

    @property
    def deep(self) -> Samples | None:
        """The same with 16 bits a sample, (h, w, 3), where there are as many."""


def write_result(
    made: Sequence[Made],
    photo: Photo,
    path: str | Path,
    recipe: str | None,
    *,
    animation: Animation | None = None,
    strip: bool = False,
    quality: int | None = None,
) -> tuple[str, ...]:
    """Writes a result under a temporary name and renames it, so it is complete or not there.

    Args:
        made: What was made: one picture, or frames.
        photo: Of which; its transparency, profile, depth and metadata are kept. Of an animation,
            the animation as one picture.
        path: Where to write it; the extension says which format. An existing file is replaced.
        recipe: To be kept in the file, or None.
        animation: Whose first frames were made; without it there is one picture.
        strip: Leave out what the photo's file tells beside its pixels; the result is in sRGB.
        quality: 1 to 100, of formats that have one.

    Returns:
        Notes on what was left out.

    Raises:
        StyleMambaError: As `write_image`.
    """
    content, notes = encoded_result(
        made, photo, path, recipe, animation=animation, strip=strip, quality=quality
    )
    with atomic_writer(path) as file:
        file.write(content)
    return notes


def encoded_result(
    made: Sequence[Made],
    photo: Photo,
    path: str | Path,
    recipe: str | None,
    *,
    animation: Animation | None = None,
    strip: bool = False,
    quality: int | None = None,
) -> tuple[bytes | memoryview, tuple[str, ...]]:
    """The content of the file that `write_result` writes, and its notes.

    Args, Raises:
        As `write_result`; only the extension of `path` counts.
    """
    carried = NOTHING if strip else photo.carried
    if animation is not None:
        frames = [
            (each.image, frame.alpha) for each, frame in zip(made, animation.photos, strict=False)
        ]
        return encoded_animation(
            frames, path, animation.timing, recipe, carried=carried, quality=quality
        )
    (only,) = made
    content, notes = encoded(
        only.image, path, photo.alpha, recipe, carried=carried, deep=only.deep, quality=quality
    )
    if photo.alpha is not None and not keeps_alpha(path):
        notes += ("JPEG has no transparency: laid on white",)
    return content, notes
