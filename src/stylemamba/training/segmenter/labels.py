"""What somebody saw in whole photos: whether there are persons, and sky, and where the sky ends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageDraw

from stylemamba.errors import StyleMambaError
from stylemamba.portable.geometry import Array
from stylemamba.training.data import Record

Answer = Literal["yes", "no", "unsure"]
OURS = Path(str(files(__package__))) / "photo_labels.json"
"""Labels of the photos that the shipped segmenter was trained on."""
PEOPLED = ("portrait", "nude_painting", "genre_painting", "religious_painting")
"""Genres of paintings that show persons nearly always."""
DESERTED = ("still_life", "abstract_painting")
"""Genres that hardly ever show persons or sky."""


@dataclass(frozen=True)
class Labels:
    """Of photos by the stem of their file; paintings and drawings tell by genre and subject.

    Attributes:
        answers: `person` and `sky` -> `yes` and `no` -> the photos' names.
        turned: Names of photos with sky that lie on their side.
        outlines: Name -> polygons of the sky, x and y by turns in hundredths of the sides; one that
            begins with -1 is cut out.
    """

    answers: dict[str, dict[str, set[str]]]
    turned: set[str]
    outlines: dict[str, list[list[int]]]

    @classmethod
    def read(cls, path: Path = OURS) -> Labels:
        """From a JSON file: see `photo_labels.json`.

        Raises:
            StyleMambaError: It is missing, or not such a file.
        """
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                {
                    word: {answer: set(stored[word][answer].split()) for answer in ("yes", "no")}
                    for word in ("person", "sky")
                },
                set(stored["sky"]["turned"].split()),
                {name: _polygons(lines) for name, lines in stored["sky_outlines"].items()},
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StyleMambaError(f"{path}: is no file of labels; see {OURS}") from error

    def answer(self, word: str, record: Record) -> Answer:
        """Whether a picture shows a `person`, or `sky`."""
        if record.folder == "photos":
            listed = self.answers[word]
            name = record.path.stem
            return "yes" if name in listed["yes"] else "no" if name in listed["no"] else "unsure"
        genre, subject = record.labels.get("genre"), record.labels.get("subject")
        if genre in DESERTED:
            return "no"
        if word == "person" and subject:
            return "yes" if subject == "person" else "no"
        return "yes" if word == "person" and genre in PEOPLED else "unsure"

    def is_upright(self, record: Record) -> bool:
        """Whether a picture's sky, if any, is on top."""
        return record.folder != "photos" or record.path.stem not in self.turned

    def outline(self, record: Record, side: int) -> Array | None:
        """The sky of a photo as it was drawn by hand, (side, side), 0 or 1; None if it was not."""
        if record.folder != "photos" or record.path.stem not in self.outlines:
            return None
        image = Image.new("L", (side, side))
        for polygon in self.outlines[record.path.stem]:
            cut_out = polygon[0] < 0
            points = np.array(polygon[cut_out:]) * side / 100
            ImageDraw.Draw(image).polygon(points.tolist(), fill=0 if cut_out else 1)
        return np.asarray(image, dtype=np.float32)


def _polygons(lines: Any) -> list[list[int]]:
    return [[int(number) for number in line.split()] for line in lines]
