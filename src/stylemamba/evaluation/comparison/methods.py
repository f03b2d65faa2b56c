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
from stylemamba.fusion.network import StyleFusion
from stylemamba.painting.fit import FittingConfig, StepInfo, fit
from stylemamba.painting.one_pass import OnePass
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
    fit_and_record(task, copy.deepcopy(task.fusion).requires_grad_(True), task.config, record)


def fit_and_record(task: Task, fusion: StyleFusion, config: FittingConfig, record: Record) -> None:
    """Fits `fusion`, in place, with the settings `config`; `record` gets every picture.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """

    def show(info: StepInfo) -> None:
        record(info.step, info.image.float())

    result = fit(
        task.photo,
        task.encoder.style(task.prompt, mode=task.seed),
        encoder=task.encoder,
        autoencoder=task.autoencoder,
        fusion=fusion,
        config=config,
        seed=task.seed,
        callback=show,
    )
    if result.interrupted:
        raise KeyboardInterrupt


def one_pass(task: Task, record: Record) -> None:
    """One pass of the trained style fusion, without optimisation; it counts as one step."""
    style = task.encoder.style(task.prompt, mode=task.seed)
    painter = OnePass(task.autoencoder, task.fusion, task.seed)
    record(1, painter.paint(task.photo, style.condition))


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
        code=(*SCORING, "painting/fit.py"),  # it has the objective
    ),
    "stylemamba": Contestant(
        stylemamba,
        steps=lambda task: task.config.steps,
        settings=lambda task: {"fitting": asdict(task.config), **_models(task)},
        code=FITTING,
    ),
    "one_pass": Contestant(one_pass, steps=lambda task: 1, settings=_models, code=FITTING),
}
