"""Training of one-pass style fusion: any photo, any style, no optimisation in use."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.base import SOURCE_PROMPT
from stylemamba.errors import StyleMambaError
from stylemamba.fusion.network import MIXERS, StyleFusion, StyleFusionConfig
from stylemamba.painting.simplify import simplify
from stylemamba.runtime.device import resolve_device
from stylemamba.runtime.precision import fast_autocast
from stylemamba.training.checkpoint import load_checkpoint, make_run_folder, save_checkpoint
from stylemamba.training.fusion.data import (
    SIDES,
    STYLES,
    Draw,
    FusionDataset,
    StyleSampler,
    styles_of,
    unit,
)
from stylemamba.training.fusion.objective import NAMES, Painted, fusion_losses
from stylemamba.training.fusion.pictures import Pictures
from stylemamba.training.fusion.samples import draw_samples
from stylemamba.training.loop import Budget, log, warmup_cosine

if TYPE_CHECKING:
    from accelerate import Accelerator

CHECKPOINT_STEPS = 100
SAMPLE_STEPS = 250
LOG_STEPS = 20


def train_fusion(
    pictures: Pictures,
    out: Path,
    *,
    encoder: ArtLIP,
    autoencoder: EmbeddedAutoencoder,
    initial: StyleFusion | None = None,
    mixer: str | None = None,
    steps: int = 6500,
    minutes: float | None = None,
    photos: int = 2,
    crops: Sequence[int] = SIDES,
    workers: int | None = None,
    learning_rate: float = 8e-4,
    without: Collection[str] = (),
    device: str = "auto",
    seed: int = 0,
    resume: bool = True,
) -> StyleFusion:
    """Trains style fusion for one pass and saves it to `out`.

    A step takes `photos` crops, `STYLES` styles of each, and descends `fusion_losses`.

    `out/checkpoint.pt` is written every 100 steps, at the end, and on Ctrl-C; `out/losses.csv` has
    the losses of every step, `out/samples/` a sheet every 250 steps. Step i always sees the same
    draws, so that a resumed run goes on as if it had not been stopped. Under `accelerate launch`
    every process draws its own crops.

    Args:
        pictures: To train on.
        out: Folder to write config.json, model.safetensors and the above to.
        encoder: Says what a style is; frozen.
        autoencoder: Frozen.
        initial: Style fusion to start from, trained in place; by default a new one.
        mixer: One of `MIXERS`, to begin with untrained token mixers of that kind; by default those
            of `initial`.
        steps: Optimiser steps of the whole schedule.
        minutes: After which it ends all the same, its schedule with it; those of a resumed run
            count. None for no limit.
        photos: Crops a step and process.
        crops: Their sides in pixels, one of them for each step by chance.
        workers: Processes that prepare steps; None for one, or with CUDA for as many as there are
            cores. They do not change what a step sees.
        learning_rate: Peak rate of Adam.
        without: Losses to leave out, to see what they are worth.
        device: See `runtime.device.resolve_device`.
        seed: Of the weights, crops, styles and masks.
        resume: Go on from `out/checkpoint.pt` when it is there.

    Raises:
        StyleMambaError: There is no loss or mixer of that name; crops do not fit the autoencoder;
            pictures are missing or damaged; `out` cannot be written to; the checkpoint is damaged;
            accelerate is missing.
    """
    if unknown := sorted(set(without).difference(NAMES)):
        raise StyleMambaError(f"{unknown[0]}: is no loss; they are {', '.join(NAMES)}")
    if mixer is not None and mixer not in MIXERS:
        raise StyleMambaError(f"{mixer}: is no mixer; they are {', '.join(MIXERS)}")
    _check_crops(crops, autoencoder.factor)
    accelerator = _accelerator(device)
    make_run_folder(out)
    where = accelerator.device
    encoder, autoencoder = encoder.to(where), autoencoder.to(where)
    autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    data = FusionDataset(
        pictures.contents,
        pictures.styles,
        StyleSampler(encoder),
        photos=photos,
        seed=seed,
        factor=autoencoder.factor,
        sides=crops,
        rank=accelerator.process_index,
    )
    torch.manual_seed(seed)
    channels = autoencoder.latent_channels
    bare = initial or StyleFusion(StyleFusionConfig(channels, encoder.condition_dim))
    if mixer is not None:
        bare = bare.with_new_mixers(mixer)
    fused = where.type == "cuda"
    optimizer = torch.optim.Adam(
        bare.to(where).parameters(), lr=learning_rate, betas=(0.9, 0.98), fused=fused
    )
    checkpoint = out / "checkpoint.pt"
    first, spent = 0, 0.0
    if resume and checkpoint.exists():
        state = load_checkpoint(checkpoint)
        bare.load_state_dict(state["model"])
        for group in state["optimizer"]["param_groups"]:
            group["fused"] = fused  # the run may have begun on another device
        optimizer.load_state_dict(state["optimizer"])
        first, spent = state["step"], state["seconds"]
    model, optimizer = accelerator.prepare(bare.train(), optimizer)
    source = encoder.encode_text([SOURCE_PROMPT]).to(where)
    table = _LossTable(out / "losses.csv", first)
    if workers is None:
        workers = default_workers(where)
    loader: DataLoader[Draw] = DataLoader(
        data,
        sampler=range(first, steps),
        batch_size=None,
        num_workers=workers,
        pin_memory=where.type == "cuda",
    )

    def save(done: int) -> None:
        if accelerator.is_main_process:
            table.flush()
            state = {
                "model": bare.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": done,
                "seconds": budget.spent,
            }
            save_checkpoint(checkpoint, state)

    def sample(done: int) -> None:
        path = out / "samples" / f"{done:06d}.jpg"
        if accelerator.is_main_process and not path.exists():
            draw_samples(encoder, autoencoder, bare, pictures.samples, path)

    done: int | None = first
    budget = Budget(steps, minutes, spent)
    try:
        for step, draw in enumerate(loader, first):
            if _is_over(accelerator, budget, step):
                break
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * warmup_cosine(step, budget.progress(step))
            torch.manual_seed(draw.generator_seed)
            losses = _losses(encoder, autoencoder, model, draw.to(where), source, without)
            optimizer.zero_grad(set_to_none=True)
            accelerator.backward(losses["total"])
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            done = None  # the weights are of neither step while this one changes them
            optimizer.step()
            done = step + 1
            if accelerator.is_main_process:
                table.add(step, losses)
                if done % LOG_STEPS == 0:
                    table.flush()
                    log(f"step {done} {table.recent()} {budget.spent:.0f} s")
            if done % CHECKPOINT_STEPS == 0:
                save(done)
            if done % SAMPLE_STEPS == 0:
                sample(done)
        assert done is not None
        save(done)
        sample(done)
    except KeyboardInterrupt:
        if done is not None:
            save(done)
        raise
    bare.eval()
    if accelerator.is_main_process:
        bare.half().save_pretrained(out)
    return bare.float()


def default_workers(device: torch.device) -> int:
    """Processes that prepare steps: all cores for a GPU; for a CPU, which is busy itself, one."""
    if device.type != "cuda":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, (cores or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def _check_crops(crops: Sequence[int], factor: int) -> None:
    for side in crops:
        if side % factor:
            raise StyleMambaError(
                f"crops of {side} px: this autoencoder takes multiples of {factor}; "
                f"use {max(side // factor, 1) * factor}"
            )


def _is_over(accelerator: Accelerator, budget: Budget, step: int) -> bool:
    """Whether a run ends before a step, for any of its processes: they stop at the same one."""
    over = not budget.allows(step)
    if accelerator.num_processes == 1:  # asking for the trigger waits for the GPU
        return over
    if over:
        accelerator.set_trigger()
    stop: bool = accelerator.check_trigger()
    return stop


def _losses(
    encoder: ArtLIP,
    autoencoder: EmbeddedAutoencoder,
    model: torch.nn.Module,
    draw: Draw,
    source: Tensor,
    without: Collection[str],
) -> dict[str, Tensor]:
    """The losses of one step; nothing in it waits for a GPU."""
    # Content is what is left of the photo: the rest would have to come back as marks.
    crops = simplify(unit(draw.contents), autoencoder.factor)
    target = styles_of(encoder, draw.styles, unit(draw.style_pictures))
    strokes = draw.strokes, draw.mirrored_strokes
    painted = _paint(autoencoder, model, crops, strokes, target.condition)
    generator = torch.Generator().manual_seed(draw.generator_seed)
    return fusion_losses(encoder, painted, target, source, generator, without)


def _paint(
    autoencoder: EmbeddedAutoencoder,
    model: torch.nn.Module,
    crops: Tensor,
    strokes: tuple[Tensor, Tensor],
    conditions: Tensor,
) -> Painted:
    """Crops (p, 3, h, w) under the `STYLES` p conditions.

    `strokes` are their stroke fields and those of their mirror images.
    """
    photos = len(crops)
    with fast_autocast(crops.device):
        with torch.no_grad():
            both = autoencoder.encode(torch.cat([crops, crops.flip(-1)]))
        latents, mirrored = both.chunk(2)
        # One style of each photo: the mirror image is for its colours alone.
        bent = model(
            torch.cat([*[latents] * STYLES, mirrored]),
            torch.cat([conditions, conditions[:photos]]),
            torch.cat([*[strokes[0]] * STYLES, strokes[1]]),
        )
        bent, bent_mirrored = bent[: STYLES * photos], bent[STYLES * photos :]
        pictures = autoencoder.decode(bent)
    return Painted(crops, pictures.float(), bent[:photos], bent_mirrored)


def _accelerator(device: str) -> Accelerator:
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise StyleMambaError(
            "training style fusion needs accelerate: pip install 'stylemamba[train]'"
        ) from error
    return Accelerator(cpu=resolve_device(device).type == "cpu")


class _LossTable:
    """losses.csv: a row a step; rows of steps that a resumed run does again are dropped."""

    def __init__(self, path: Path, first: int) -> None:
        self.path = path
        self.rows: list[dict[str, Any]] = []
        if first and path.exists():
            with path.open(newline="") as file:
                self.rows = [row for row in csv.DictReader(file) if int(row["step"]) < first]
        self._restart = True
        self._steps: list[int] = []
        self._waiting: list[Tensor] = []
        self._names: list[str] = []

    def add(self, step: int, losses: dict[str, Tensor]) -> None:
        """Takes a step's losses, where they are: to read each of them would hold a GPU up."""
        self._steps.append(step)
        self._names = list(losses)
        self._waiting.append(torch.stack(list(losses.values())).detach())

    def flush(self) -> None:
        """Writes what was added."""
        if not self._waiting:
            return
        values = torch.stack(self._waiting).tolist()
        new: list[dict[str, Any]] = [
            {
                "step": step,
                **{name: f"{value:.5f}" for name, value in zip(self._names, row, strict=True)},
            }
            for step, row in zip(self._steps, values, strict=True)
        ]
        self.rows += new
        with self.path.open("w" if self._restart else "a", newline="") as file:
            writer = csv.DictWriter(file, new[0].keys())
            if self._restart:
                writer.writeheader()
            writer.writerows(self.rows if self._restart else new)
        self._restart = False
        self._steps, self._waiting = [], []

    def recent(self) -> str:
        """Means over the last steps that were logged."""
        rows = self.rows[-LOG_STEPS:]
        names = [name for name in rows[-1] if name != "step"]
        return " ".join(
            f"{name} {sum(float(row[name]) for row in rows) / len(rows):.4f}" for name in names
        )
