"""Style fusion: the conditional state-space model that bends a latent towards a style."""
# No `from __future__ import annotations`: the hub mixin reads the type of `config` at run time.

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.errors import StyleMambaError
from stylemamba.fusion.block import (
    Modulation,
    StyledResidualBlock,
    StyleFusionBlock,
    modulate,
    moments,
    restyle,
)
from stylemamba.fusion.mixer import MambaMixer
from stylemamba.fusion.paths import PATHS, content_values, orders
from stylemamba.fusion.stand_ins import AttentionMixer, ConvolutionMixer, MeanMixer
from stylemamba.portable.stroke_fields import STROKE_CHANNELS, stroke_fields
from stylemamba.runtime.hub import HubModel
from stylemamba.runtime.padding import pad_to_multiple
from stylemamba.runtime.precision import quick

STAND_INS = {"attention": AttentionMixer, "convolution": ConvolutionMixer, "mean": MeanMixer}
MIXERS = ("mamba", *STAND_INS)


@dataclass(frozen=True)
class StyleFusionConfig:
    """Sizes of a `StyleFusion`.

    Attributes:
        latent_channels: Channels of the latent, those of the autoencoder.
        style_dim: Length of the style vector, that of the style encoder.
        width: Channels of the tokens, a multiple of the number of paths.
        depth: Blocks.
        patch_size: Side of a token in latent pixels.
        stem_width: Channels at the resolution of the latent, before and after the blocks.
        head_depth: Residual blocks at the resolution of the latent, after the tokens.
        state_dim: States of a channel in the selective scan.
        mlp_ratio: Hidden channels of a block's MLP in units of `width`.
        paths: Names of `fusion.paths.PATHS`: that of each group of channels, walked both ways.
        mixer: One of `MIXERS`; only Mamba walks the paths.
    """

    latent_channels: int
    style_dim: int
    width: int = 192
    depth: int = 4
    patch_size: int = 2
    stem_width: int = 96
    head_depth: int = 5
    state_dim: int = 16
    mlp_ratio: float = 2.0
    paths: Sequence[str] = ("rows", "content", "columns", "content")
    mixer: str = "mamba"

    def __post_init__(self) -> None:
        object.__setattr__(self, "paths", tuple(self.paths))  # JSON has lists
        if unknown := sorted(set(self.paths).difference(PATHS)):
            raise ValueError(f"paths are {', '.join(PATHS)}, not {unknown[0]}")
        if self.mixer not in MIXERS:
            raise ValueError(f"mixers are {', '.join(MIXERS)}, not {self.mixer}")
        if not self.paths or self.width % len(self.paths):
            raise ValueError(f"width {self.width} is not a multiple of {len(self.paths)} paths")

    @property
    def content_paths(self) -> int:
        """How many of the paths go by content."""
        return sum(path == "content" for path in self.paths)


def build_mixer(config: StyleFusionConfig) -> nn.Module:
    """The token mixer of one block."""
    if config.mixer in STAND_INS:
        return STAND_INS[config.mixer](config.width)
    return MambaMixer(config.width, config.state_dim, len(config.paths))


