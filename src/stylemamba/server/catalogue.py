"""Styles that are known by name, with a thumbnail of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

FOLDER = "styles"
SIDE = 64
"""Of a thumbnail, in pixels."""
COLUMNS = 32
"""Of the sheet that all thumbnails are on."""


@dataclass(frozen=True)
class Catalogue:
    """Styles by name.

    Attributes:
        names: With their kinds, in the order of their thumbnails.
    """

    names: Sequence[tuple[str, str]]

    @classmethod
    def shipped(cls) -> Catalogue:
        """The one that comes with the package."""
        file = files("stylemamba.server") / "page" / FOLDER / "catalogue.json"
        return cls([(name, kind) for name, kind in json.loads(file.read_text("utf-8"))])

    @property
    def sheet(self) -> dict[str, Any]:
        """Where the thumbnails are, and how they lie there."""
        return {"url": f"{FOLDER}/thumbnails.webp", "side": SIDE, "columns": COLUMNS}

    def search(self, text: str) -> list[dict[str, Any]]:
        """Styles whose names have all words of a text; those that begin with it first."""
        words = text.casefold().split()
        found = [
            {"name": name, "kind": kind, "place": place}
            for place, (name, kind) in enumerate(self.names)
            if all(word in name.casefold() for word in words)
        ]
        first = text.casefold().strip()
        return sorted(found, key=lambda style: not style["name"].casefold().startswith(first))
