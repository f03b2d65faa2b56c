"""The methods that `stylemamba compare` knows, by name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from stylemamba.baselines.clipstyler import clipstyler
from stylemamba.baselines.pixels import pixels
from stylemamba.baselines.task import Method, Record, Task
from stylemamba.fusion.network import StyleFusion
from stylemamba.painting.fit import FittingConfig, StepInfo, fit
from stylemamba.painting.one_pass import OnePass
from stylemamba.runtime.model_files import fingerprint

REFERENCE = "clipstyler"


@dataclass(frozen=True)
class Entry:
    """A method in the table.

    Attributes:
        run: The method.
        steps: Its last step.
        settings: What its result depends on besides photo, prompt, seed and encoder. A kept result
            serves as long as these are the same.
    """

    run: Method
    steps: Callable[[Task], int]
    settings: Callable[[Task], dict[str, Any]]


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


METHODS: dict[str, Entry] = {
    REFERENCE: Entry(
        clipstyler,
        steps=lambda task: task.steps,
        settings=lambda task: {"steps": task.steps, "crops": task.crops},
    ),
    "pixels": Entry(
        pixels,
        steps=lambda task: task.steps,
        settings=lambda task: {"fitting": {**asdict(task.config), "steps": task.steps}},
    ),
    "stylemamba": Entry(
        stylemamba,
        steps=lambda task: task.config.steps,
        settings=lambda task: {"fitting": asdict(task.config), **_models(task)},
    ),
    "one_pass": Entry(one_pass, steps=lambda task: 1, settings=_models),
}
