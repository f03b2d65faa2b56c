"""What can be compared: other methods with StyleMamba, or StyleMamba with variants of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stylemamba.evaluation.comparison import ablation_report, report
from stylemamba.evaluation.comparison.ablation import ABLATIONS
from stylemamba.evaluation.comparison.jobs import Finished
from stylemamba.evaluation.comparison.methods import METHODS, Contestant
from stylemamba.painting.settings import WARM_START, FittingConfig


@dataclass(frozen=True)
class Plan:
    """A kind of comparison.

    Attributes:
        name: What its files begin with.
        methods: What is compared.
        config: Settings of StyleMamba's fit, but for its steps and guidance, from a pipeline's.
        summarise: The figures of all finished jobs.
        to_markdown: A page of the figures together with the settings.
    """

    name: str
    methods: Mapping[str, Contestant]
    config: Callable[[FittingConfig], FittingConfig]
    summarise: Callable[[Sequence[Finished]], dict[str, Any]]
    to_markdown: Callable[[Mapping[str, Any]], str]


COMPARISON = Plan(
    "comparison", METHODS, lambda config: config, report.summarise, report.to_markdown
)
ABLATION = Plan(
    "ablation",
    ABLATIONS,
    # The variants start from the photo itself, not from the one-pass result.
    lambda config: FittingConfig() if config == WARM_START else config,
    ablation_report.summarise,
    ablation_report.to_markdown,
)
