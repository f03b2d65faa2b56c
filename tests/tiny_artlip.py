"""A small ArtLIP of six drawn pictures, and a fast stand-in for its sentence encoder."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.encoders.artlip import CODE_DIM, CODE_SIZES, ArtLIP
from stylemamba.portable.parts import parts_of

MARKS = ("strokes", "dots", "tiles")
"""Of which no picture shows any."""
CAPTIONS = ("red stripes", "blue dots", "green noise", "a photo")


def embed_words(sentences: Sequence[str]) -> Tensor:
    """A stand-in for MiniLM: each word has a random direction; sentences are normalised sums."""
    rows = []
    for sentence in sentences:
        seeds = [zlib.crc32(word.encode()) for word in sentence.lower().split()]
        words = [np.random.default_rng(seed).standard_normal(384) for seed in seeds]
        rows.append(torch.from_numpy(sum(words, np.zeros(384))).float())
    return F.normalize(torch.stack(rows), dim=-1)


def build() -> ArtLIP:
    """ArtLIP with random heads; its code and its bank are those of six drawn pictures."""
    owners = [0, 0, 1, 1, 2, 3]
    generator = torch.Generator().manual_seed(0)
    ramp = torch.arange(48.0)
    stripes, dots = (ramp % 8 < 4).float(), (ramp % 12 < 4).float()
    looks = [
        stripes.expand(48, 48),
        stripes[:, None].expand(48, 48),
        dots[:, None] * dots,
        1 - dots[:, None] * dots,
        torch.rand(48, 48, generator=generator),
        (ramp[:, None] + ramp) / 96,
    ]
    colours = torch.eye(3)[[0, 0, 2, 2, 1]]
    tints = torch.cat([colours, torch.ones(1, 3)])[:, :, None, None]
    pictures = 0.2 + 0.6 * torch.stack(looks)[:, None] * tints

    torch.manual_seed(0)
    model = ArtLIP(16, 32, len(owners), CAPTIONS, captions_per_picture=2, marks=MARKS).eval()
    with torch.no_grad():
        features = model.features(pictures)
        for layer, values in features.items():
            sigma = values.float().std((0, 2, 3)).clamp_min(1.0)
            model.statistics.get_buffer(f"{layer}_sigma").copy_(sigma)
        spread = model.statistics(features)
        for layer, values in spread.items():
            factors = model.statistics.get_buffer(f"{layer}_factors")
            factors.div_(values[:, 0].var(0, correction=0).sum().sqrt())
        statistics = {k: v[:, 0] for k, v in model.statistics(features).items()}
        for layer, size in CODE_SIZES.items():
            rows = statistics[layer]
            centred = rows - rows.mean(0)
            rest = torch.randn(rows.shape[1], size - len(owners) + 1, generator=generator)
            basis = torch.linalg.qr(torch.cat([centred[1:].T, rest], 1)).Q
            scale = (centred @ basis).std(0, correction=0)
            model.code.get_buffer(f"{layer}_mean").copy_(rows.mean(0))
            model.code.get_buffer(f"{layer}_basis").copy_(basis)
            model.code.get_buffer(f"{layer}_scale").copy_(scale.clamp_min(0.05))
        model.image_head.weight.copy_(
            torch.randn(16, CODE_DIM, generator=generator) / CODE_DIM**0.5
        )
        model.bank.set_codes(model.code.encode(statistics))
    parts = np.stack([parts_of(picture) for picture in pictures.numpy()])
    model.bank.set_parts(torch.from_numpy(parts))
    model.bank.set_captions([[owner] for owner in owners], embed_words(CAPTIONS))
    return model
