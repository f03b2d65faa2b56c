"""A stand-in for the pipeline, so that the commands are tested without torch or weights."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from stylemamba.errors import StyleMambaError
from stylemamba.files.style_files import Shelf
from stylemamba.notes import coverage_note
from stylemamba.portable.finish import NUMBERS as FINISH_NUMBERS
from stylemamba.portable.learnt import Learnt
from stylemamba.portable.parts import NUMBERS, PARTS
from stylemamba.portable.recipe import Recipe, StylePart
from stylemamba.progress import Progress


@dataclass
class FakeOutput:
    image: Image.Image
    recipe: Recipe
    trace: list[dict[str, float]]
    coverage: float | None
    neighbours: list[tuple[str, float]]
    remarks: tuple[str, ...]
    notes: tuple[str, ...]
    steps: int
    interrupted: bool
    seconds: float = 1.23456
    deep: Any = None


@dataclass
class FakeCoverage:
    coverage: float | None
    neighbours: list[tuple[str, float]]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class FakeDevice:
    type: str

    def __str__(self) -> str:
        return self.type


@dataclass
class FakePipeline:
    """Inverts the photo and records each call; `stop_after` and `error` change its course."""

    digest = "no weights"
    numerics = "cpu"
    device: FakeDevice = field(default_factory=lambda: FakeDevice("cpu"))
    coverage_value: float | None = 0.8
    stop_after: int | None = None
    error: BaseException | None = None
    remarks: tuple[str, ...] = ()
    loaded: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    neighbours: list[tuple[str, float]] = field(
        default_factory=lambda: [("ukiyo-e", 0.9), ("woodcut", 0.7), ("etching", 0.4)]
    )

    def from_pretrained(self, *, segmenter: Any = None, **arguments: Any) -> FakePipeline:
        self.loaded.append(arguments)
        return self

    def made_with(self, photo: bytes) -> dict[str, str]:
        return {"photo": hashlib.sha256(photo).hexdigest()[:16], "weights": self.digest}

    def resolved(self, recipe: Recipe) -> Recipe:
        return replace(recipe, steps=recipe.steps or 0)

    @property
    def shelf(self) -> Shelf:
        return Shelf()

    def learn(self, pictures: Sequence[Image.Image], name: str, weight: float = 1.0) -> StylePart:
        """Known of pictures: their upper left pixels."""
        if not pictures:
            raise StyleMambaError(f"{name}: is learnt from 1 picture or more")
        seen = np.array([picture.getpixel((0, 0)) for picture in pictures], dtype=np.uint8)
        count = len(pictures)
        learnt = Learnt(
            codes=seen.view(np.int8),
            parts=np.zeros((count, PARTS, NUMBERS), np.int8),
            mark_amounts=np.zeros((count, 0), np.uint8),
            finishes=np.zeros((count, FINISH_NUMBERS), np.float16),
            marks=(),
            space="fake",
        )
        return StylePart(name, weight, learnt=learnt.to_text())

    def __call__(
        self,
        image: Any,
        recipe: Recipe,
        *,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> FakeOutput:
        values = {name: value for name, value in vars(recipe).items()}
        del values["parts"], values["regions"]
        self.calls.append({"prompt": recipe.prompt, **values})
        if self.error is not None:
            raise self.error
        recipe = self.resolved(recipe)
        steps = recipe.steps or 0
        done = steps if self.stop_after is None else self.stop_after
        trace = [{"directional": 1.0 / (step + 1), "content": 0.5} for step in range(done + 1)]
        trace = trace if steps else []
        for step, losses in enumerate(trace):
            if on_progress is not None:
                on_progress(Progress("fit", step, steps, losses))
        note = coverage_note(recipe.prompt, self.coverage_value, self.neighbours)
        return FakeOutput(
            ImageOps.invert(getattr(image, "rgb", image)),
            recipe,
            trace,
            self.coverage_value,
            self.neighbours,
            self.remarks,
            (note,) if note else (),
            done,
            done < steps,
            deep=None if (deep := getattr(image, "deep", None)) is None else 65535 - deep,
        )

    def frames(
        self, images: Sequence[Any], recipe: Recipe, *, on_progress: Any = None
    ) -> Iterator[FakeOutput]:
        for image in images:
            yield self(image, recipe, on_progress=on_progress)

    def coverage(self, prompt: str) -> FakeCoverage:
        return FakeCoverage(self.coverage_value, self.neighbours, self.remarks)
