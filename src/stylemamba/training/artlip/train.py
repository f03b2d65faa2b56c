"""Training of ArtLIP: statistics to code, joint embedding with text, bank of styles."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save
from torch import Tensor, nn

from stylemamba.encoders.artlip import CODE_DIM, CODE_SIZES, ArtLIP, StyleCode
from stylemamba.encoders.minilm import embed_sentences
from stylemamba.encoders.statistics import StyleStatistics
from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer
from stylemamba.portable.brushwork import MARKS
from stylemamba.training.artlip.bank import (
    BANK_CAPTIONS_PER_PICTURE,
    artists_of,
    fill_bank,
    found_by,
)
from stylemamba.training.artlip.bank_looks import bank_looks
from stylemamba.training.artlip.captions import captions_for
from stylemamba.training.artlip.evaluation import evaluate_artlip
from stylemamba.training.artlip.known_captions import known_captions
from stylemamba.training.artlip.measurement import describe, measure
from stylemamba.training.artlip.statistics_cache import (
    Item,
    cached_statistics,
    fit_projections,
    list_items,
)
from stylemamba.training.checkpoint import make_run_folder
from stylemamba.training.loop import log, warmup_cosine
from stylemamba.training.procedural import PROCEDURAL_STYLES
from stylemamba.training.workers import process_map

CAPTIONS_PER_PICTURE = 16
REGRESSION_WEIGHT = 0.3
CODE_NOISE = 0.3
CHUNK = 256


@dataclass
class Corpus:
    """Pictures of one split.

    Attributes:
        items: The n pictures.
        codes: (n, CODE_DIM).
        captions: Of each picture, `CAPTIONS_PER_PICTURE` sampled sentences to train on.
        bank_captions: Of each picture, the sentences that the bank knows it by.
    """

    items: list[Item]
    codes: Tensor
    captions: list[list[str]]
    bank_captions: list[list[str]]


def train_artlip(
    data: Path,
    out: Path,
    *,
    steps: int = 1500,
    batch: int = 1024,
    learning_rate: float = 1e-3,
    seed: int = 0,
    resume: bool = True,
) -> ArtLIP:
    """Trains ArtLIP from the pictures and their labels alone and saves it to `out`.

    The slow part, VGG19's statistics of every picture (about 15 minutes on two cores), is kept in
    `out/cache`; a run that was killed goes on from there and ends as if it had not been. The
    contrastive training that follows takes a few minutes.

    Args:
        data: Folder with `paintings`, `media` and `photos` (see training/data.py).
        out: Folder to write config.json and model.safetensors to.
        steps: Optimiser steps of the contrastive training.
        batch: Pictures a step, at most.
        learning_rate: Peak rate of AdamW.
        seed: Of captions, renders and weights.
        resume: Use what `out/cache` holds, of the same data and seed; otherwise it is measured
            anew.

    Raises:
        StyleMambaError: Pictures or tables are missing, damaged or too few; `out` cannot be
            written to; the cache is of other data.
    """
    make_run_folder(out)
    cache = out / "cache"
    if not resume:
        for pattern in ("*.safetensors", "*/*.safetensors", "*-looks.txt"):
            for path in cache.glob(pattern):
                path.unlink()
    splits = {split: list_items(data, split, seed) for split in ("train", "validation")}
    needed = max(CODE_SIZES.values()) + 1
    if len(splits["train"]) < needed:
        raise StyleMambaError(f"{data}: has too few training pictures; add some, up to {needed}")
    cache.mkdir(exist_ok=True)
    statistics = _projections(splits["train"], cache / "projections.safetensors", seed)
    measured = {
        split: cached_statistics(items, statistics, cache / split, _report_shard)
        for split, items in splits.items()
    }
    # Here, because a resumed run has come this far by fewer random numbers.
    torch.manual_seed(seed)
    fit_factors(measured["train"], statistics)
    code = fit_code(measured["train"], statistics)
    train, validation = (
        _caption(
            items,
            _encode(code, statistics, measured.pop(split)),
            cache / f"{split}-looks.txt",
            seed,
        )
        for split, items in splits.items()
    )
    looks = bank_looks(train.items, cache / "bank-looks.txt")
    train.bank_captions = found_by(train.items, looks, train.bank_captions)
    known = sorted({caption for captions in train.bank_captions for caption in captions})
    model = ArtLIP(
        bank_size=len(train.items),
        captions=known,
        captions_per_picture=BANK_CAPTIONS_PER_PICTURE,
        marks=MARKS,
        artists=artists_of(train.items, known),
    )
    model.statistics.load_state_dict(statistics.state_dict())
    model.code.load_state_dict(code.state_dict())
    fit_heads(model, train, steps, batch, learning_rate, seed)
    model.bank.set_codes(train.codes)
    fill_bank(model.bank, train.items, looks, train.bank_captions, embed_sentences(known))
    model.save_pretrained(out)
    evaluate_artlip(model, validation.items, validation.codes, train.items)
    return model


def _report_shard(done: int, count: int) -> None:
    log(f"statistics: shard {done} of {count}")


def _projections(items: Sequence[Item], path: Path, seed: int) -> StyleStatistics:
    if not path.exists():
        fitted = fit_projections(items, VGG19.pretrained(), seed)
        with atomic_writer(path) as file:
            file.write(save(fitted.state_dict()))
    statistics = StyleStatistics()
    statistics.load_state_dict(load_file(path))
    return statistics


@torch.no_grad()
def fit_factors(measured: Mapping[str, Tensor], statistics: StyleStatistics) -> None:
    """Sets the factors of `statistics`, so that each layer has unit total variance.

    Each of the three kinds (means, deviations, covariances) gets a third of it.

    Args:
        measured: layer -> (n, S), statistics of the training pictures with all factors 1.
        statistics: What they were measured with.
    """
    for layer, rows in measured.items():
        kinds = rows.split(statistics.kinds(layer), dim=-1)
        variances = torch.stack([kind.float().var(0).sum() for kind in kinds])
        statistics.get_buffer(f"{layer}_factors").copy_((len(kinds) * variances).rsqrt())


def _scaled(rows: Tensor, layer: str, statistics: StyleStatistics) -> Tensor:
    """Rows (n, S) measured with all factors 1, as they are with the factors of `statistics`."""
    factors = statistics.get_buffer(f"{layer}_factors")
    return rows.float() * factors.repeat_interleave(torch.tensor(statistics.kinds(layer)))


@torch.no_grad()
def fit_code(measured: Mapping[str, Tensor], statistics: StyleStatistics) -> StyleCode:
    """Whitened PCA of each layer's statistics.

    Args:
        measured: layer -> (n, S), statistics of the training pictures with all factors 1; n must
            be larger than every one of `CODE_SIZES`.
        statistics: With its factors fitted.
    """
    code = StyleCode()
    for layer, size in CODE_SIZES.items():
        rows = _scaled(measured[layer], layer, statistics)
        mean = rows.mean(0)
        count = len(rows)
        _, deviations, basis = torch.svd_lowrank(rows - mean, q=min(size + 16, count), niter=3)
        variance = deviations[:size].square() / count
        log(f"{layer}: {size} components keep {variance.sum():.3f} of the variance")
        code.get_buffer(f"{layer}_mean").copy_(mean)
        code.get_buffer(f"{layer}_basis").copy_(basis[:, :size])
        code.get_buffer(f"{layer}_scale").copy_(variance.sqrt())
    return code


@torch.no_grad()
def _encode(code: StyleCode, statistics: StyleStatistics, measured: Mapping[str, Tensor]) -> Tensor:
    chunks = zip(*(measured[layer].split(CHUNK) for layer in CODE_SIZES), strict=True)
    return torch.cat(
        [
            code.encode(
                {
                    layer: _scaled(rows, layer, statistics)
                    for layer, rows in zip(CODE_SIZES, chunk, strict=True)
                }
            )
            for chunk in chunks
        ]
    )


def _caption(items: list[Item], codes: Tensor, looks: Path, seed: int) -> Corpus:
    if not looks.exists():
        lines = list(process_map(_describe_looks, items, chunksize=64))
        with atomic_writer(looks) as file:
            file.write("\n".join(lines).encode())
    described = looks.read_text(encoding="utf-8").split("\n")
    if len(described) != len(items):
        raise StyleMambaError(f"{looks}: is of other pictures; delete it to start anew")
    rng = random.Random(seed)
    captions, known = [], []
    for item, line in zip(items, described, strict=True):
        if item.style:
            words = list(PROCEDURAL_STYLES[item.style].captions)
            captions.append([rng.choice(words) for _ in range(CAPTIONS_PER_PICTURE)])
            known.append(words[:BANK_CAPTIONS_PER_PICTURE])
        else:
            phrases = line.split("|") if line else []
            labels = item.record.labels
            captions.append(captions_for(labels, phrases, rng, CAPTIONS_PER_PICTURE))
            known.append(known_captions(labels, phrases)[:BANK_CAPTIONS_PER_PICTURE])
    return Corpus(items, codes, captions, known)


def _describe_looks(item: Item) -> str:
    return "|".join(describe(measure(np.asarray(item.picture(), np.float32) / 255.0)))


def fit_heads(
    model: ArtLIP, corpus: Corpus, steps: int, batch: int, learning_rate: float, seed: int
) -> None:
    """Trains the linear image head W and the text MLP, in place.

    L = sum_ij softplus(-y_ij (t cos_ij + b)) / n + 0.3 mean (E_T - sg(E_I))^2 / var(sg(E_I))

    over the n pictures i and captions j of a batch, with E_I = W (code + noise) and cos_ij the
    cosine of picture i's E_I and caption j's E_T; y_ij is 1 where caption j equals picture i's own,
    else -1; t and b are learnt. The first term is SigLIP's sigmoid loss (Zhai et al., 2023).

    At the end the joint space is scaled so that a picture's embedding has length 1 on average.

    Args:
        model: Its `image_head` and `text_head` are trained.
        corpus: The training pictures.
        steps: Of the optimiser, AdamW.
        batch: Pictures a step, at most.
        learning_rate: Its peak.
        seed: Of the batches.
    """
    started = time.monotonic()
    sentences = sorted({caption for captions in corpus.captions for caption in captions})
    index = {sentence: number for number, sentence in enumerate(sentences)}
    table = torch.tensor([[index[caption] for caption in row] for row in corpus.captions])
    embeddings = embed_sentences(sentences)
    log(f"{len(sentences)} captions embedded in {time.monotonic() - started:.0f} s")

    nn.init.orthogonal_(model.image_head.weight)
    heads = nn.ModuleList([model.image_head, model.text_head]).requires_grad_(True)
    log_temperature = nn.Parameter(torch.tensor(10.0).log())
    bias = nn.Parameter(torch.tensor(-8.0))
    optimizer = torch.optim.AdamW(
        [
            {"params": heads.parameters(), "weight_decay": 0.05},
            {"params": [log_temperature, bias], "weight_decay": 0.0},
        ],
        lr=learning_rate,
        betas=(0.9, 0.98),
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: warmup_cosine(step, step / steps)
    )
    generator = torch.Generator().manual_seed(seed)
    weights = _sampling_weights(corpus.items)
    batch = min(batch, len(weights))
    for step in range(steps):
        chosen = torch.multinomial(weights, batch, replacement=False, generator=generator)
        column = torch.randint(table.shape[1], (batch,), generator=generator)
        sentence = table[chosen, column]
        noise = CODE_NOISE * torch.randn(batch, CODE_DIM, generator=generator)
        image = model.image_head(corpus.codes[chosen] + noise)
        text = model.project_text(F.dropout(embeddings[sentence], 0.1))
        cosine = F.normalize(image, dim=-1) @ F.normalize(text, dim=-1).T
        sign = (sentence[:, None] == sentence).float() * 2 - 1
        contrastive = F.softplus(-sign * (log_temperature.exp() * cosine + bias)).sum() / batch
        regression = F.mse_loss(text, image.detach()) / image.detach().var()
        optimizer.zero_grad(set_to_none=True)
        (contrastive + REGRESSION_WEIGHT * regression).backward()
        optimizer.step()
        schedule.step()
        if step % 100 == 0:
            losses = f"contrastive {contrastive.item():.3f} regression {regression.item():.3f}"
            log(f"step {step} {losses} {time.monotonic() - started:.0f} s")
    heads.requires_grad_(False)
    length = model.image_head(corpus.codes).norm(dim=-1).mean()
    last = model.text_head[-1]
    assert isinstance(last, nn.Linear)
    for parameter in (model.image_head.weight, last.weight, last.bias):
        parameter.div_(length)


def _sampling_weights(items: Sequence[Item]) -> Tensor:
    """Draws each movement, medium and procedural style in proportion to its size's square root."""
    labels = [
        item.style
        or item.record.labels.get("movement")
        or item.record.labels.get("medium")
        or "photo"
        for item in items
    ]
    counts = Counter(labels)
    return torch.tensor([counts[label] ** -0.5 for label in labels])
