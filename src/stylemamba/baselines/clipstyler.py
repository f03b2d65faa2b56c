"""CLIPstyler: a U-Net fitted from scratch until random crops look like the prompt.

Source: Kwon and Ye, "CLIPstyler: Image Style Transfer with a Single Text Condition" (2022), and the
authors' code, whose settings these are. Their objective for the picture Y = UNet(X):

    9000 L_patch + 500 L_dir + 150 L_content + 0.002 L_tv

    L_patch = mean_i R(1 - cos(E_I(crop_i(Y)) - E_I(X), dT)),   R(l) = 0 where l < 0.7, else l
    L_dir = 1 - cos(E_I(Y) - E_I(X), dT)
    L_content = sum over l = conv4_2, conv5_2 of mean (F_l(Y) - F_l(X))^2
    L_tv = sum of the Euclidean norms of four differences: right, below and both diagonal neighbours

Each of the 64 crops is a quarter of the picture's side (128 of 512 px), warped in perspective and
brought to the size that the encoder sees, 224 px for CLIP. E_T is averaged over 79 templates. The
features are those after the ReLU: the authors' network overwrites the others.

Deviations, all forced by the common setting: any `StyleEncoder` in place of CLIP. ArtLIP has no
size of its own: it sees whole pictures at working size, and crops as they are. Embeddings as the
encoder gives them (CLIP's and SigLIP's have length one); the photo keeps its aspect ratio, and
crops are a quarter of its longer side, 32 px at least. VGG19 has the weights of the Caffe
network, whose activations are of another size than torchvision's: each layer's distance is divided
by the photo's own mean square, so that L_content is at most about 2. The contrast of 1.5 and the
stretch to the full range, which the authors apply to saved pictures only, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from stylemamba.baselines.perspective import random_homographies, warp
from stylemamba.baselines.task import Record, Task
from stylemamba.baselines.unet import UNet
from stylemamba.encoders.base import StyleEncoder
from stylemamba.encoders.vgg import VGG19
from stylemamba.losses import safe_cosine
from stylemamba.losses.content_distance import CONTENT_LAYERS, content_distance
from stylemamba.runtime.precision import fast_autocast

PATCH, DIRECTIONAL, CONTENT, TOTAL_VARIATION = 9000.0, 500.0, 150.0, 2e-3
THRESHOLD = 0.7
CROP_SHARE = 1 / 4  # of the longer side
SMALLEST_CROP = 32
DISTORTION = 0.5
RATE, HALVED_EVERY = 5e-4, 100
CHUNK = 8  # crops that are in memory at once


@cache
def content_network() -> VGG19:
    """VGG19 as deep as L_content looks; loaded once."""
    return VGG19.pretrained(CONTENT_LAYERS[-1])


@dataclass(frozen=True)
class Crops:
    """Places of crops in a picture, and their warps.

    Attributes:
        side: in pixels.
        tops: (n,).
        lefts: (n,).
        maps: (n, 3, 3), see `perspective.warp`.
    """

    side: int
    tops: Tensor
    lefts: Tensor
    maps: Tensor

    @classmethod
    def draw(cls, height: int, width: int, count: int, generator: torch.Generator) -> Crops:
        """Random crops of pictures of a size."""
        side = max(round(CROP_SHARE * max(height, width)), SMALLEST_CROP)
        side = min(side, height, width)
        tops = torch.randint(height - side + 1, (count,), generator=generator)
        lefts = torch.randint(width - side + 1, (count,), generator=generator)
        maps = random_homographies(side, side, DISTORTION, count, generator)
        return cls(side, tops, lefts, maps)

    def of(self, image: Tensor) -> Tensor:
        """The crops (n, 3, side, side) of a picture (1, 3, h, w)."""
        parts = [
            image[0, :, top : top + self.side, left : left + self.side]
            for top, left in zip(self.tops.tolist(), self.lefts.tolist(), strict=True)
        ]
        return warp(torch.stack(parts), self.maps)

    def chunks(self) -> Iterator[Crops]:
        """The same crops, `CHUNK` at a time."""
        for start in range(0, len(self.tops), CHUNK):
            part = slice(start, start + CHUNK)
            yield Crops(self.side, self.tops[part], self.lefts[part], self.maps[part])


class ClipstylerLosses:
    """The terms of the objective for one photo and one prompt.

    Args:
        photo: (1, 3, h, w) in [0, 1].
        text_delta: dT (1, d).
        encoder: Frozen.
    """

    def __init__(self, photo: Tensor, text_delta: Tensor, encoder: StyleEncoder) -> None:
        self.text_delta, self.encoder = text_delta, encoder
        with torch.no_grad():
            self.photo_embedding = encoder.encode_image(photo)
            self.photo_features = self._features(photo)

    def directions(self, images: Tensor) -> Tensor:
        """1 - cos(E_I(Y) - E_I(X), dT) of pictures or crops Y (n, 3, h', w'): (n,)."""
        delta = self.encoder.encode_image(images) - self.photo_embedding
        return 1.0 - safe_cosine(delta, self.text_delta)

    def content(self, image: Tensor) -> Tensor:
        """L_content, 0 for the photo itself, about 2 for a picture of nothing."""
        mean = content_distance(self._features(image), self.photo_features).float().sum()
        return len(CONTENT_LAYERS) * mean

    def _features(self, image: Tensor) -> dict[str, Tensor]:
        with fast_autocast(image.device):
            return content_network().to(image.device)(image, CONTENT_LAYERS)


def reject_satisfied(losses: Tensor) -> Tensor:
    """R: crops whose loss is below the threshold count as 0, so that easy places stop leading."""
    return torch.where(losses < THRESHOLD, 0.0, losses)


def total_variation(image: Tensor) -> Tensor:
    """L_tv of a picture (1, 3, h, w)."""
    below = image[..., :-1, :] - image[..., 1:, :]
    right = image[..., :-1] - image[..., 1:]
    down_left = image[..., :-1, 1:] - image[..., 1:, :-1]
    down_right = image[..., :-1, :-1] - image[..., 1:, 1:]
    return torch.stack([part.norm() for part in (below, right, down_left, down_right)]).sum()


def learning_rate(step: int) -> float:
    """Adam's rate for the update that makes a step, from 1.

    5e-4, and half of it from step 100 on: the authors advance the schedule before the update.
    """
    return RATE * 0.5 ** (step // HALVED_EVERY)


def clipstyler(task: Task, record: Record) -> None:
    """The method, as `task.Method`."""
    losses = ClipstylerLosses(task.photo, task.text_delta, task.encoder)
    generator = torch.Generator().manual_seed(task.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(task.seed)
        network = UNet().to(task.photo.device)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    height, width = task.photo.shape[-2:]
    for step in range(task.steps + 1):
        with fast_autocast(task.photo.device):
            image = network(task.photo).float()
        record(step, image.detach())
        if step == task.steps:
            return
        crops = Crops.draw(height, width, task.crops, generator)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step + 1)
        optimizer.zero_grad(set_to_none=True)
        image.backward(_gradient(losses, image.detach(), crops))
        optimizer.step()


def _gradient(losses: ClipstylerLosses, image: Tensor, crops: Crops) -> Tensor:
    """The objective's gradient in the picture (1, 3, h, w), summed over crops a few at a time.

    All 64 at once would take gigabytes, for the same sum.
    """
    image = image.clone().requires_grad_()
    whole = (
        DIRECTIONAL * losses.directions(image).mean()
        + CONTENT * losses.content(image)
        + TOTAL_VARIATION * total_variation(image)
    )
    whole.backward()
    for part in crops.chunks():
        patch = reject_satisfied(losses.directions(part.of(image))).sum() / len(crops.tops)
        (PATCH * patch).backward()
    assert image.grad is not None
    return image.grad
