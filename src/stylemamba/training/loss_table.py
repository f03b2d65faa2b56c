"""losses.csv: a row a step."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


class LossTable:
    """The losses of every step; rows of steps that a resumed run does again are dropped.

    Args:
        path: Of the file.
        first: The step that the run begins with.
        recent: How many steps `recent` is about.
    """

    def __init__(self, path: Path, first: int, recent: int) -> None:
        self.path = path
        self.rows: list[dict[str, Any]] = []
        if first and path.exists():
            with path.open(newline="") as file:
                self.rows = [row for row in csv.DictReader(file) if int(row["step"]) < first]
        self._recent = recent
        self._restart = True
        self._steps: list[int] = []
        self._waiting: list[Tensor] = []
        self._names: list[str] = []

    def add(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Takes a step's losses, where they are: to read each of them would hold a GPU up."""
        self._steps.append(step)
        self._names = list(losses)
        self._waiting.append(torch.stack(list(losses.values())).detach())

    def flush(self) -> None:
        """Writes what was added."""
        if not self._waiting:
            return
        values = torch.stack(self._waiting).tolist()
        new: list[dict[str, Any]] = [
            {
                "step": step,
                **{name: f"{value:.5f}" for name, value in zip(self._names, row, strict=True)},
            }
            for step, row in zip(self._steps, values, strict=True)
        ]
        self.rows += new
        with self.path.open("w" if self._restart else "a", newline="") as file:
            writer = csv.DictWriter(file, new[0].keys())
            if self._restart:
                writer.writeheader()
            writer.writerows(self.rows if self._restart else new)
        self._restart = False
        self._steps, self._waiting = [], []

    def recent(self) -> dict[str, float]:
        """Means over the last steps that were written."""
        rows = self.rows[-self._recent :]
        names = [name for name in rows[-1] if name != "step"]
        return {name: sum(float(row[name]) for row in rows) / len(rows) for name in names}
