"""How results are written: options of `stylize`, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stylemamba.cli.recipes import PAGE

if TYPE_CHECKING:
    from stylemamba.cli.recipes import Loaded
    from stylemamba.files.frames import Animation
    from stylemamba.files.images import Photo
    from stylemamba.output import StyleMambaOutput
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.portable.recipe import Recipe
    from stylemamba.progress import OnProgress

_Command = TypeVar("_Command", bound=Callable[..., Any])


NO_METADATA = click.option(
    "--no-metadata", is_flag=True, help="Leave the recipe out of the result."
)


def saving_options(command: _Command) -> _Command:
    """Adds the options on how results are written."""
    for option in reversed(
        (
            NO_METADATA,
            click.option(
                "--strip-metadata",
                is_flag=True,
                help="Leave out what the photo's file tells beside its pixels: date, camera, "
                "place, names.",
            ),
            click.option(
                "--quality",
                type=click.IntRange(1, 100),
                metavar="N",
                help="1 to 100, of .jpg and .webp (95 without it) and .avif (90). --quality 80",
            ),
            click.option(
                "--page",
                type=click.IntRange(1),
                metavar="N",
                help="The page of a TIFF, or the one frame of an animation, to paint. --page 2",
            ),
        )
    ):
        command = option(command)
    return command


@dataclass(frozen=True)
class Saving:
    """How results are written, and what of files is read.

    Attributes:
        keeps_recipe: They hold their recipes.
        strip: They hold nothing else that the photo's file told.
        quality: 1 to 100, of formats that have one; None for the usual one.
        page: The page of a TIFF, or the one frame of an animation, that is painted.
    """

    keeps_recipe: bool = True
    strip: bool = False
    quality: int | None = None
    page: int | None = None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Saving:
        """From the options of a command."""
        return cls(
            not options["no_metadata"],
            options["strip_metadata"],
            options["quality"],
            options["page"],
        )

    def check(self, target: Path) -> None:
        """Refuses a quality where there is none.

        Raises:
            click.UsageError: The format of the result has none.
        """
        from stylemamba.files.images import has_quality

        if self.quality is not None and not has_quality(target):
            raise click.UsageError(
                f"--quality is of .jpg, .webp and .avif, not of {target.suffix}."
            )

    def of_photo(self, loaded: Loaded | None, content: bytes) -> Saving:
        """With the page that a recipe was made of, if this is that photo and no page is asked for.

        Args:
            loaded: The recipe.
            content: Of the photo's file.
        """
        page = None if loaded is None else loaded.page_of(content)
        return self if self.page is not None or page is None else replace(self, page=page)

    def animation(self, content: bytes, photo: Path, target: Path) -> Animation | None:
        """The frames of an animation, if the result can hold them."""
        from stylemamba.files.frames import keeps_frames, read_animation_bytes

        if self.page is not None or not keeps_frames(target):
            return None
        return read_animation_bytes(content, photo)

    def made(self, pipe: StyleMambaPipeline, content: bytes) -> dict[str, str]:
        """What the recipe tells of how the picture was made."""
        made = pipe.made_with(content)
        return made if self.page is None else {**made, PAGE: str(self.page)}

    def encoded(
        self,
        results: list[StyleMambaOutput],
        source: Photo,
        animation: Animation | None,
        target: Path,
        document: str,
    ) -> tuple[bytes | memoryview, tuple[str, ...]]:
        """The content of a result's file, and notes on what is in it."""
        from stylemamba.files.images import has_quality
        from stylemamba.files.results import encoded_result

        content, notes = encoded_result(
            results,
            source,
            target,
            document if self.keeps_recipe else None,
            animation=animation,
            strip=self.strip,
            quality=self.quality,
        )
        if self.quality is not None and not has_quality(target):
            notes += (f"--quality is of .jpg, .webp and .avif: {target.suffix} has none",)
        if animation is not None:
            count, all_of_them = len(results), len(animation.photos)
            shown = f"{count}" if count == all_of_them else f"{count} of {all_of_them}"
            notes += (f"animated: {shown} frames painted",)
        return content, notes


def painted(
    pipe: StyleMambaPipeline,
    source: Photo,
    animation: Animation | None,
    recipe: Recipe,
    on_progress: OnProgress,
    on_frame: Callable[[int, int], None],
) -> list[StyleMambaOutput]:
    """The picture, or the frames of an animation up to one that was interrupted.

    Args:
        on_frame: Hears before each one how many are done, of how many.
    """
    photos = (source,) if animation is None else animation.photos
    results: list[StyleMambaOutput] = []
    on_frame(0, len(photos))
    for result in pipe.frames(photos, recipe, on_progress=on_progress):
        results.append(result)
        if result.interrupted:
            break
        if len(results) < len(photos):
            on_frame(len(results), len(photos))
    return results
