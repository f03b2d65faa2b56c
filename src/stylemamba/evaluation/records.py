"""What is known of each finished picture, in a file of its own, so that a run can go on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stylemamba.files.atomic import atomic_writer


@dataclass(frozen=True)
class Record:
    """One finished picture.

    Attributes:
        seconds: Wall time of stylising it.
        peak_memory: Peak resident set while doing so, in MiB; None where it can't be measured.
        measured_with: `Evaluator.key` of the metrics; empty where they are still to be measured.
        metrics: Name to value; None where the picture is too small to tell.
    """

    seconds: float
    peak_memory: float | None
    measured_with: str = ""
    metrics: dict[str, float | None] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes it as JSON, whole or not at all.

        Raises:
            StyleMambaError: The place cannot be written.
        """
        with atomic_writer(path) as file:
            file.write(json.dumps(asdict(self), indent=1, allow_nan=False).encode())

    @classmethod
    def load(cls, path: Path) -> Record | None:
        """Reads what `save` wrote; None if it is not there, or damaged and to be made again."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
