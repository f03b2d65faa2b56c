"""Training of one-pass style fusion: any photo, any style, no optimisation in use."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.base import SOURCE_PROMPT, StyleEncoder
from stylemamba.errors import StyleMambaError
from stylemamba.fusion.network import MIXERS, StyleFusion, StyleFusionConfig
from stylemamba.portable.workers import cores
from stylemamba.runtime.device import resolve_device
from stylemamba.runtime.precision import in_float32
from stylemamba.runtime.shipped import WEIGHTS
from stylemamba.training.average import MovingAverage
from stylemamba.training.checkpoint import load_checkpoint, make_run_folder, save_checkpoint
from stylemamba.training.fusion.data import Draw, FusionDataset
from stylemamba.training.fusion.objective import loss_weights
from stylemamba.training.fusion.pictures import Pictures
from stylemamba.training.fusion.samples import draw_samples
from stylemamba.training.fusion.settings import FusionSettings
from stylemamba.training.fusion.step import step_losses
from stylemamba.training.fusion.styles import StyleSampler, Texts
from stylemamba.training.fusion.teachers import Teachers
from stylemamba.training.loop import Budget, Feed, grouped, log, warmup_cosine
from stylemamba.training.loss_table import LossTable

if TYPE_CHECKING:
    from accelerate import Accelerator

CHECKPOINT_STEPS = 100
SAMPLE_STEPS = 250
LOG_STEPS = 20


def train_fusion(
    pictures: Pictures,
    out: Path,
    *,
    encoder: StyleEncoder,
    autoencoder: ImageAutoencoder,
    anchor: ArtLIP | None = None,
    prompts: Sequence[str] = (),
    initial: StyleFusion | None = None,
    mixer: str | None = None,
    settings: FusionSettings | None = None,
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
        encoder: Says what a style is; frozen. Under an ArtLIP, styles are of texts and of pictures,
            under another encoder of texts, with the paper's losses.
        autoencoder: Frozen.
        anchor: ArtLIP, whose statistics are aimed at beside another encoder's directions.
        prompts: Texts that styles are drawn from; by default the captions of ArtLIP's bank.
        initial: Style fusion to start from, trained in place; by default a new one.
        mixer: One of `MIXERS`, to begin with untrained token mixers of that kind; by default those
            of `initial`.
        settings: All else.
        resume: Go on from `out/checkpoint.pt` when it is there.

    Raises:
        StyleMambaError: There is no loss or mixer of that name, or it does not go with the encoder;
            crops do not fit the autoencoder; pictures are missing or damaged; `out` cannot be
            written to; the checkpoint is damaged; accelerate or the tracker is missing.
    """
    settings = settings or FusionSettings()
    if mixer is not None and mixer not in MIXERS:
        raise StyleMambaError(f"{mixer}: is no mixer; they are {', '.join(MIXERS)}")
    teachers = Teachers.of(encoder, autoencoder, anchor)
    weights = loss_weights(teachers, settings.weights, settings.without)
    settings.check_crops(autoencoder.factor)
    accelerator = _accelerator(settings, out)
    make_run_folder(out)
    teachers.to(accelerator.device)
    if settings.recompute:
        autoencoder.recompute()
    sampler = StyleSampler(_texts(teachers, prompts), of_pictures=teachers.own_anchor)
    torch.manual_seed(settings.seed)
    sizes = StyleFusionConfig(autoencoder.latent_channels, encoder.condition_dim)
    model = initial or StyleFusion(sizes)
    if mixer is not None:
        model = model.with_new_mixers(mixer)
    data = FusionDataset(
        pictures.contents,
        pictures.styles,
        sampler,
        photos=settings.photos,
        seed=settings.seed,
        factor=autoencoder.factor,
        sides=settings.crops,
        rank=accelerator.process_index,
        world=accelerator.num_processes,
        parts=settings.accumulate,
        mirrored="mirror" in weights,
    )
    run = _Run(accelerator, teachers, model, weights, settings, out, resume)
    with in_float32() if settings.float32 else nullcontext():
        run.train(data, pictures)
    return run.finished()


