"""A small task for the compared methods."""

from __future__ import annotations

import torch

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.baselines.task import Task
from stylemamba.encoders.artlip import CODE_DIM, ArtLIP
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.painting.settings import FittingConfig
from stylemamba.pipeline import StyleMambaPipeline


def build_pipeline(encoder: ArtLIP) -> StyleMambaPipeline:
    """Random models, whose one pass is not the identity."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        autoencoder = EmbeddedAutoencoder(4, 16, 1).eval().requires_grad_(False)
        fusion = StyleFusion(StyleFusionConfig(4, CODE_DIM, width=16, depth=1, stem_width=8))
        with torch.no_grad():
            for parameter in fusion.parameters():
                if not parameter.any():
                    parameter.normal_(std=0.05)
    return StyleMambaPipeline(encoder, autoencoder, fusion)


def build_task(encoder: ArtLIP) -> Task:
    """A disc on a gradient, 40 x 52 px; three steps."""
    y, x = torch.meshgrid(torch.arange(40.0), torch.arange(52.0), indexing="ij")
    disc = ((y - 18) ** 2 + (x - 30) ** 2 < 120).float()
    pipe = build_pipeline(encoder)
    return Task(
        photo=torch.stack([y / 40, 0.2 + 0.6 * disc, 1 - x / 52])[None],
        prompt="red stripes",
        encoder=encoder,
        autoencoder=pipe.autoencoder,
        fusion=pipe.fusion,
        config=FittingConfig(steps=2, views=2),
        steps=3,
        crops=3,
        seed=0,
    )
