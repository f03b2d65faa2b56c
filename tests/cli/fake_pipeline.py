"""A stand-in for the pipeline, so that the commands are tested without torch or weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageOps


@dataclass
class FakeStepInfo:
    step: int
    steps: int
    losses: dict[str, float]


@dataclass
class FakeOutput:
    image: Image.Image
    trace: list[dict[str, float]]
    coverage: float | None
    neighbours: list[tuple[str, float]]
    steps: int
    interrupted: bool
    seconds: float = 1.23456


@dataclass
class FakeCoverage:
    coverage: float | None
    neighbours: list[tuple[str, float]]


@dataclass
class FakePipeline:
    """Inverts the photo and records each call; `stop_after` and `error` change its course."""

    digest = "no weights"
    coverage_value: float | None = 0.8
    stop_after: int | None = None
    error: BaseException | None = None
    loaded: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    neighbours: list[tuple[str, float]] = field(
        default_factory=lambda: [("ukiyo-e", 0.9), ("woodcut", 0.7), ("etching", 0.4)]
    )

    def from_pretrained(self, **arguments: Any) -> FakePipeline:
        self.loaded.append(arguments)
        return self

    def __call__(
        self,
        image: Image.Image,
        prompt: str,
        *,
        steps: int | None = None,
        strength: float = 1.0,
        seed: int = 0,
        size: int | None = None,
        stroke: float = 1.0,
        texture: float = 1.0,
        guidance: float = 1.0,
        callback: Callable[[FakeStepInfo], None] | None = None,
    ) -> FakeOutput:
        self.calls.append(
            {
                "prompt": prompt,
                "steps": steps,
                "strength": strength,
                "seed": seed,
                "size": size,
                "stroke": stroke,
                "texture": texture,
                "guidance": guidance,
            }
        )
        steps = steps or 0
        if self.error is not None:
            raise self.error
        done = steps if self.stop_after is None else self.stop_after
        trace = [{"directional": 1.0 / (step + 1), "content": 0.5} for step in range(done + 1)]
        trace = trace if steps else []
        for step, losses in enumerate(trace):
            if callback is not None:
                callback(FakeStepInfo(step, steps, losses))
        return FakeOutput(
            ImageOps.invert(image), trace, self.coverage_value, self.neighbours, done, done < steps
        )

    def coverage(self, prompt: str) -> FakeCoverage:
        return FakeCoverage(self.coverage_value, self.neighbours)
