"""How the workers of `stylemamba batch` paint: what is sent to their machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylemamba.cli.direction import Direction
from stylemamba.cli.messages import described
from stylemamba.cli.painter import Painter
from stylemamba.cli.recipes import Loaded
from stylemamba.cli.saving import Saving
from stylemamba.files.places import as_path
from stylemamba.files.style_files import Shelf

if TYPE_CHECKING:
    from stylemamba.batch.worker import KnownResult

_MOST_DIRECTIONS = 1000
"""That a worker remembers: each row may have a prompt of its own."""


@dataclass(frozen=True)
class BatchWork:
    """How to paint; see `stylemamba.batch.worker.Work`.

    Attributes:
        direction: Of photos whose rows do not say how; the styles of its pictures are known.
        saving: How results are written.
        shelf: Styles of one's own, of the machine where the job began.
    """

    direction: Direction
    saving: Saving
    shelf: Shelf

    def load(self) -> PaintRow:
        """Imports torch and loads the models: seconds.

        Raises:
            StyleMambaError: They are not there, or do not do what is asked for.
            RecipeError: What is asked for is not possible.
        """
        from stylemamba.pipeline import StyleMambaPipeline
        from stylemamba.runtime.allocator import keep_freed_memory

        keep_freed_memory()
        pipe = StyleMambaPipeline.from_pretrained(
            **self.direction.settings.models, segmenter=self.direction.segmenters
        )
        pipe.shelf = self.shelf
        if self.direction.says_how:
            pipe.resolved(self.direction.outline)
        return PaintRow(Painter(pipe, self.saving), self.direction)

    def describe(self, error: Exception) -> str:
        """What went wrong, in a line."""
        return _line(error)


@dataclass(frozen=True)
class PaintRow:
    """Paints rows; see `stylemamba.batch.worker.Paint`.

    Attributes:
        paint: Paints photos.
        direction: Of rows that do not say how.
        directions: Of those that do, by prompt and recipe.
    """

    paint: Painter
    direction: Direction
    directions: dict[tuple[str | None, str | None], Direction] = field(default_factory=dict)

    def __call__(
        self, row: Mapping[str, Any], content: bytes, results: KnownResult
    ) -> dict[str, Any]:
        """Columns of the table of results."""
        photo = as_path(row["photo"])
        try:
            direction = self._direction(row["prompt"], row["recipe"])
            outcome = self.paint(
                content, photo, Path(row["output"]), direction, results, lambda event: None
            )
        except Exception as error:
            return {"state": "failed", "error": _line(error).removeprefix(f"{photo}: ")}
        width, height = outcome.size or (None, None)
        return {
            **{"state": outcome.state, "prompt": outcome.prompt, "recipe": outcome.recipe},
            **{"width": width, "height": height, "seconds": outcome.seconds},
            **{"coverage": outcome.coverage, "notes": list(outcome.notes)},
        }

    def _direction(self, prompt: str | None, recipe: str | None) -> Direction:
        from stylemamba.batch import storage

        asked = (prompt, recipe)
        if asked not in self.directions:
            loaded = self.direction.loaded
            if recipe is not None:
                loaded = Loaded.of_bytes(storage.read(recipe), recipe)
            if len(self.directions) == _MOST_DIRECTIONS:
                self.directions.clear()
            self.directions[asked] = replace(
                self.direction,
                prompt=self.direction.prompt if prompt is None else prompt,
                loaded=loaded,
            )
        return self.directions[asked]


def _line(error: Exception) -> str:
    return " ".join(described(error).removeprefix("error: ").split())
