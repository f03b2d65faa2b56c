"""Training of the independent judge: what styles look like to SqueezeNet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stylemamba.evaluation.style_judge import SqueezeNet, StyleJudge, StyleJudgeConfig
from stylemamba.training.artlip.captions import facets
from stylemamba.training.artlip.statistics_cache import FOLDERS, Item
from stylemamba.training.artlip.vocabulary import SYNONYMS
from stylemamba.training.checkpoint import make_run_folder
from stylemamba.training.data import read_records
from stylemamba.training.loop import log
from stylemamba.training.procedural import PROCEDURAL_STYLES
from stylemamba.training.workers import process_map

PICTURES = {"train": 120, "validation": 40}  # of each style, at most
RENDERS = {"train": 60, "validation": 12}  # of each procedural style
SHRINKAGE = 0.3
CHUNK = 16  # pictures a call of a worker


def train_judge(data: Path, out: Path, *, seed: int = 0) -> StyleJudge:
    """Fits the judge to pictures of movements, media and procedural styles, and saves it to `out`.

    Logs how often the right one of all styles comes first, and is among the first five, on
    validation pictures.

    Args:
        data: Folder with `paintings`, `media` and `photos` (see training/data.py).
        out: Folder to write config.json and model.safetensors to.
        seed: Of the choice of pictures.

    Raises:
        StyleMambaError: Pictures or the package with SqueezeNet are missing or damaged; `out`
            cannot be written to.
    """
    make_run_folder(out)
    backbone = SqueezeNet.pretrained()
    of_style = list_pictures_of_styles(data, "train", seed)
    styles = list(of_style)
    features, numbers = _measure(of_style, styles, backbone)
    judge = StyleJudge(StyleJudgeConfig([[style, *_synonyms(style)] for style in styles])).eval()
    weight, bias = linear_discriminants(features, numbers, SHRINKAGE)
    with torch.no_grad():
        judge.head.weight.copy_(weight)
        judge.head.bias.copy_(bias)
    features, numbers = _measure(
        list_pictures_of_styles(data, "validation", seed), styles, backbone
    )
    with torch.no_grad():
        first = judge(features).topk(min(5, len(styles))).indices
    right = first == numbers[:, None]
    log(
        f"{len(styles)} styles, {len(numbers)} validation pictures: "
        f"top-1 {right[:, 0].float().mean():.3f}, top-5 {right.any(1).float().mean():.3f}"
    )
    judge.half().save_pretrained(out)
    return judge.float()


def list_pictures_of_styles(data: Path, split: str, seed: int) -> dict[str, list[Item]]:
    """Style -> pictures, a random choice of `PICTURES[split]`, or `RENDERS[split]` renders.

    Styles are the classes of captions.py (movements, media, photo) and the procedural styles.
    """
    found: dict[str, list[Item]] = {}
    for record in read_records(data, FOLDERS, split):
        style = facets(record.labels).get("class")
        if style:
            found.setdefault(style, []).append(Item(record))
    for index, (style, items) in enumerate(found.items()):
        rng = np.random.default_rng((seed, index))
        chosen = rng.permutation(len(items))[: PICTURES[split]]
        found[style] = [items[number] for number in chosen]
    photos = read_records(data, ("photos",), split)
    for index, name in enumerate(PROCEDURAL_STYLES):
        rng = np.random.default_rng((seed, index, len(photos)))
        found.setdefault(name, []).extend(
            Item(photos[rng.integers(len(photos))], name, seed=10_000 * index + number)
            for number in range(RENDERS[split])
        )
    return found


def linear_discriminants(
    features: Tensor, numbers: Tensor, shrinkage: float
) -> tuple[Tensor, Tensor]:
    """Fisher's linear discriminants with a shrunk covariance, all classes as likely.

    With W the covariance within classes of standardised features, the score of class c at x is
    m_c' W^-1 x - m_c' W^-1 m_c / 2, W being (1 - shrinkage) W + shrinkage tr(W) / d.

    Source: Friedman, "Regularized discriminant analysis" (1989).

    Args:
        features: (n, d).
        numbers: (n,), the class of each, 0 to C - 1; every class has one at least.
        shrinkage: 0 to 1.

    Returns:
        Weights (C, d) and biases (C,), for the features as they came.
    """
    deviation, centre = torch.std_mean(features.double(), 0)
    deviation = deviation.clamp_min(1e-6)
    x = (features.double() - centre) / deviation
    means = torch.stack([x[numbers == c].mean(0) for c in range(int(numbers.max()) + 1)])
    within = x - means[numbers]
    covariance = within.T @ within / len(x)
    spread = covariance.diagonal().mean()
    covariance *= 1 - shrinkage
    covariance.diagonal().add_(shrinkage * spread)
    weight = torch.linalg.solve(covariance, means.T).T
    bias = -(weight * means).sum(1) / 2
    weight = weight / deviation
    return weight.float(), (bias - weight @ centre).float()


def _synonyms(style: str) -> list[str]:
    words = list(SYNONYMS.get(style, ()))
    if style in PROCEDURAL_STYLES:
        words += [word for word in PROCEDURAL_STYLES[style].captions if word != style]
    return words


def _measure(
    of_style: dict[str, list[Item]], styles: list[str], backbone: SqueezeNet
) -> tuple[Tensor, Tensor]:
    items = [item for style in styles for item in of_style.get(style, [])]
    numbers = [n for n, style in enumerate(styles) for _ in of_style.get(style, [])]
    parts = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    rows = list(process_map(_measure_part, parts, initializer=_start, initargs=(backbone,)))
    return torch.from_numpy(np.concatenate(rows)), torch.tensor(numbers)


_backbone: SqueezeNet


def _start(backbone: SqueezeNet) -> None:
    global _backbone
    _backbone = backbone


@torch.no_grad()
def _measure_part(items: Sequence[Item]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return torch.cat([_backbone.statistics_of(item.picture()) for item in items]).numpy()
