"""A tiny data set of the real layout: every picture drawn here, train and validation."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

TABLES: dict[str, list[dict[str, str]]] = {
    "paintings": [
        {"artist": "Claude Monet", "movement": "impressionism", "genre": "landscape"},
        {"artist": "Claude Monet", "movement": "impressionism", "title": "water lilies"},
        {"artist": "Pablo Picasso", "movement": "cubism", "genre": "portrait"},
        {"artist": "Pablo Picasso", "movement": "cubism"},
    ],
    "media": [{"medium": "cartoon"}, {"medium": "pencil sketch"}],
    "photos": [{"source": "drawn"}, {"source": "drawn"}],
}


def draw(path: Path, seed: int) -> None:
    """Two colours in a gradient with a few bars, saved as the extension says."""
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, 3))
    ramp = np.linspace(0, 1, 48)[None, :, None] * np.ones((40, 1, 1))
    picture = first * ramp + second * (1 - ramp)
    for row in rng.integers(0, 36, 3):
        picture[row : row + 4] = rng.random(3)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray((picture * 255).round().astype(np.uint8)).save(path)


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with paintings, media and photos: 8 pictures to train on, 8 to validate on."""
    data = tmp_path_factory.mktemp("data")
    seed = 0
    for folder, rows in TABLES.items():
        columns = ["file_name", *sorted({name for row in rows for name in row}), "split"]
        (data / folder).mkdir()
        with (data / folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, columns, restval="")
            table.writeheader()
            for split in ("train", "validation"):
                for row in rows:
                    seed += 1
                    table.writerow({"file_name": f"{seed}.png", "split": split, **row})
                    draw(data / folder / f"{seed}.png", seed)
    return data


@pytest.fixture
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does the work of `process_map` in this process."""

    def in_process(
        function: Callable[..., Any],
        *arguments: Any,
        initializer: Callable[..., None] | None = None,
        initargs: tuple[Any, ...] = (),
        chunksize: int = 1,
    ) -> Iterator[Any]:
        if initializer is not None:
            initializer(*initargs)
        return map(function, *arguments)

    names = (
        "artlip.statistics_cache",
        "artlip.bank_looks",
        "artlip.train",
        "fusion.pictures",
        "judge",
        "segmenter.features",
        "segmenter.pictures",
    )
    for module in names:
        monkeypatch.setattr(f"stylemamba.training.{module}.process_map", in_process)