class _Run:
    """A training from where it begins to its end.

    Args:
        accelerator: Knows the device and the other processes.
        teachers: On the device.
        model: To be trained.
        weights: Of the losses.
        settings: Of the training.
        out: Its folder.
        resume: Go on from the checkpoint that is there.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        teachers: Teachers,
        model: StyleFusion,
        weights: dict[str, float],
        settings: FusionSettings,
        out: Path,
        resume: bool,
    ) -> None:
        self.accelerator, self.teachers, self.weights = accelerator, teachers, weights
        self.settings, self.out = settings, out
        where = accelerator.device
        self.bare = model.to(where)
        fused = where.type == "cuda"
        optimizer = torch.optim.Adam(
            model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.98), fused=fused
        )
        self.checkpoint = out / "checkpoint.pt"
        self.first, spent, average = 0, 0.0, None
        if resume and self.checkpoint.exists():
            state = load_checkpoint(self.checkpoint)
            model.load_state_dict(state["model"])
            for group in state["optimizer"]["param_groups"]:
                group["fused"] = fused  # the run may have begun on another device
            optimizer.load_state_dict(state["optimizer"])
            self.first, spent, average = state["step"], state["seconds"], state.get("average")
        self.average: MovingAverage[StyleFusion] | None = None
        if settings.average is not None:
            self.average = MovingAverage(model, settings.average)
            if average is not None:
                self.average.model.load_state_dict(average["model"])
                self.average.updates = average["updates"]
        self.model, self.optimizer = accelerator.prepare(model.train(), optimizer)
        self.source = teachers.encoder.encode_text([SOURCE_PROMPT]).to(where)
        self.table = LossTable(out / "losses.csv", self.first, LOG_STEPS)
        self.budget = Budget(settings.steps, settings.minutes, spent)

    def train(self, data: FusionDataset, pictures: Pictures) -> None:
        """All steps that are left.

        Raises:
            StyleMambaError: It diverged.
            KeyboardInterrupt: Of Ctrl-C, after the checkpoint was written.
        """
        settings, accelerator = self.settings, self.accelerator
        parts = settings.accumulate
        feed = Feed(self._loader(data, range(self.first * parts, settings.steps * parts)))
        done: int | None = self.first
        try:
            for step, draws in enumerate(grouped(feed, parts), self.first):
                if _is_over(accelerator, self.budget, step):
                    break
                rate = warmup_cosine(step, self.budget.progress(step))
                for group in self.optimizer.param_groups:
                    group["lr"] = settings.learning_rate * rate
                losses = self._gradients(draws)
                accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
                done = None  # the weights are of neither step while this one changes them
                self.optimizer.step()
                if self.average is not None:
                    self.average.update(self.bare)
                done = step + 1
                self._log(step, losses, feed)
                if done % CHECKPOINT_STEPS == 0:
                    self._save(done)
                elif done % LOG_STEPS == 0:
                    self._check(done)
                if done % SAMPLE_STEPS == 0:
                    self._sample(done, pictures)
            assert done is not None
            self._save(done)
            self._sample(done, pictures)
        except KeyboardInterrupt:
            if done is not None:
                self._save(done)
            raise
        if accelerator.is_main_process and feed.items:
            log(
                "{:.1f} photos a second, {:.0%} of the time waiting for them".format(
                    *self._pace(feed)
                )
            )
        accelerator.end_training()

    def finished(self) -> StyleFusion:
        """The style fusion, saved."""
        bare = self.bare if self.average is None else self.average.model
        bare.eval()
        if self.accelerator.is_main_process:
            bare.half().save_pretrained(self.out)
        return bare.float()

    def _loader(self, data: FusionDataset, items: Iterable[int]) -> DataLoader[Draw]:
        workers, where = self.settings.workers, self.accelerator.device
        return DataLoader(
            data,
            sampler=items,
            batch_size=None,
            num_workers=default_workers(where) if workers is None else workers,
            pin_memory=where.type == "cuda",
        )

    def _gradients(self, draws: Sequence[Draw]) -> dict[str, Tensor]:
        """Gradients of a step's draws, and the means of their losses, over all processes."""
        self.optimizer.zero_grad(set_to_none=True)
        found = []
        for left, draw in zip(reversed(range(len(draws))), draws, strict=True):
            # Processes exchange gradients once a step, with the last draw.
            with self.accelerator.no_sync(self.model) if left else nullcontext():
                torch.manual_seed(draw.generator_seed)
                here = draw.to(self.accelerator.device)
                losses = step_losses(self.teachers, self.model, here, self.source, self.weights)
                self.accelerator.backward(losses["total"] / len(draws))
            found.append(torch.stack(list(losses.values())).detach())
        means = found[0] if len(found) == 1 else torch.stack(found).mean(0)
        if self.accelerator.num_processes > 1:
            means = self.accelerator.reduce(means, "mean")
        return dict(zip(losses, means.unbind(), strict=True))

    def _log(self, step: int, losses: dict[str, Tensor], feed: Feed[Draw]) -> None:
        if not self.accelerator.is_main_process:
            return
        self.table.add(step, losses)
        if (step + 1) % LOG_STEPS == 0:
            self.table.flush()
            recent = self.table.recent()
            text = " ".join(f"{name} {value:.4f}" for name, value in recent.items())
            log(f"step {step + 1} {text} {self.budget.spent:.0f} s")
            photos, waiting = self._pace(feed)
            more = {"learning_rate": self.optimizer.param_groups[0]["lr"]}
            more |= {"photos_a_second": photos, "waiting": waiting}
            self.accelerator.log({**recent, **more}, step=step + 1)

    def _pace(self, feed: Feed[Draw]) -> tuple[float, float]:
        """Photos a second of all processes, and the share of the time that this one waited."""
        draws, waiting = feed.rate()
        return draws * self.settings.photos * self.accelerator.num_processes, waiting

    def _check(self, done: int) -> None:
        """Has every process end where the weights are no numbers any more."""
        if all(weights.isfinite().all() for weights in self.bare.parameters()):
            return
        if self.accelerator.is_main_process:
            self.table.flush()  # it says when that began
        further = ", or go on from the checkpoint (--resume)," if self.checkpoint.exists() else ""
        raise StyleMambaError(
            f"the weights are no numbers any more after step {done} or before: begin anew{further} "
            "with a lower --learning-rate"
        )

    def _save(self, done: int) -> None:
        self._check(done)
        if not self.accelerator.is_main_process:
            return
        self.table.flush()
        state: dict[str, Any] = {
            "model": self.bare.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": done,
            "seconds": self.budget.spent,
        }
        if self.average is not None:
            average = self.average
            state["average"] = {"model": average.model.state_dict(), "updates": average.updates}
        save_checkpoint(self.checkpoint, state)

    def _sample(self, done: int, pictures: Pictures) -> None:
        path = self.out / "samples" / f"{done:06d}.jpg"
        if self.accelerator.is_main_process and not path.exists():
            shown = self.bare if self.average is None else self.average.model
            encoder, autoencoder = self.teachers.encoder, self.teachers.autoencoder
            draw_samples(encoder, autoencoder, shown, pictures.samples, path)


