"""Finished runs of a comparison on disk, so that it goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.comparison.scores import Run, Score
from stylemamba.files.atomic import atomic_writer
from stylemamba.files.images import read_image, to_pil, write_image


def digest(settings: Mapping[str, Any]) -> str:
    """A short name for settings: equal settings have equal ones."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class RunFolder:
    """The runs of one task, by method and its settings.

    Each is `<method>-<digest>.json` with the settings and the scores, and a picture
    `<method>-<digest>-<step>.png` a kept step. The JSON is written last: a run is all there or not
    at all.

    Args:
        folder: Made if it is not there.

    Raises:
        StyleMambaError: It cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StyleMambaError(f"{folder}: cannot be made ({error.strerror})") from error

    def has(self, method: str, settings: Mapping[str, Any]) -> bool:
        """Whether the run is there."""
        return self._scores(method, settings).exists()

    def save(self, method: str, settings: Mapping[str, Any], run: Run) -> None:
        """Keeps a finished run.

        Raises:
            StyleMambaError: The folder cannot be written to, or the disk is full.
        """
        scores = self._scores(method, settings)
        for step, picture in run.pictures.items():
            write_image(to_pil(picture), self.folder / f"{scores.stem}-{step:04d}.png")
        record = {"settings": settings, "curve": [asdict(score) for score in run.curve]}
        with atomic_writer(scores) as file:
            file.write(json.dumps(record, indent=1).encode())

    def curve(self, method: str, settings: Mapping[str, Any]) -> list[Score]:
        """The scores of a run that is there.

        Raises:
            StyleMambaError: The file is damaged.
        """
        path = self._scores(method, settings)
        try:
            return [Score(**entry) for entry in json.loads(path.read_bytes())["curve"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StyleMambaError(f"{path}: is damaged; delete it to run it again") from error

    def pictures(self, method: str, settings: Mapping[str, Any]) -> dict[int, Image.Image]:
        """Step -> picture of a run that is there, by step."""
        stem = self._scores(method, settings).stem
        paths = sorted(self.folder.glob(f"{stem}-*.png"))
        return {int(path.stem.rpartition("-")[2]): read_image(path).rgb for path in paths}

    def _scores(self, method: str, settings: Mapping[str, Any]) -> Path:
        return self.folder / f"{method}-{digest(settings)}.json"
