"""The methods that `stylemamba compare` knows, by name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from stylemamba.baselines.clipstyler import clipstyler
from stylemamba.baselines.pixels import pixels
from stylemamba.baselines.task import Method, Record, Task
from stylemamba.evaluation.comparison.scores import SCORING
from stylemamba.files.store import PAINTING
from stylemamba.painting.fit import fit
from stylemamba.painting.level import Level
from stylemamba.painting.one_pass import OnePass
from stylemamba.painting.settings import FittingConfig
from stylemamba.progress import Progress
from stylemamba.runtime.model_files import fingerprint

REFERENCE = "clipstyler"
FITTING = (*PAINTING, *SCORING, "evaluation/comparison/methods.py")
"""Parts of the package that decide what becomes of StyleMamba's methods, and their scores."""


@dataclass(frozen=True)
class Contestant:
    """A method in the table.

    Attributes:
        run: The method.
        steps: Its last step.
        settings: What its result depends on besides photo, prompt, seed, encoder and code. A kept
            result serves as long as these are the same.
        code: Parts of the package that decide its result and the scores of that.
    """

    run: Method
    steps: Callable[[Task], int]
    settings: Callable[[Task], dict[str, Any]]
    code: tuple[str, ...]


def stylemamba(task: Task, record: Record) -> None:
    """StyleMamba's fit, from the one-pass checkpoint on."""
    level = Level(task.autoencoder, copy.deepcopy(task.fusion).requires_grad_(True))
    fit_and_record(task, level, task.config, record)


def fit_and_record(task: Task, level: Level, config: FittingConfig, record: Record) -> None:
    """Fits the level's fusion, in place, with the settings `config`; `record` gets every picture.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """

    def show(progress: Progress) -> None:
        assert progress.image is not None
        record(progress.step, progress.image)

    result = fit(
        task.photo,
        task.layers,
        encoder=task.encoder,
        level=level,
        config=config,
        seed=task.seed,
        on_progress=show,
    )
    if result.interrupted:
        raise KeyboardInterrupt


def one_pass(task: Task, record: Record) -> None:
    """One pass of the trained style fusion, without optimisation; it counts as one step."""
    painter = OnePass(Level(task.autoencoder, task.fusion), task.layers, task.seed)
    record(1, painter.paint(task.photo))


def _models(task: Task) -> dict[str, str]:
    return {
        "autoencoder": fingerprint(task.autoencoder),
        "fusion": fingerprint(task.fusion),
    }


METHODS: dict[str, Contestant] = {
    REFERENCE: Contestant(
        clipstyler,
        steps=lambda task: task.steps,
        settings=lambda task: {"steps": task.steps, "crops": task.crops},
        code=SCORING,  # the baselines are in there: no rule of painting costs another hour
    ),
    "pixels": Contestant(
        pixels,
        steps=lambda task: task.steps,
        settings=lambda task: {"fitting": {**asdict(task.config), "steps": task.steps}},
        code=(*SCORING, "painting/objective.py", "painting/layers.py"),
    ),
    "stylemamba": Contestant(
        stylemamba,
        steps=lambda task: task.config.steps,
        settings=lambda task: {"fitting": asdict(task.config), **_models(task)},
        code=FITTING,
    ),
    "one_pass": Contestant(one_pass, steps=lambda task: 1, settings=_models, code=FITTING),
}
