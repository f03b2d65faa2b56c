"""Writing what was made of a photo, with all that the photo's file told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stylemamba.files.carried import NOTHING
from stylemamba.files.encoding import keeps_alpha, write_image
from stylemamba.files.frames import Animation, write_animation_of
from stylemamba.files.reading import Photo

if TYPE_CHECKING:
    from stylemamba.output import StyleMambaOutput


def write_result(
    made: StyleMambaOutput,
    photo: Photo,
    path: str | Path,
    recipe: str | None,
    *,
    strip: bool = False,
    quality: int | None = None,
) -> tuple[str, ...]:
    """Writes what was made of a photo.

    Args:
        made: What was made.
        photo: Of which; its transparency, profile, depth and metadata are kept.
        path: Where to write it; the extension says which format.
        recipe: To be kept in the file, or None.
        strip: Leave out what the photo's file tells beside its pixels; the result is in sRGB.
        quality: 1 to 100, of formats that have one.

    Returns:
        Notes on what was left out.

    Raises:
        StyleMambaError: As `write_image`.
    """
    notes = write_image(
        made.image,
        path,
        photo.alpha,
        recipe,
        carried=NOTHING if strip else photo.carried,
        deep=made.deep,
        quality=quality,
    )
    if photo.alpha is not None and not keeps_alpha(path):
        notes += ("JPEG has no transparency: laid on white",)
    return notes


def write_frames(
    made: Sequence[StyleMambaOutput],
    animation: Animation,
    photo: Photo,
    path: str | Path,
    recipe: str | None,
    *,
    strip: bool = False,
    quality: int | None = None,
) -> tuple[str, ...]:
    """Writes what was made of the frames of an animation, or of the first of them.

    Args, Returns, Raises:
        As `write_result`; `photo` is the animation as one picture, whose metadata is kept.
    """
    frames = [
        (each.image, frame.alpha) for each, frame in zip(made, animation.photos, strict=False)
    ]
    carried = NOTHING if strip else photo.carried
    return write_animation_of(
        frames, path, animation.timing, recipe, carried=carried, quality=quality
    )
