from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder, ResidualBlock
from stylemamba.errors import StyleMambaError


@pytest.fixture
def model() -> EmbeddedAutoencoder:
    torch.manual_seed(0)
    return EmbeddedAutoencoder(latent_channels=6, width=16, depth=1).eval()


def picture(height: int, width: int, batch: int = 1) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 50), (50, 1), (16, 24), (33, 50)])
def test_any_size_there_and_back(model: EmbeddedAutoencoder, height: int, width: int) -> None:
    images = picture(height, width, batch=2)
    latents = model.encode(images)
    assert latents.shape == (2, 6, -(-height // 4), -(-width // 4))
    assert torch.equal(latents, model.encode(images))
    assert model.decode(latents, (height, width)).shape == images.shape
    assert model.decode(latents).shape == (2, 3, 4 * latents.shape[2], 4 * latents.shape[3])


def test_padding_repeats_the_edge(model: EmbeddedAutoencoder) -> None:
    images = picture(6, 7)
    padded = F.pad(images, (0, 1, 0, 2), mode="replicate")
    assert torch.equal(model.encode(images), model.encode(padded))
    latents = model.encode(images)
    assert torch.equal(model.decode(latents, (6, 7)), model.decode(latents)[..., :6, :7])


def test_the_default_is_small() -> None:
    model = EmbeddedAutoencoder()
    assert 1e6 < sum(parameter.numel() for parameter in model.parameters()) < 3e6
    assert (model.factor, model.latent_channels) == (4, 12)


def test_latents_are_normalised_and_decode_undoes_it(model: EmbeddedAutoencoder) -> None:
    images = picture(16, 16)
    mean, log_variance = model.posterior(images)
    assert mean.shape == log_variance.shape == (1, 6, 4, 4)
    plain = model.decode(model.encode(images))
    model.latent_mean.copy_(torch.arange(6.0).view(1, 6, 1, 1))
    model.latent_std.fill_(2.0)
    torch.testing.assert_close(model.encode(images), (mean - model.latent_mean) / 2)
    torch.testing.assert_close(model.decode(model.encode(images)), plain, atol=1e-5, rtol=0)


def test_log_variances_are_bounded(model: EmbeddedAutoencoder) -> None:
    last = model.encoder.layers[-1]
    assert isinstance(last, torch.nn.Conv2d) and last.bias is not None
    with torch.no_grad():
        last.bias[6:9], last.bias[9:] = 1e3, -1e3
    log_variance = model.posterior(picture(8, 8))[1]
    assert (log_variance[:, :3] == 4).all() and (log_variance[:, 3:] == -12).all()


def test_a_place_looks_the_same_in_a_larger_picture(model: EmbeddedAutoencoder) -> None:
    images = picture(96, 96)
    whole, part = model.encode(images), model.encode(images[..., 32:, 32:])
    torch.testing.assert_close(whole[..., 16:, 16:], part[..., 8:, 8:], atol=1e-5, rtol=0)


def test_residual_blocks_start_as_the_identity() -> None:
    x = torch.randn(1, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(ResidualBlock(4)(x), x)


def test_gradients_reach_latents_and_pictures(model: EmbeddedAutoencoder) -> None:
    images = picture(7, 9).requires_grad_()
    model.decode(model.encode(images), (7, 9)).square().sum().backward()
    assert images.grad is not None and images.grad.abs().max() > 0


def test_save_and_load_again(model: EmbeddedAutoencoder, tmp_path: Path) -> None:
    model.latent_mean.fill_(0.5)
    model.save_pretrained(tmp_path)
    again = EmbeddedAutoencoder.from_pretrained(tmp_path)
    assert {"config.json", "model.safetensors"} <= {path.name for path in tmp_path.iterdir()}
    assert not again.training and again.latent_channels == 6
    assert torch.equal(again.encode(picture(9, 9)), model.encode(picture(9, 9)))


def test_damaged_weights_are_refused(model: EmbeddedAutoencoder, tmp_path: Path) -> None:
    model.save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    for broken in (weights.read_bytes()[:1000], b""):
        weights.write_bytes(broken)
        with pytest.raises(StyleMambaError, match="--autoencoder") as caught:
            EmbeddedAutoencoder.from_pretrained(tmp_path)
        assert "\n" not in str(caught.value)
