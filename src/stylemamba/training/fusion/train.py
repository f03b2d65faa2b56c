"""Training of one-pass style fusion: any photo, any style, no optimisation in use."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.base import SOURCE_PROMPT
from stylemamba.errors import StyleMambaError
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.painting.simplify import simplify
from stylemamba.runtime.device import resolve_device
from stylemamba.runtime.precision import fast_autocast
from stylemamba.training.checkpoint import load_checkpoint, make_run_folder, save_checkpoint
from stylemamba.training.fusion.data import STYLES, Draw, FusionDataset, StyleSampler, list_pictures
from stylemamba.training.fusion.objective import NAMES, Painted, fusion_losses
from stylemamba.training.fusion.samples import draw_samples
from stylemamba.training.loop import Budget, log, warmup_cosine

if TYPE_CHECKING:
    from accelerate import Accelerator

CHECKPOINT_STEPS = 100
SAMPLE_STEPS = 250
LOG_STEPS = 20


def train_fusion(
    contents: Sequence[Path],
    styles: Sequence[Path],
    out: Path,
    *,
    encoder: ArtLIP,
    autoencoder: EmbeddedAutoencoder,
    initial: StyleFusion | None = None,
    steps: int = 6500,
    minutes: float | None = None,
    photos: int = 2,
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
        contents: Folders of photos.
        styles: Folders of paintings and other pictures.
        out: Folder to write config.json, model.safetensors and the above to.
        encoder: Says what a style is; frozen.
        autoencoder: Frozen.
        initial: Style fusion to start from, trained in place; by default a new one.
        steps: Optimiser steps of the whole schedule.
        minutes: After which it ends all the same, its schedule with it; those of a resumed run
            count. None for no limit.
        photos: Crops a step and process.
        learning_rate: Peak rate of Adam.
        without: Losses to leave out, to see what they are worth.
        device: See `runtime.device.resolve_device`.
        seed: Of the weights, crops, styles and masks.
        resume: Go on from `out/checkpoint.pt` when it is there.

    Raises:
        StyleMambaError: There is no loss of that name; pictures are missing or damaged; `out`
            cannot be written to; the checkpoint is damaged; accelerate is missing.
    """
    if unknown := sorted(set(without).difference(NAMES)):
        raise StyleMambaError(f"{unknown[0]}: is no loss; they are {', '.join(NAMES)}")
    accelerator = _accelerator(device)
    make_run_folder(out)
    data = FusionDataset(
        list_pictures(contents, "train"),
        list_pictures(styles, "train"),
        photos=photos,
        seed=seed,
        factor=autoencoder.factor,
        rank=accelerator.process_index,
    )
    where = accelerator.device
    encoder, autoencoder = encoder.to(where), autoencoder.to(where)
    autoencoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    torch.manual_seed(seed)
    channels = autoencoder.latent_channels
    bare = initial or StyleFusion(StyleFusionConfig(channels, encoder.condition_dim))
    optimizer = torch.optim.Adam(bare.parameters(), lr=learning_rate, betas=(0.9, 0.98))
    checkpoint = out / "checkpoint.pt"
    first, spent = 0, 0.0
    if resume and checkpoint.exists():
        state = load_checkpoint(checkpoint)
        bare.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first, spent = state["step"], state["seconds"]
    model, optimizer = accelerator.prepare(bare.train(), optimizer)
    sampler, source = StyleSampler(encoder), encoder.encode_text([SOURCE_PROMPT]).to(where)
    table = _LossTable(out / "losses.csv", first)
    loader: DataLoader[Draw] = DataLoader(
        data, sampler=range(first, steps), batch_size=None, num_workers=1, persistent_workers=False
    )

    def save(done: int) -> None:
        if accelerator.is_main_process:
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
            draw_samples(encoder, autoencoder, bare, contents, path)

    done: int | None = first
    budget = Budget(steps, minutes, spent)
    try:
        for step, draw in enumerate(loader, first):
            if not budget.allows(step):
                accelerator.set_trigger()
            if accelerator.check_trigger():  # of any process: they stop at the same step
                break
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * warmup_cosine(step, budget.progress(step))
            torch.manual_seed(draw.generator_seed)
            generator = torch.Generator().manual_seed(draw.generator_seed)
            rng = np.random.default_rng(draw.generator_seed)
            # Content is what is left of the photo: the rest would have to come back as marks.
            crops = simplify(draw.contents.to(where), autoencoder.factor)
            target = sampler.draw(draw.style_pictures.to(where), rng)
            strokes = draw.strokes.to(where), draw.mirrored_strokes.to(where)
            painted = _paint(autoencoder, model, crops, strokes, target.condition)
            losses = fusion_losses(encoder, painted, target, source, generator, without)
            optimizer.zero_grad(set_to_none=True)
            accelerator.backward(losses["total"])
            accelerator.clip_grad_norm_(model.parameters(), 1.0)
            done = None  # the weights are of neither step while this one changes them
            optimizer.step()
            done = step + 1
            if accelerator.is_main_process:
                table.write(step, {name: loss.item() for name, loss in losses.items()})
                if done % LOG_STEPS == 0:
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
    with fast_autocast(crops.device):
        with torch.no_grad():
            both = autoencoder.encode(torch.cat([crops, crops.flip(-1)]))
        latents, mirrored = both.chunk(2)
        repeats = (STYLES, 1, 1, 1)
        bent = model(latents.repeat(repeats), conditions, strokes[0].repeat(repeats))
        # One style of each photo: the mirror image is for its colours alone.
        first = conditions[: len(crops)]
        bent_mirrored = model(mirrored, first, strokes[1])
        pictures = autoencoder.decode(bent)
    return Painted(crops, pictures.float(), bent[: len(crops)], bent_mirrored)


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

    def write(self, step: int, losses: dict[str, float]) -> None:
        self.rows.append({"step": step, **{k: f"{v:.5f}" for k, v in losses.items()}})
        with self.path.open("w" if self._restart else "a", newline="") as file:
            writer = csv.DictWriter(file, self.rows[-1].keys())
            if self._restart:
                writer.writeheader()
                writer.writerows(self.rows)
            else:
                writer.writerow(self.rows[-1])
        self._restart = False

    def recent(self) -> str:
        """Means over the last steps that were logged."""
        rows = self.rows[-LOG_STEPS:]
        names = [name for name in rows[-1] if name != "step"]
        return " ".join(
            f"{name} {sum(float(row[name]) for row in rows) / len(rows):.4f}" for name in names
        )
