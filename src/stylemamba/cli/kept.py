"""What `sheet` and `evaluate` keep of the pictures that they paint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stylemamba.cli.options import FitSettings

MODELS = ("encoder", "autoencoder", "fusion")
"""Options with folders of models, of which the weights count and not the names."""


def asked(settings: FitSettings) -> dict[str, Any]:
    """How photos are to be painted, without the prompt, as JSON can hold it."""
    return {name: value for name, value in vars(settings).items() if name not in MODELS}
