"""Zero-shot figures of ArtLIP on validation pictures: class and artist from text alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.training.artlip.captions import CLASS_PROMPTS, facets
from stylemamba.training.artlip.statistics_cache import Item
from stylemamba.training.loop import log

ARTISTS = 70
RANKS = {"class": (1, 3), "artist": (1, 10)}


@torch.no_grad()
def evaluate_artlip(
    model: ArtLIP, items: Sequence[Item], codes: Tensor, train_items: Sequence[Item]
) -> dict[str, float]:
    """Top-k accuracies of naming a picture's class and artist.

    A name's score is the cosine of E_I and the mean of the normalised E_T of the name's prompts.

    Args:
        model: A trained model.
        items: n validation pictures; procedural renders among them are left out.
        codes: Their codes (n, CODE_DIM).
        train_items: The training pictures, which tell the artists with the most works.

    Returns:
        `class_top1`, `class_top3` over 19 classes (movements, media, photo), `artist_top1`,
        `artist_top10` over the 70 artists with the most works, `class_n`, `artist_n` the numbers of
        pictures; without the figures of which there are no pictures.
    """
    labels = [_labels(item) for item in items]
    counts = Counter(_labels(item).get("artist") for item in train_items)
    del counts[None]
    artists = [artist for artist, _ in counts.most_common(ARTISTS) if artist is not None]
    prompts: dict[str, Mapping[str, Sequence[str]]] = {
        "class": CLASS_PROMPTS,
        "artist": {
            name: (name, f"a painting by {name}", f"in the style of {name}") for name in artists
        },
    }
    figures: dict[str, float] = {}
    for task, names in prompts.items():
        rows = [row for row, label in enumerate(labels) if label.get(task) in names]
        if not rows:
            continue
        texts = torch.stack(
            [F.normalize(model.encode_text(words), dim=-1).mean(0) for words in names.values()]
        )
        scores = model.image_head(codes[rows]) @ F.normalize(texts, dim=-1).T
        numbers = {name: number for number, name in enumerate(names)}
        truth = torch.tensor([numbers[labels[row][task]] for row in rows])
        hits = scores.argsort(dim=1, descending=True) == truth[:, None]
        for rank in RANKS[task]:
            figures[f"{task}_top{rank}"] = hits[:, :rank].any(1).float().mean().item()
        figures[f"{task}_n"] = len(rows)
    log(" ".join(f"{name} {value:.3f}" for name, value in figures.items()))
    return figures


def _labels(item: Item) -> dict[str, str]:
    return {} if item.style else facets(item.record.labels)
