from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.autoencoders.pretrained import DiffusersAutoencoder


@pytest.mark.parametrize("kind", ["embedded", "tiny_kl_dir", "tiny_taesd_dir"])
def test_less_is_kept_for_the_same_gradient(kind: str, request: pytest.FixtureRequest) -> None:
    torch.manual_seed(0)
    autoencoder: ImageAutoencoder
    if kind == "embedded":
        autoencoder = EmbeddedAutoencoder(4, 16, 1).requires_grad_(False)
    else:
        folder: Path = request.getfixturevalue(kind)
        autoencoder = DiffusersAutoencoder.from_pretrained(folder)
    latents = torch.randn(1, 4, 8, 8)
    gradients, kept = [], []
    for _ in range(2):
        given = latents.clone().requires_grad_()
        sizes: list[int] = []

        def keep(tensor: Tensor, sizes: list[int] = sizes) -> Tensor:
            sizes.append(tensor.numel())
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            pictures = autoencoder.decode(given)
        kept.append(sum(sizes))
        pictures.square().sum().backward()
        gradients.append(given.grad)
        autoencoder.recompute()
    torch.testing.assert_close(gradients[0], gradients[1])
    assert kept[1] < 0.5 * kept[0]
