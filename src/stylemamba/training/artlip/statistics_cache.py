"""Style statistics of every training picture, measured once and kept on disk in shards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from stylemamba.encoders.artlip import BANK_SIDE
from stylemamba.encoders.statistics import PROJECTED, STYLE_LAYERS, StyleStatistics
from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer
from stylemamba.files.images import fit_size
from stylemamba.runtime.precision import fast_autocast
from stylemamba.training.data import (
    Record,
    random_crop,
    read_records,
    read_rgb,
    scale_short_side,
    to_batch,
)
from stylemamba.training.procedural import PROCEDURAL_STYLES
from stylemamba.training.workers import process_map

FOLDERS = ("paintings", "media", "photos")
SHARD = 256
PROJECTION_SAMPLES = 400
RENDERS = {"train": 20, "validation": 4}  # of each procedural style


@dataclass(frozen=True)
class Item:
    """A training picture: a record of the data, or a procedural style rendered from a photo.

    Attributes:
        record: The picture, or the photo to render.
        style: A key of `PROCEDURAL_STYLES`, or "" for the picture itself.
        seed: Of the render.
    """

    record: Record
    style: str = ""
    seed: int = 0

    def picture(self) -> Image.Image:
        """The picture, RGB, at the scale at which statistics are measured.

        Renders are squares of `BANK_SIDE` px; of photos the shorter side is as long; of other
        pictures the longer side is, at most.

        Raises:
            StyleMambaError: The file is missing or damaged.
        """
        image = read_rgb(self.record.path)
        if self.style:
            rng = np.random.default_rng(self.seed)
            crop = np.asarray(random_crop(image, BANK_SIDE, rng), np.float32) / 255.0
            rendered = PROCEDURAL_STYLES[self.style].render(crop, rng)
            return Image.fromarray((rendered.clip(0, 1) * 255).round().astype(np.uint8))
        if self.record.folder == "photos":
            return scale_short_side(image, BANK_SIDE)
        if max(image.size) <= BANK_SIDE:
            return image
        return image.resize(fit_size(image.size, BANK_SIDE), Image.Resampling.LANCZOS)


def list_items(data: Path, split: str, seed: int = 0) -> list[Item]:
    """The records of a split, then `RENDERS[split]` renders of each procedural style.

    Args:
        data: Folder with `paintings`, `media` and `photos` (see training/data.py).
        split: `train` or `validation`; renders are from photos of the same split.
        seed: Of the choice of photos.

    Raises:
        StyleMambaError: A metadata.csv is missing, or the split has no photos.
    """
    items = [Item(record) for record in read_records(data, FOLDERS, split)]
    photos = read_records(data, ("photos",), split)
    for index, name in enumerate(PROCEDURAL_STYLES):
        rng = np.random.default_rng((seed, index, len(photos)))
        for number in range(RENDERS[split]):
            record = photos[rng.integers(len(photos))]
            items.append(Item(record, name, seed=1000 * index + number))
    return items


@torch.no_grad()
def measure_features(vgg: VGG19, picture: Image.Image) -> dict[str, Tensor]:
    """VGG19's features of one picture at the style layers, (1, c, h, w) each."""
    with fast_autocast():
        features = vgg(to_batch([picture]), STYLE_LAYERS)
    # Every second pixel estimates the finest layer's statistics as well, in a quarter of the time.
    features["relu1_1"] = features["relu1_1"][:, :, ::2, ::2]
    return features


