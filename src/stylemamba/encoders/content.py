"""Features for the content loss, whichever encoder there is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from torch import Tensor

from stylemamba.encoders.artlip import CONTENT_LAYERS
from stylemamba.encoders.base import Observation, StyleEncoder
from stylemamba.encoders.vgg import VGG19
from stylemamba.runtime.precision import fast_autocast


def observe_with_content(encoder: StyleEncoder, images: Tensor, masks: Tensor) -> Observation:
    """As `StyleEncoder.observe`, with VGG19's content features where the encoder has none."""
    seen = encoder.observe(images, masks)
    if seen.content:
        return seen
    with fast_autocast(images.device):
        network = _content_network().to(images.device)
        return replace(seen, content=network(images, CONTENT_LAYERS))


@cache
def _content_network() -> VGG19:
    return VGG19.pretrained(CONTENT_LAYERS[-1])
