"""Training of the embedded VAE on crops of photos and paintings."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.encoders.vgg import VGG19
from stylemamba.runtime.device import resolve_device
from stylemamba.runtime.precision import fast_autocast
from stylemamba.training.checkpoint import load_checkpoint, make_run_folder, save_checkpoint
from stylemamba.training.data import (
    Record,
    center_crop,
    random_crop,
    read_records,
    read_rgb,
    to_batch,
)
from stylemamba.training.loop import log, warmup_cosine

PERCEPTUAL_LAYERS = ("relu1_2", "relu2_2", "relu3_1")
PERCEPTUAL_WEIGHT = 0.03
KL_WEIGHT = 2e-4
PHOTO_SHARE = 0.4
CHECKPOINT_STEPS = 100
NORMALISATION_PICTURES = 64  # photos, and about as many others


def train_autoencoder(
    data: Path,
    out: Path,
    *,
    steps: int = 1500,
    batch: int = 12,
    crop: int = 128,
    learning_rate: float = 1e-3,
    device: str = "auto",
    seed: int = 0,
    resume: bool = True,
    minutes: float | None = None,
) -> EmbeddedAutoencoder:
    """Trains the embedded VAE and saves it to `out`.

    L = |Y - X| + 0.03 sum_l |F_l(Y) - F_l(X)| / |F_l(X)| + 2e-4 KL(q(z | X) || N(0, I))

    with means over elements throughout, F_l the features of VGG19 at `PERCEPTUAL_LAYERS`.

    `out/checkpoint.pt` is written every 100 steps, at the end, and on Ctrl-C. Step i always sees
    the same crops and noise, so that a resumed run goes on as if it had not been stopped.

    Args:
        data: Folder with `photos`, `paintings` and `media` (see training/data.py).
        out: Folder to write config.json, model.safetensors and checkpoint.pt to.
        steps: Optimiser steps of the whole schedule.
        batch: Crops a step.
        crop: Side of a crop in pixels, a multiple of 4.
        learning_rate: Peak rate of Adam.
        device: See `runtime.device.resolve_device`.
        seed: Of the weights, the crops and the noise.
        resume: Go on from `out/checkpoint.pt` when it is there.
        minutes: Save what there is, resumably, after this much time.

    Raises:
        StyleMambaError: Pictures or tables are missing or damaged; `out` cannot be written to; the
            checkpoint is damaged.
    """
    make_run_folder(out)
    photos = read_records(data, ("photos",), "train")
    others = read_records(data, ("paintings", "media"), "train")
    validation = read_records(data, ("photos",), "validation")
    where = resolve_device(device)
    vgg = VGG19.pretrained(PERCEPTUAL_LAYERS[-1]).to(where)
    torch.manual_seed(seed)
    model = EmbeddedAutoencoder().to(where)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, betas=(0.9, 0.98))
    checkpoint = out / "checkpoint.pt"
    first = 0
    if resume and checkpoint.exists():
        state = load_checkpoint(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["step"]

    def save(done: int) -> None:
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": done}
        save_checkpoint(checkpoint, state)

    started = time.monotonic()
    done: int | None = first
    try:
        for step in range(first, steps):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * warmup_cosine(step, step / steps)
            rng = np.random.default_rng((seed, step))
            images = to_batch([_draw(photos, others, crop, rng) for _ in range(batch)]).to(where)
            noise = torch.Generator().manual_seed(seed * 1_000_003 + step)
            losses = _losses(model, vgg, images, noise)
            loss = losses["l1"] + PERCEPTUAL_WEIGHT * losses["perceptual"]
            loss = loss + KL_WEIGHT * losses["kl"]
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            done = None  # the weights are of neither step while this one changes them
            optimizer.step()
            done = step + 1
            if step % 20 == 0:
                values = " ".join(f"{name} {value.item():.4f}" for name, value in losses.items())
                log(f"step {step} {values} {time.monotonic() - started:.0f} s")
            out_of_time = minutes is not None and time.monotonic() - started > 60 * minutes
            if done % CHECKPOINT_STEPS == 0 or done == steps or out_of_time:
                save(done)
            if out_of_time:
                break
    except KeyboardInterrupt:
        if done is not None:
            save(done)
        raise
    model.eval().cpu()
    spacing = max(1, len(others) // NORMALISATION_PICTURES)
    normalise_latents(model, photos[:NORMALISATION_PICTURES] + others[::spacing])
    model.half().save_pretrained(out)
    model = type(model).from_pretrained(out)  # as it is stored
    log(f"validation PSNR {validation_psnr(model, validation):.2f} dB")
    return model


def _draw(
    photos: Sequence[Record], others: Sequence[Record], side: int, rng: np.random.Generator
) -> Image.Image:
    pool = photos if rng.random() < PHOTO_SHARE else others
    image = read_rgb(pool[int(rng.integers(len(pool)))].path)
    return random_crop(image, side, rng, min_scale=0.5)


def _losses(
    model: EmbeddedAutoencoder, vgg: VGG19, images: Tensor, noise: torch.Generator
) -> dict[str, Tensor]:
    with fast_autocast(images.device):
        mean, log_variance = (part.float() for part in model.posterior(images))
        chance = torch.randn(mean.shape, generator=noise).to(mean.device)
        latents = mean + torch.exp(0.5 * log_variance) * chance
        rendered = model.decoder(latents).float()
        features = vgg(rendered, PERCEPTUAL_LAYERS)
        with torch.no_grad():
            targets = vgg(images, PERCEPTUAL_LAYERS)
    distances = []
    for layer in PERCEPTUAL_LAYERS:
        target = targets[layer].float()
        distances.append(F.l1_loss(features[layer].float(), target) / target.abs().mean())
    return {
        "l1": F.l1_loss(rendered, images),
        "perceptual": torch.stack(distances).sum(),
        "kl": 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean(),
    }


@torch.no_grad()
def normalise_latents(model: EmbeddedAutoencoder, records: Sequence[Record]) -> None:
    """Sets the model's latent means and deviations, so that latents have about unit variance.

    Args:
        model: Its buffers `latent_mean` and `latent_std` are written.
        records: Pictures whose central crops are encoded to measure them.
    """
    images = to_batch([center_crop(read_rgb(record.path), 192) for record in records])
    means = torch.cat([model.posterior(part)[0] for part in images.split(16)])
    model.latent_mean.copy_(means.mean((0, 2, 3), keepdim=True))
    model.latent_std.copy_(means.std((0, 2, 3), keepdim=True))


@torch.no_grad()
def validation_psnr(
    model: EmbeddedAutoencoder, records: Sequence[Record], side: int = 256
) -> float:
    """Mean over pictures of the reconstruction's PSNR = -10 log10 ||Y - X||^2, in dB.

    Args:
        model: The autoencoder.
        records: Pictures, whose central crops are reconstructed.
        side: Of a crop, in pixels.
    """
    values = []
    for record in records:
        image = to_batch([center_crop(read_rgb(record.path), side)])
        error = F.mse_loss(model.decode(model.encode(image)).clamp(0, 1), image)
        values.append(-10 * math.log10(max(error.item(), 1e-10)))
    return sum(values) / len(values)
