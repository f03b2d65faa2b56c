"""Procedural styles: what a prompt such as "mosaic" or "neon light" looks like on a photo.

Classic non-photorealistic filters render a photo in a style whose name people type; the results are
training pictures for the text side of the encoder. All filters use numpy, scipy and Pillow only.
"""

from __future__ import annotations

from stylemamba.training.procedural.registry import PROCEDURAL_STYLES, ProceduralStyle

__all__ = ["PROCEDURAL_STYLES", "ProceduralStyle"]
