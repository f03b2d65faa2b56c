"""What a training step in the paper's setting costs, counted without a GPU or any weights.

    python -m stylemamba.training.fusion.cost --crop 512 --photos 4 --recompute

The real architectures, SigLIP base at 224 px and Stable Diffusion's AutoencoderKL, run a step with
its gradient on the `meta` device: shapes without numbers.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import click
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from stylemamba.autoencoders.pretrained import DiffusersAutoencoder
from stylemamba.encoders.artlip import CODE_DIM, ArtLIP
from stylemamba.encoders.siglip import PIL_BICUBIC, SiglipStyleEncoder
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.portable.stroke_fields import STROKE_CHANNELS
from stylemamba.training.fusion.data import STYLES, Draw
from stylemamba.training.fusion.objective import loss_weights
from stylemamba.training.fusion.step import step_losses
from stylemamba.training.fusion.styles import StyleDraw
from stylemamba.training.fusion.teachers import Teachers

META = torch.device("meta")
SHARE_OF_PEAK = 0.3
GPUS = {"A100": 312e12, "H100 SXM": 989e12}
"""Dense bfloat16 operations a second, by NVIDIA's data sheets."""

PARTS = {
    "Encoder": "the autoencoder's encoder",
    "Decoder": "its decoder",
    "SiglipEncoder": "SigLIP",
    "VGG19": "VGG19",
    "StyleFusion": "style fusion",
}
"""Outermost modules of a step."""


class LiveBytes(TorchDispatchMode):
    """Follows how many bytes of tensors are alive, of those made while it is entered.

    Attributes:
        now: Bytes.
        peak: The most there were.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._known: set[int] = set()

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        for storage in _storages((args, given)):
            self._add(storage, 0)  # of a tensor from outside, or known already
        result = function(*args, **given)
        for storage in _storages(result):
            self._add(storage, storage.nbytes())
        return result

    def _add(self, storage: torch.UntypedStorage, size: int) -> None:
        key = storage._cdata
        if key in self._known:
            return
        self._known.add(key)
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._drop, key, size)

    def _drop(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now -= size


def _storages(values: Any) -> list[torch.UntypedStorage]:
    return [x.untyped_storage() for x in tree_leaves(values) if isinstance(x, Tensor)]


@dataclass(frozen=True)
class Cost:
    """Of one draw.

    Attributes:
        flops: Multiplications and additions of convolutions, products and attention.
        by_part: The same of the parts, by name, forwards only.
        weights: Bytes of all weights in float32, with what Adam keeps of the trained ones.
        activations: Bytes alive at most in float32, beside the weights.
    """

    flops: int
    by_part: dict[str, int]
    weights: int
    activations: int


def paper_teachers(anchor: bool = False) -> Teachers:
    """SigLIP base and Stable Diffusion's AutoencoderKL without weights, on `meta`."""
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
    from transformers import SiglipConfig, SiglipModel

    processor = SimpleNamespace(
        resample=PIL_BICUBIC, image_mean=[0.5, 0.5, 0.5], image_std=[0.5, 0.5, 0.5]
    )
    with META:
        siglip = SiglipModel(SiglipConfig())  # transformers' defaults are base, 224 px
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(128, 256, 512, 512),
            layers_per_block=2,
        )
    encoder = SiglipStyleEncoder(siglip, None, processor)
    artlip = ArtLIP().to(META) if anchor else None
    return Teachers.of(encoder, DiffusersAutoencoder(vae), artlip).to(META)


def step_cost(teachers: Teachers, crop: int, photos: int) -> Cost:
    """What one draw costs, forwards and backwards.

    Args:
        teachers: On `meta`, as all of it.
        crop: Side of the photos in pixels.
        photos: How many there are.
    """
    weights = loss_weights(teachers)
    autoencoder, dim = teachers.autoencoder, teachers.encoder.condition_dim
    model = StyleFusion(StyleFusionConfig(autoencoder.latent_channels, dim)).to(META)
    draw = _draw(teachers, crop, photos, mirrored="mirror" in weights)
    source = torch.empty(1, dim, device=META)
    step_losses(teachers, model, draw, source, weights)  # what is loaded once is loaded
    with FlopCounterMode(display=False) as counter, LiveBytes() as live:
        # Of gradients, the counter does not know whose they are.
        with FlopCounterMode(display=False) as forwards:
            losses = step_losses(teachers, model, draw, source, weights)
        losses["total"].backward()
    found = forwards.get_flop_counts()
    by_part = {name: sum(found[part].values()) for part, name in PARTS.items() if part in found}
    frozen = sum(x.nbytes for module in _modules(teachers) for x in module.parameters())
    trained = sum(x.nbytes for x in model.parameters())
    return Cost(counter.get_total_flops(), by_part, frozen + 4 * trained, live.peak)


def _modules(teachers: Teachers) -> list[torch.nn.Module]:
    models = (teachers.encoder, teachers.autoencoder, teachers.anchor)
    return [model for model in models if model is not None]


def _draw(teachers: Teachers, crop: int, photos: int, *, mirrored: bool) -> Draw:
    side, count = crop // teachers.autoencoder.factor, STYLES * photos
    codes = torch.empty(count, CODE_DIM if teachers.anchor else 0)
    embeddings = torch.empty(count, teachers.encoder.embedding_dim)
    rows, shares = torch.empty(0, dtype=torch.int64), torch.empty(count, 1)
    strokes = torch.empty(photos, STROKE_CHANNELS, side, side)
    drawn = Draw(
        contents=torch.empty(photos, 3, crop, crop, dtype=torch.uint8),
        strokes=strokes,
        mirrored_strokes=strokes if mirrored else strokes[:0],
        styles=StyleDraw(codes, embeddings, rows, codes, embeddings, shares),
        style_pictures=torch.empty(0, 3, crop, crop, dtype=torch.uint8),
        generator_seed=0,
    )
    return drawn.to(META)


@click.command()
@click.option("--crop", default=512, show_default=True, help="Side of the photos in pixels.")
@click.option("--photos", default=4, show_default=True, help="Photos a draw.")
@click.option("--accumulate", default=2, show_default=True, help="Draws a step.")
@click.option("--steps", default=20000, show_default=True, help="Of the training.")
@click.option("--anchor", is_flag=True, help="With ArtLIP's anchor.")
@click.option("--recompute", is_flag=True, help="As train fusion has it.")
def main(
    crop: int, photos: int, accumulate: int, steps: int, anchor: bool, recompute: bool
) -> None:
    """Print what a training in the paper's setting costs."""
    teachers = paper_teachers(anchor)
    if recompute:
        teachers.autoencoder.recompute()
    cost = step_cost(teachers, crop, photos)
    click.echo(f"a draw of {photos} photos of {crop} px, {STYLES} styles each, with its gradient:")
    click.echo(f"  {cost.flops / 1e12:.1f} TFLOP, of which forwards:")
    for part, flops in cost.by_part.items():
        click.echo(f"    {part}: {flops / 1e12:.1f}")
    click.echo(f"  weights and Adam {cost.weights / 2**30:.1f} GiB")
    click.echo(f"  activations in float32 {cost.activations / 2**30:.1f} GiB")
    total = cost.flops * accumulate * steps
    click.echo(f"{steps:,} steps of {accumulate} draws: {total / 1e18:.0f} EFLOP")
    for name, peak in GPUS.items():
        hours = total / (SHARE_OF_PEAK * peak) / 3600
        click.echo(f"  {hours:.0f} h on one {name}, if it reaches {SHARE_OF_PEAK:.0%} of its peak")


if __name__ == "__main__":
    main()
