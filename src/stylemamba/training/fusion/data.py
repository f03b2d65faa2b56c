"""What a step of style fusion sees: crops of photos, their stroke fields, and styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from stylemamba.files.images import resize
from stylemamba.portable.geometry import Array
from stylemamba.portable.pyramid import STROKE_GAIN
from stylemamba.portable.stroke_fields import STROKE_CHANNELS, stroke_fields
from stylemamba.training.data import Picture, random_crop, read_rgb
from stylemamba.training.fusion.styles import StyleDraw, StyleSampler

SIDES = (128, 192)
"""Of the contents' crops in pixels, by chance: small ones are seen more often in the same time,
large ones show how a style is spread over a picture."""
STYLE_SIDE = 160
STYLES = 2  # of each photo in a batch, for the second-order loss
PICTURE_SHARE = 0.15  # contents that are pictures of the style folders: drawings want styling too
BLUR_SHARE = 0.3  # contents that were enlarged from less, as photos often are
MAX_BLUR = 2.5


@dataclass(frozen=True)
class Draw:
    """One step's random choices.

    Attributes:
        contents: (p, 3, h, w) uint8, photos.
        strokes: (p, `STROKE_CHANNELS`, h / f, w / f), their stroke fields.
        mirrored_strokes: Those of their mirror images, by another seed; none, (0, ...), where
            nothing asks for them.
        styles: `STYLES` p of them.
        style_pictures: (m, 3, h, w) uint8, the pictures of `styles.rows`.
        generator_seed: For what the trainer draws itself.
    """

    contents: Tensor
    strokes: Tensor
    mirrored_strokes: Tensor
    styles: StyleDraw
    style_pictures: Tensor
    generator_seed: int

    def pin_memory(self) -> Draw:
        """In memory from which a GPU copies on its own; `DataLoader` asks for it."""
        return _mapped(self, Tensor.pin_memory)

    def to(self, device: torch.device) -> Draw:
        """On a device."""
        return _mapped(self, lambda tensor: tensor.to(device, non_blocking=True))


def _mapped(draw: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """A draw with the function of its tensors."""
    if isinstance(draw, Tensor):
        return function(draw)
    if not is_dataclass(draw) or isinstance(draw, type):
        return draw
    return replace(draw, **{f.name: _mapped(getattr(draw, f.name), function) for f in fields(draw)})


class FusionDataset(Dataset[Draw]):
    """Item i is the same in every run: a resumed one sees what it would have seen.

    Items `parts` t to `parts` (t + 1) - 1 are step t's, of this process. Step t has the draws of
    `parts` times `world` numbers in all, wherever they are seen: one process that takes them one
    after the other sees what as many processes see.

    Args:
        contents: Photos.
        styles: Paintings and other pictures with a style; there may be none where the sampler asks
            for none.
        sampler: Draws which styles are asked for.
        photos: p, photos a draw.
        seed: Of the draws.
        factor: Side of a latent pixel in pixels.
        sides: Of the photos' crops, one of them for each draw.
        rank: Of this process.
        world: How many processes there are.
        parts: Draws a step and process.
        mirrored: Stroke fields of the mirror images are wanted, too.
    """

    def __init__(
        self,
        contents: Sequence[Picture],
        styles: Sequence[Picture],
        sampler: StyleSampler,
        *,
        photos: int,
        seed: int,
        factor: int,
        sides: Sequence[int] = SIDES,
        rank: int = 0,
        world: int = 1,
        parts: int = 1,
        mirrored: bool = True,
    ) -> None:
        self.contents, self.styles, self.sampler = contents, styles, sampler
        self.photos, self.seed, self.rank, self.world = photos, seed, rank, world
        self.factor, self.sides, self.parts, self.mirrored = factor, sides, parts, mirrored

    def __getitem__(self, item: int) -> Draw:
        step, part = divmod(item, self.parts)
        rng = np.random.default_rng((self.seed, step, part * self.world + self.rank))
        side = self.sides[int(rng.integers(len(self.sides)))]
        contents = _to_bytes([self._content(side, rng) for _ in range(self.photos)], side)
        photos = unit(contents)
        # From as plainly as they are seen in use to as plainly as they are.
        gain = STROKE_GAIN ** rng.random()
        seeds, mirrored_seeds = rng.integers(2**31, size=(2, self.photos))
        strokes = gain * self._strokes(photos, seeds)
        flipped = photos.flip(-1)[: len(photos) if self.mirrored else 0]
        mirrored = gain * self._strokes(flipped, mirrored_seeds)
        styles = self.sampler.draw(STYLES * self.photos, rng)
        pictures = [_crop(self.styles, STYLE_SIDE, rng, 0.85) for _ in styles.rows]
        style_pictures = _to_bytes(pictures, STYLE_SIDE)
        seed = int(rng.integers(2**62))
        return Draw(contents, strokes, mirrored, styles, style_pictures, seed)

    def _strokes(self, photos: Tensor, seeds: Array) -> Tensor:
        """Of photos (b, 3, h, w), b of them at most as many as there are seeds."""
        sides = [side // self.factor for side in photos.shape[-2:]]
        fields = np.zeros((len(photos), STROKE_CHANNELS, *sides), dtype=np.float32)
        for row, (photo, seed) in enumerate(zip(photos.numpy(), seeds, strict=False)):
            fields[row] = stroke_fields(photo, int(seed), self.factor)
        return torch.from_numpy(fields)

    def _content(self, side: int, rng: np.random.Generator) -> Image.Image:
        drawn = rng.random() < PICTURE_SHARE
        pool = self.styles if drawn and self.styles else self.contents
        crop = _crop(pool, side, rng, 0.5)
        if rng.random() < BLUR_SHARE:
            small = round(side / rng.uniform(1.0, MAX_BLUR))
            crop = resize(resize(crop, (small, small)), (side, side))
        return crop


def unit(pictures: Tensor) -> Tensor:
    """Pictures in bytes as float32 in [0, 1]."""
    return pictures.float().div_(255.0)


def _to_bytes(images: Sequence[Image.Image], side: int) -> Tensor:
    """Square RGB pictures as (b, 3, side, side) uint8: a quarter of the way to a GPU."""
    if not images:
        return torch.empty(0, 3, side, side, dtype=torch.uint8)
    array = np.stack([np.asarray(image) for image in images])
    return torch.from_numpy(array).permute(0, 3, 1, 2).contiguous()


def _crop(
    pictures: Sequence[Picture], side: int, rng: np.random.Generator, min_scale: float
) -> Image.Image:
    return random_crop(read_rgb(pictures[int(rng.integers(len(pictures)))]), side, rng, min_scale)