def fit_projections(items: Sequence[Item], vgg: VGG19, seed: int = 0) -> StyleStatistics:
    """Fits the channels' deviations and the projections of the covariances, from a sample.

    P = V diag(v)^(-1/4), with V the principal directions and v the variances of f / sigma over all
    positions of all pictures. Without any flattening a handful of channels would make up the whole
    distance between two covariances; with full whitening, v^(-1/2), noise channels would weigh as
    much as strokes.

    Args:
        items: Training pictures, of which at most `PROJECTION_SAMPLES` are read.
        vgg: Up to relu4_1 at least.
        seed: Of the sample.

    Returns:
        Statistics with all factors 1.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(items), min(PROJECTION_SAMPLES, len(items)), replace=False)
    means = {layer: torch.zeros(c) for layer, c in STYLE_LAYERS.items()}
    seconds = {layer: torch.zeros(c, c) for layer, c in STYLE_LAYERS.items()}
    within = {layer: torch.zeros(c) for layer, c in STYLE_LAYERS.items()}
    for index in chosen:
        for layer, features in measure_features(vgg, items[index].picture()).items():
            flat = features[0].flatten(1).float()
            means[layer] += flat.mean(1) / len(chosen)
            seconds[layer] += flat @ flat.T / flat.shape[1] / len(chosen)
            within[layer] += flat.var(1, correction=0) / len(chosen)
    statistics = StyleStatistics()
    for layer, mean in means.items():
        sigma = within[layer].sqrt().clamp_min(1e-6)
        covariance = (seconds[layer] - mean[:, None] * mean) / sigma[:, None] / sigma
        variance, directions = torch.linalg.eigh(covariance)
        order = variance.argsort(descending=True)[: PROJECTED[layer]]
        projection = directions[:, order] * variance[order].clamp_min(1e-6) ** -0.25
        statistics.get_buffer(f"{layer}_sigma").copy_(sigma)
        statistics.get_buffer(f"{layer}_projection").copy_(projection)
    return statistics


def cached_statistics(
    items: Sequence[Item],
    statistics: StyleStatistics,
    folder: Path,
    report: Callable[[int, int], None],
) -> dict[str, Tensor]:
    """Statistics of every picture.

    They are written in shards of `SHARD` pictures, `<number of the first>.safetensors`. Shards that
    are there already are read, not measured: that is how a killed run goes on. One single-threaded
    process a core measures: the pictures are too small to keep several threads busy on one.

    Args:
        items: The n pictures.
        statistics: With fitted projections.
        folder: Of the shards; made when it is missing.
        report: Called after every shard with the shards done and their number.

    Returns:
        layer -> (n, S) float16.

    Raises:
        StyleMambaError: A picture is missing or damaged; a shard cannot be written, or is damaged
            or of other pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards = {
        folder / f"{start:06d}.safetensors": items[start : start + SHARD]
        for start in range(0, len(items), SHARD)
    }
    missing = [path for path in shards if not path.exists()]
    if missing:
        measured = process_map(
            _measure_shard,
            [shards[path] for path in missing],
            missing,
            initializer=_start_worker,
            initargs=(VGG19.pretrained(), statistics),
        )
        for done, _ in enumerate(measured, len(shards) - len(missing) + 1):
            report(done, len(shards))
    rows = [_read_shard(path, len(part)) for path, part in shards.items()]
    return {layer: torch.cat([shard[layer] for shard in rows]) for layer in STYLE_LAYERS}


def _read_shard(path: Path, count: int) -> dict[str, Tensor]:
    try:
        shard = load_file(path)
    except (OSError, SafetensorError) as error:
        raise StyleMambaError(f"{path}: is damaged; delete it to measure it anew") from error
    if shard.keys() != STYLE_LAYERS.keys() or any(len(rows) != count for rows in shard.values()):
        raise StyleMambaError(f"{path}: is of other pictures; delete {path.parent} to start anew")
    return shard


_worker: tuple[VGG19, StyleStatistics]


def _start_worker(vgg: VGG19, statistics: StyleStatistics) -> None:
    global _worker
    _worker = vgg, statistics


@torch.no_grad()
def _measure_shard(items: Sequence[Item], path: Path) -> None:
    vgg, statistics = _worker
    rows: dict[str, list[Tensor]] = {layer: [] for layer in STYLE_LAYERS}
    for item in items:
        for layer, row in statistics(measure_features(vgg, item.picture())).items():
            rows[layer].append(row[0, 0].half())
    with atomic_writer(path) as file:
        file.write(save({layer: torch.stack(row) for layer, row in rows.items()}))