class StyleFusion(HubModel):
    """(latent, style, strokes) -> latent: z + f(z, style, strokes), f = 0 at initialisation.

    A 3x3 stem at the resolution of the latent, overlapping patches to tokens, `depth` blocks of
    `StyleFusionBlock`, and back to a head of `StyledResidualBlock`s that also sees the stem's
    features, because strokes are finer than a token. Tokens are enlarged bilinearly: by pixel
    shuffle, every token of a flat sky would draw the same patch. What to draw there is in the
    stroke fields (stroke_fields.py). The cost is linear in the number of latent pixels, and with no
    positional embedding any size will do.

    The condition of all layers is made of the style and of the latent's own channel statistics: how
    far it is from a dark photo to a pale style depends on both.

    Only the output convolution starts at zero. It has a gradient at the first step, and everything
    before it from the second step on; see `StyleFusionBlock` for why the gates start open.

    Args:
        config: Sizes.
    """

    option: ClassVar[str] = "--fusion"
    config_type: ClassVar[type[StyleFusionConfig]] = StyleFusionConfig
    content_keys: Tensor

    def __init__(self, config: StyleFusionConfig) -> None:
        super().__init__()
        self.config = config
        width, stem, patch = config.width, config.stem_width, config.patch_size
        self.style_embedding = nn.Sequential(
            nn.Linear(config.style_dim + 1, width), nn.SiLU(), nn.Linear(width, width)
        )
        for layer in self.style_embedding:
            if isinstance(layer, nn.Linear):  # so that styles are told apart from the start
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        self.content_embedding = nn.Linear(2 * config.latent_channels, width)
        # What content paths are sorted by; channels of the latent until training finds better ones.
        self.register_buffer(
            "content_keys", torch.eye(config.latent_channels)[: config.content_paths].clone()
        )
        self.stem = _convolution(config.latent_channels, stem, 3)
        self.stroke_stem = _convolution(STROKE_CHANNELS, stem, 3)
        self.patch_embedding = _convolution(stem, width, patch + 2, stride=patch)
        self.blocks = nn.ModuleList(
            StyleFusionBlock(width, config.mlp_ratio, build_mixer(config))
            for _ in range(config.depth)
        )
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.unpatch = nn.Linear(width, stem)
        self.head = _convolution(2 * stem, stem, 3)
        self.head_blocks = nn.ModuleList(
            StyledResidualBlock(stem, width) for _ in range(config.head_depth)
        )
        self.modulation = Modulation(width, [stem, stem, width, width, stem, stem], [0] * 6)
        self.output = _convolution(stem, config.latent_channels, 3)
        nn.init.zeros_(self.output.weight)
        assert self.output.bias is not None
        nn.init.zeros_(self.output.bias)

    @property
    def n_parameters(self) -> int:
        """Number of weights."""
        return sum(parameter.numel() for parameter in self.parameters())

    @staticmethod
    def strokes_of(photos: Tensor, factor: int, seed: int = 0) -> Tensor:
        """The stroke fields of photos, as `forward` takes them; see portable/stroke_fields.py.

        Args:
            photos: (b, 3, h, w) in [0, 1]; padded to multiples of `factor` as autoencoders do.
            factor: Side of a latent pixel in pixels.
            seed: Of the noise.

        Returns:
            (b, `STROKE_CHANNELS`, ceil(h / factor), ceil(w / factor)).

        Raises:
            StyleMambaError: The factor is odd.
        """
        if factor % 2:
            raise StyleMambaError(
                f"style fusion needs an autoencoder of an even factor, not {factor}"
            )
        padded = pad_to_multiple(photos, factor)
        fields = [stroke_fields(photo, seed, factor) for photo in padded.cpu().numpy()]
        return torch.from_numpy(np.stack(fields)).to(photos.device)

    def with_new_mixers(self, mixer: str) -> "StyleFusion":
        """A copy whose token mixers are untrained, and of that kind; the other weights are kept."""
        other = StyleFusion(replace(self.config, mixer=mixer))
        mixers = tuple(f"blocks.{block}.mixer." for block in range(self.config.depth))
        kept = {
            name: value for name, value in self.state_dict().items() if not name.startswith(mixers)
        }
        other.load_state_dict(kept, strict=False)
        return other

    def forward(
        self,
        z: Tensor,
        style: Tensor,
        strokes: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> Tensor:
        """Bends latents towards styles.

        Args:
            z: Latents of any size, (b, latent_channels, h, w).
            style: Style vectors, (b, style_dim), or (1, style_dim) for one style throughout.
            strokes: `strokes_of` the photos, (b, `STROKE_CHANNELS`, h, w); None for no strokes.
            weights: How much each place counts in the statistics that the style meets, (b, 1, h, w)
                or (1, 1, h, w), for a style that is wanted in a part of the picture only; None for
                all alike. What is elsewhere is bent as well, and for the caller to leave.

        Returns:
            (b, latent_channels, h, w), in the dtype of z.

        Raises:
            StyleMambaError: The latents or style vectors are not those this model was made for.
        """
        config = self.config
        if z.shape[1] != config.latent_channels or style.shape[-1] != config.style_dim:
            raise StyleMambaError(
                f"this style fusion takes latents of {config.latent_channels} channels and styles "
                f"of {config.style_dim} numbers, not {z.shape[1]} and {style.shape[-1]}: "
                "use the autoencoder and the style encoder that it was trained with"
            )
        height, width = z.shape[-2:]
        # Convolutions are quickest on channels that lie side by side, as those of tokens do.
        padded = _side_by_side(pad_to_multiple(z, config.patch_size))
        if weights is not None:
            weights = pad_to_multiple(weights, config.patch_size)
        condition = self._condition(padded, style, weights)
        modulations = self.modulation(condition)
        stem_shift, stem_scale, shift, scale, head_shift, head_scale = modulations

        features = self.stem(padded)
        if strokes is not None:
            features = features + quick(
                self.stroke_stem, _side_by_side(pad_to_multiple(strokes, config.patch_size))
            )
        # Which strokes a style has is decided here.
        features = features * (1 + stem_scale[..., None, None]) + stem_shift[..., None, None]
        features = F.silu(features)
        x = quick(self.patch_embedding, features).permute(0, 2, 3, 1)
        order = orders(config.paths, content_values(padded, self.content_keys, config.patch_size))
        for block in self.blocks:
            x = block(x, condition, order)
        x = self.unpatch(modulate(self.norm(x), shift, scale)).permute(0, 3, 1, 2)
        x = F.interpolate(x, scale_factor=config.patch_size, mode="bilinear")
        x = self.head(torch.cat([features, x], dim=1))
        for block in self.head_blocks:
            x = block(x, condition, weights)
        delta = quick(self.output, F.silu(restyle(x, head_shift, head_scale, weights)))
        return z + delta[..., :height, :width].to(z.dtype)

    def _condition(self, z: Tensor, style: Tensor, weights: Tensor | None = None) -> Tensor:
        """What the layers are modulated by, (b, width): the style, seen from this latent."""
        # Style encoders differ in scale (SigLIP's vectors have length one), hence the norm.
        length = style.square().mean(-1, keepdim=True).sqrt().clamp_min(1e-4)
        style = torch.cat([style / length, length.log()], dim=-1)
        if weights is None:
            deviation, mean = torch.std_mean(z.float(), dim=(-2, -1), correction=0)
        else:
            mean, variance = (part.flatten(1) for part in moments(z.float(), weights))
            deviation = (variance + 1e-12).sqrt()  # its gradient at 0 is infinite
        content = self.content_embedding(torch.cat([mean, deviation], dim=-1))
        return F.silu(self.style_embedding(style.expand(len(z), -1)) + content)


def _side_by_side(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def _convolution(inputs: int, outputs: int, kernel_size: int, stride: int = 1) -> nn.Conv2d:
    """Replicated borders: zeros would leave a frame in the picture."""
    return nn.Conv2d(
        inputs, outputs, kernel_size, stride=stride, padding=1, padding_mode="replicate"
    )
