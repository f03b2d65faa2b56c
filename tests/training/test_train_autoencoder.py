from __future__ import annotations

import functools
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.errors import StyleMambaError
from stylemamba.training import autoencoder
from stylemamba.training.autoencoder import (
    normalise_latents,
    train_autoencoder,
    validation_psnr,
)
from stylemamba.training.checkpoint import load_checkpoint
from stylemamba.training.data import center_crop, read_records, read_rgb, to_batch

SETTINGS: dict[str, Any] = {"steps": 6, "batch": 2, "crop": 32}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    model = functools.partial(EmbeddedAutoencoder, latent_channels=4, width=16, depth=1)
    monkeypatch.setattr(autoencoder, "EmbeddedAutoencoder", model)
    monkeypatch.setattr(autoencoder, "NORMALISATION_PICTURES", 2)


@pytest.fixture
def losses(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Tensor]]:
    """Records the losses of every step."""
    record: list[dict[str, Tensor]] = []
    original = autoencoder._losses

    def recorded(*args: Any) -> dict[str, Tensor]:
        values = original(*args)
        record.append({name: value.detach() for name, value in values.items()})
        return values

    monkeypatch.setattr(autoencoder, "_losses", recorded)
    return record


def test_trains_and_saves(
    tiny_data: Path,
    tmp_path: Path,
    losses: list[dict[str, Tensor]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("stylemamba.training.loop.WARMUP_STEPS", 1)
    out = tmp_path / "new" / "out"
    model = train_autoencoder(tiny_data, out, steps=60, batch=2, crop=32, learning_rate=1e-2)
    captured = capsys.readouterr()
    assert captured.out == "" and re.search(r"validation PSNR \d+\.\d\d dB", captured.err)
    distances = torch.stack([values["l1"] for values in losses])
    assert len(losses) == 60 and distances[-10:].mean() < 0.85 * distances[:5].mean()
    loaded = EmbeddedAutoencoder.from_pretrained(out)
    images = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(loaded.encode(images), model.encode(images))
    assert set(load_checkpoint(out / "checkpoint.pt")) == {"model", "optimizer", "step"}


@pytest.mark.parametrize("moment", ["_losses", "random_crop"])
def test_an_interrupted_run_ends_like_an_uninterrupted_one(
    moment: str,
    tiny_data: Path,
    tmp_path: Path,
    losses: list[dict[str, Tensor]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = train_autoencoder(tiny_data, tmp_path / "whole", **SETTINGS)
    expected = list(losses)
    losses.clear()
    original, calls = getattr(autoencoder, moment), 0

    def interrupted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return original(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(autoencoder, moment, interrupted)
        with pytest.raises(KeyboardInterrupt):
            train_autoencoder(tiny_data, tmp_path / "parts", **SETTINGS)
    done = load_checkpoint(tmp_path / "parts" / "checkpoint.pt")["step"]
    assert 0 < done == len(losses) < 6
    resumed = train_autoencoder(tiny_data, tmp_path / "parts", **SETTINGS)
    assert losses == expected
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_half_a_step_is_not_saved(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.Adam, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train_autoencoder(tiny_data, tmp_path, **SETTINGS)
    assert list(tmp_path.iterdir()) == []


def test_out_of_time_and_done_runs(
    tiny_data: Path, tmp_path: Path, losses: list[dict[str, Tensor]]
) -> None:
    train_autoencoder(tiny_data, tmp_path, **SETTINGS, minutes=0.0)
    assert len(losses) == 1 and (tmp_path / "model.safetensors").is_file()
    train_autoencoder(tiny_data, tmp_path, **SETTINGS)
    assert len(losses) == 6
    train_autoencoder(tiny_data, tmp_path, **SETTINGS)
    assert len(losses) == 6
    train_autoencoder(tiny_data, tmp_path, **SETTINGS, minutes=0.0, resume=False)
    assert len(losses) == 7 and losses[6] == losses[0]


def test_bad_data_is_refused_in_one_line(tiny_data: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(tiny_data, tmp_path / "data"))
    for picture in data.glob("p*/*.png"):
        picture.write_bytes(b"not a picture")
    with pytest.raises(StyleMambaError, match=r"\.png: ") as caught:
        train_autoencoder(data, tmp_path / "out", **SETTINGS)
    assert "\n" not in str(caught.value)
    with pytest.raises(StyleMambaError, match="metadata.csv"):
        train_autoencoder(tmp_path, tmp_path / "out", **SETTINGS)
    (tmp_path / "file").touch()
    with pytest.raises(StyleMambaError, match="file"):
        train_autoencoder(tiny_data, tmp_path / "file", **SETTINGS)


def test_normalised_latents(tiny_data: Path) -> None:
    torch.manual_seed(0)
    model = EmbeddedAutoencoder(latent_channels=4, width=16, depth=1).eval()
    records = read_records(tiny_data, ("photos",), "train")
    normalise_latents(model, records)
    images = to_batch([center_crop(read_rgb(record.path), 192) for record in records])
    with torch.no_grad():
        variance, mean = torch.var_mean(model.encode(images), dim=(0, 2, 3))
    torch.testing.assert_close(mean, torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(variance, torch.ones(4), atol=1e-3, rtol=0)


def test_psnr(tiny_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = EmbeddedAutoencoder(latent_channels=4, width=16, depth=1).eval()
    records = read_records(tiny_data, ("photos",), "validation")
    monkeypatch.setattr(model, "encode", lambda images: images)
    monkeypatch.setattr(model, "decode", lambda images: images + 0.1 * (images < 0.5) * 1.0)
    images = [to_batch([center_crop(read_rgb(record.path), 64)]) for record in records]
    errors = [0.01 * (image < 0.5).double().mean() for image in images]
    expected = sum(-10 * torch.log10(error) for error in errors) / len(errors)
    assert validation_psnr(model, records, side=64) == pytest.approx(float(expected), abs=1e-3)
    monkeypatch.setattr(model, "decode", lambda images: images)
    assert validation_psnr(model, records, side=64) == pytest.approx(100)