def default_workers(device: torch.device) -> int:
    """Processes that prepare steps: all cores for a GPU; for a CPU, which is busy itself, one."""
    if device.type != "cuda":
        return 1
    return max(1, cores() // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def _texts(teachers: Teachers, prompts: Sequence[str]) -> Texts:
    if prompts:
        return Texts.of_prompts(prompts, teachers)
    artlip = teachers.anchor or ArtLIP.from_pretrained(WEIGHTS / "artlip")
    return Texts.of_bank(artlip, teachers)


def _is_over(accelerator: Accelerator, budget: Budget, step: int) -> bool:
    """Whether a run ends before a step, for any of its processes: they stop at the same one."""
    over = not budget.allows(step)
    if accelerator.num_processes == 1:  # asking for the trigger waits for the GPU
        return over
    if over:
        accelerator.set_trigger()
    stop: bool = accelerator.check_trigger()
    return stop


def _accelerator(settings: FusionSettings, out: Path) -> Accelerator:
    try:
        from accelerate import Accelerator
    except ImportError as error:
        raise StyleMambaError(
            "training style fusion needs accelerate: pip install 'stylemamba[train]'"
        ) from error
    tracker = settings.tracker
    if tracker is not None and importlib.util.find_spec(tracker) is None:
        raise StyleMambaError(f"--tracker {tracker} needs a package: pip install {tracker}")
    accelerator = Accelerator(
        cpu=resolve_device(settings.device).type == "cpu", log_with=tracker, project_dir=out
    )
    if tracker is not None:
        accelerator.init_trackers(tracker)
    return accelerator
