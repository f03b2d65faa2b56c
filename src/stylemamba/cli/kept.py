"""What `sheet` and `evaluate` keep of the pictures that they paint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from stylemamba.cli.messages import coverage_warning

if TYPE_CHECKING:
    from stylemamba.cli.options import FitSettings

MODELS = ("encoder", "autoencoder", "fusion")
"""Options with folders of models, of which the weights count and not the names."""


def asked(settings: FitSettings) -> dict[str, Any]:
    """How photos are to be painted, without the prompt, as JSON can hold it."""
    return {name: value for name, value in vars(settings).items() if name not in MODELS}


def coverage_warnings(painted: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """One warning for each prompt that is far from everything known.

    Args:
        painted: Of each picture its prompt, and what `store.painting_record` says.
    """
    records = dict(painted)
    warnings = (
        coverage_warning(prompt, record["coverage"], record["neighbours"])
        for prompt, record in records.items()
    )
    return [warning for warning in warnings if warning]
