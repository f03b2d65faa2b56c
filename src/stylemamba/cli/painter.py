"""A photo's file painted into a result, whoever keeps the results."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from stylemamba.cli.direction import Direction
from stylemamba.cli.saving import Saving, painted
from stylemamba.progress import Cancelled, Progress

if TYPE_CHECKING:
    from stylemamba.files.images import Photo
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.portable.recipe import Recipe

State = Literal["painted", "kept", "failed", "left"]
RECIPE_DIGITS = 16
"""Of the digests of recipes."""


@dataclass(frozen=True)
class Outcome:
    """What became of a photo.

    Attributes:
        photo: The file.
        output: Its result.
        state: Painted now, kept from an earlier run, failed, or left for the next one.
        problem: Why it failed.
        prompt: The style, in words.
        recipe: A digest of all that was asked for.
        size: Width and height; None if it was not painted now.
        seconds: It took.
        coverage: How well the prompt is known; None if it was not painted now or nobody can tell.
        notes: What there is to say.
    """

    photo: str
    output: str
    state: State
    problem: str | None = None
    prompt: str | None = None
    recipe: str | None = None
    size: tuple[int, int] | None = None
    seconds: float = 0.0
    coverage: float | None = None
    notes: tuple[str, ...] = ()


class Results(Protocol):
    """Where results go, and what is known of those that are there."""

    def has(self, result: Path, key: Mapping[str, Any]) -> bool:
        """Whether a result is there as it was made, and depends on the same as now."""

    def check(self, result: Path, size: tuple[int, int], document: str) -> None:
        """Refuses, before any work, what cannot be written or replaces what others made.

        Args:
            result: Its path within the folder.
            size: Of the picture.
            document: The recipe that is to be written into it.

        Raises:
            StyleMambaError: It is so.
        """

    def write(self, result: Path, key: Mapping[str, Any], content: bytes | memoryview) -> None:
        """Writes a result, with what it depends on, in the place of what is there.

        Raises:
            StyleMambaError: It cannot be written.
        """


@dataclass(frozen=True)
class Painter:
    """Paints photos that are in memory.

    Attributes:
        pipe: With which models.
        saving: How results are written.
    """

    pipe: StyleMambaPipeline
    saving: Saving

    def __call__(
        self,
        content: bytes,
        photo: Path,
        result: Path,
        direction: Direction,
        results: Results,
        hear: Callable[[Progress], None],
    ) -> Outcome:
        """Paints a photo, unless its result is there already.

        Args:
            content: Of the photo's file.
            photo: What messages call it.
            result: Its path within the results.
            direction: How to paint.
            results: Where it goes.
            hear: Hears of passes and steps; `Cancelled` in it stops the work.

        Raises:
            StyleMambaError: The photo cannot be read, painted as asked, or its result written.
            Cancelled: A fit was stopped, and leaves no result.
        """
        from stylemamba.files.reading import read_image_bytes
        from stylemamba.files.store import painting_key

        saving = self.saving.of_photo(direction.loaded, content)
        source: Photo | None = None
        notes: tuple[str, ...] = ()
        if direction.needs_photo:
            source = read_image_bytes(content, photo, saving.page)
            directed = direction.of_photo(source)
            recipe, notes = directed.recipe, directed.notes
        else:
            recipe = direction.outline
        recipe = self.pipe.resolved(recipe)
        outcome = Outcome(str(photo), str(result), "kept", prompt=recipe.prompt)
        outcome = replace(outcome, recipe=_digest(recipe))
        key = painting_key(content, recipe.to_dict(), self.pipe.digest, self.pipe.numerics)
        key["saving"] = asdict(saving)
        if results.has(result, key):
            return outcome
        source = source or read_image_bytes(content, photo, saving.page)
        animation = saving.animation(content, photo, result)
        made = saving.made(self.pipe, content)
        document = recipe.to_json(made)
        results.check(result, source.rgb.size, document)
        pictures = painted(self.pipe, source, animation, recipe, hear, lambda done, of: None)
        last = pictures[-1]
        if last.interrupted:
            raise Cancelled
        file, more = saving.encoded(pictures, source, animation, result, document)
        results.write(result, key, file)
        read = source if animation is None else animation
        return replace(
            outcome,
            state="painted",
            size=last.image.size,
            seconds=round(sum(each.seconds for each in pictures), 3),
            coverage=last.coverage,
            notes=(*read.notes, *notes, *last.notes, *more, *direction.notes_on(recipe, made)),
        )


def _digest(recipe: Recipe) -> str:
    return hashlib.sha256(recipe.to_json().encode()).hexdigest()[:RECIPE_DIGITS]
