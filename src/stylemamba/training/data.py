"""The training pictures: folders in the Hugging Face `imagefolder` convention, in two splits."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import read_image
from stylemamba.training.pack import PackedPicture
from stylemamba.training.parquet import ParquetPicture

Picture: TypeAlias = Path | PackedPicture | ParquetPicture
"""A file, or one within a pack or a Parquet file; all have a `stem`."""


@dataclass(frozen=True)
class Record:
    """One row of a metadata.csv.

    Attributes:
        path: Of the picture.
        folder: `paintings`, `media` or `photos`.
        split: `train` or `validation`.
        labels: The other columns: artist, movement, medium and so on; "" where unknown.
    """

    path: Path
    folder: str
    split: str
    labels: dict[str, str]


def read_records(data: Path, folders: Sequence[str], split: str) -> list[Record]:
    """Rows of `data/<folder>/metadata.csv` with the given split, folder by folder, in file order.

    A table names its pictures in the column `file_name`, relative to its folder; a table without
    the column `split` is all `train`.

    Args:
        data: Folder of the folders.
        folders: Which of them to read.
        split: `train` or `validation`.

    Raises:
        StyleMambaError: A folder has no readable metadata.csv, or no row has the split.
    """
    records = []
    for folder in folders:
        table = data / folder / "metadata.csv"
        try:
            with table.open(newline="", encoding="utf-8") as stream:
                rows = list(csv.DictReader(stream, restval=""))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise StyleMambaError(
                f"{table}: cannot be read; pass the folder that holds {', '.join(folders)}"
            ) from error
        if rows and "file_name" not in rows[0]:
            raise StyleMambaError(f"{table}: has no column file_name; add one")
        for row in rows:
            path = data / folder / row.pop("file_name")
            row_split = row.pop("split", "train")
            if row_split == split:
                records.append(Record(path, folder, split, row))
    if not records:
        tables = ", ".join(f"{folder}/metadata.csv" for folder in folders)
        raise StyleMambaError(f"{data}: no {split} pictures; fill the column split of {tables}")
    return records


def read_rgb(picture: Picture) -> Image.Image:
    """The picture, upright, in sRGB.

    Raises:
        StyleMambaError: It is missing, damaged or not a picture.
    """
    return read_image(picture).rgb if isinstance(picture, Path) else picture.read()


def scale_short_side(image: Image.Image, side: int) -> Image.Image:
    """The picture resized so that its shorter side is `side` pixels."""
    factor = side / min(image.size)
    size = (max(side, round(image.width * factor)), max(side, round(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS)


def center_crop(image: Image.Image, side: int) -> Image.Image:
    """The central `side` x `side` pixels after the shorter side was scaled to `side`."""
    image = scale_short_side(image, side)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def random_crop(
    image: Image.Image, side: int, rng: np.random.Generator, min_scale: float = 0.6
) -> Image.Image:
    """A random square crop, mirrored half the time, of the picture scaled by a random factor.

    Args:
        image: Of any size.
        side: Of the crop, in pixels.
        rng: Drawn from four times.
        min_scale: The factor lies between this and 1, unless the picture is so small that its
            shorter side would be less than `side`; then it is what makes them equal.
    """
    factor = max(rng.uniform(min_scale, 1.0), side / min(image.size))
    width = max(side, round(image.width * factor))
    height = max(side, round(image.height * factor))
    left = int(rng.integers(0, width - side + 1))
    top = int(rng.integers(0, height - side + 1))
    right = min((left + side) / factor, image.width)
    bottom = min((top + side) / factor, image.height)
    box = (left / factor, top / factor, right, bottom)
    crop = image.resize((side, side), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
    return crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else crop


def to_batch(images: Sequence[Image.Image]) -> Tensor:
    """RGB pictures of one size as (b, 3, h, w) float32 in [0, 1]."""
    array = np.stack([np.asarray(image) for image in images])
    return torch.from_numpy(array).permute(0, 3, 1, 2).float().div_(255.0)
