"""What lies in this package beside its code."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

PACKAGE = Path(str(files("stylemamba")))
WEIGHTS = PACKAGE / "weights"
"""Folder of the models: `artlip`, `autoencoder`, `fusion`, `judge` and `segmenter`."""
SAMPLE = PACKAGE / "samples" / "chelsea.png"
"""A photo to try things on."""
