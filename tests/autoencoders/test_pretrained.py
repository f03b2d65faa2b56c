from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

from stylemamba.autoencoders.pretrained import DiffusersAutoencoder
from stylemamba.errors import StyleMambaError


@pytest.fixture(params=["tiny_kl_dir", "tiny_taesd_dir"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


@pytest.fixture
def autoencoder(folder: Path) -> DiffusersAutoencoder:
    return DiffusersAutoencoder.from_pretrained(folder)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def picture(height: int, width: int, batch: int = 1) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (16, 24), (33, 50)])
def test_any_size_there_and_back(
    autoencoder: DiffusersAutoencoder, height: int, width: int
) -> None:
    images = picture(height, width, batch=2)
    latents = autoencoder.encode(images)
    assert (autoencoder.latent_channels, autoencoder.factor) == (4, 8)
    assert latents.shape == (2, 4, -(-height // 8), -(-width // 8))
    assert torch.equal(latents, autoencoder.encode(images))
    assert autoencoder.decode(latents, (height, width)).shape == images.shape
    assert autoencoder.decode(latents).shape == (2, 3, latents.shape[2] * 8, latents.shape[3] * 8)


def test_kl_latents_are_the_scaled_mode(tiny_kl_dir: Path) -> None:
    autoencoder = DiffusersAutoencoder.from_pretrained(tiny_kl_dir)
    images = picture(16, 16)
    mode = autoencoder.model.encode(images * 2 - 1).latent_dist.mode()
    latents = autoencoder.encode(images)
    torch.testing.assert_close(latents, mode * 0.18215)
    expected = autoencoder.model.decode(mode).sample * 0.5 + 0.5
    torch.testing.assert_close(autoencoder.decode(latents), expected, atol=1e-5, rtol=0)


def test_taesd_latents_are_its_own(tiny_taesd_dir: Path) -> None:
    autoencoder = DiffusersAutoencoder.from_pretrained(tiny_taesd_dir)
    images = picture(16, 16)
    latents = autoencoder.encode(images)
    torch.testing.assert_close(latents, autoencoder.model.encode(images * 2 - 1).latents)
    expected = autoencoder.model.decode(latents).sample * 0.5 + 0.5
    torch.testing.assert_close(autoencoder.decode(latents), expected)


def test_a_shift_in_the_config_is_applied(tiny_kl_dir: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_kl_dir, tmp_path / "shifted"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "shift_factor": 0.25}))
    shifted = DiffusersAutoencoder.from_pretrained(folder)
    plain = DiffusersAutoencoder.from_pretrained(tiny_kl_dir)
    images = picture(16, 16)
    latents = shifted.encode(images)
    torch.testing.assert_close(latents, plain.encode(images) - 0.25 * 0.18215)
    torch.testing.assert_close(
        shifted.decode(latents), plain.decode(plain.encode(images)), atol=1e-5, rtol=0
    )


def test_gradients_go_through_decode_to_the_latents(autoencoder: DiffusersAutoencoder) -> None:
    latents = autoencoder.encode(picture(16, 16)).requires_grad_()
    autoencoder.decode(latents, (15, 13)).square().sum().backward()
    assert latents.grad is not None
    assert latents.grad.isfinite().all()
    assert latents.grad.abs().max() > 0
    assert all(parameter.grad is None for parameter in autoencoder.parameters())


def test_save_and_load_again(autoencoder: DiffusersAutoencoder, tmp_path: Path) -> None:
    autoencoder.save_pretrained(tmp_path)
    again = DiffusersAutoencoder.from_pretrained(str(tmp_path))
    images = picture(16, 16)
    assert torch.equal(again.encode(images), autoencoder.encode(images))
    assert not again.training


def test_a_pipeline_with_a_vae_folder(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "vae")
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
    images = picture(16, 16)
    expected = DiffusersAutoencoder.from_pretrained(folder).encode(images)
    assert torch.equal(DiffusersAutoencoder.from_pretrained(tmp_path).encode(images), expected)


def refusal(folder: Path, capfd: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(StyleMambaError) as caught:
        DiffusersAutoencoder.from_pretrained(folder)
    assert capfd.readouterr() == ("", "")
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    assert "--autoencoder" in message
    return message


def test_broken_weights_are_refused(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    weights = copy / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    for broken in (whole[:5000], b"", b"not safetensors at all"):
        weights.write_bytes(broken)
        refusal(copy, capfd)
    weights.unlink()
    refusal(copy, capfd)


def test_incomplete_weights_are_refused(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from safetensors.torch import load_file, save_file

    path = copy / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    del weights[min(weights)]
    save_file(weights, path, metadata={"format": "pt"})
    assert "1 weights are missing" in refusal(copy, capfd)


def test_other_models_are_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert "no readable config.json" in refusal(tmp_path, capfd)
    (tmp_path / "config.json").write_text('{"_class_name": "UNet2DConditionModel"}')
    message = refusal(tmp_path, capfd)
    assert "pass --autoencoder an AutoencoderKL or AutoencoderTiny" in message
