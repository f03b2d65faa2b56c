"""Workers without models: the pipeline of `fake_pipeline.py`, which may die of a photo."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fake_pipeline import FakeOutput, FakePipeline

from stylemamba.cli.batch_work import BatchWork, PaintRow
from stylemamba.cli.painter import Painter
from stylemamba.errors import StyleMambaError
from stylemamba.portable.recipe import Recipe


class LoggedPipeline(FakePipeline):
    """Writes down each photo that it paints, and is killed by those called `poison`."""

    log: Path

    def frames(
        self, images: Sequence[Any], recipe: Recipe, *, on_progress: Any = None
    ) -> Iterator[FakeOutput]:
        for image in images:
            if image.path.stem == "poison":
                os.kill(os.getpid(), signal.SIGKILL)
            with open(self.log, "a") as file:
                file.write(f"{image.path.name}\n")
            time.sleep(0.02)
            yield self(image, recipe, on_progress=on_progress)


@dataclass(frozen=True)
class FakeWork(BatchWork):
    log: Path = Path()
    unfit: str | None = None

    def load(self) -> PaintRow:
        if self.unfit is not None:
            raise StyleMambaError(self.unfit)
        pipe: Any = LoggedPipeline()
        pipe.log = self.log
        return PaintRow(Painter(pipe, self.saving), self.direction)
