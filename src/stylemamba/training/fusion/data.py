"""What style fusion is trained on: photos, and styles given by pictures or by their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.errors import StyleMambaError
from stylemamba.files.images import resize
from stylemamba.files.photo_sets import read_photo_set
from stylemamba.portable.pyramid import STROKE_GAIN
from stylemamba.portable.retrieval import TEXT_STEP
from stylemamba.portable.stroke_fields import stroke_fields
from stylemamba.portable.style import Style
from stylemamba.training.data import random_crop, read_records, read_rgb, to_batch

SIDES = (128, 192)
"""Of the contents' crops in pixels, by chance: small ones are seen more often in the same time,
large ones show how a style is spread over a picture."""
STYLE_SIDE = 160
STYLES = 2  # of each photo in a batch, for the second-order loss
TEXT_SHARE = 0.75
MIXTURE_SHARE = 0.2
MODES = (0.55, 0.15, 0.15, 0.15)  # how often a text is seen in each
PICTURE_SHARE = 0.15  # contents that are pictures of the style folders: drawings want styling too
BLUR_SHARE = 0.3  # contents that were enlarged from less, as photos often are
MAX_BLUR = 2.5
MIN_PICTURES = 8  # of a caption that is drawn: fewer, and it is a title, or a minor artist
EVENNESS = 0.75  # captions are drawn as often as this power of the number of their pictures


def list_pictures(folders: Sequence[Path], split: str) -> list[Path]:
    """Pictures of a split, in a fixed order.

    Args:
        folders: Each with a metadata.csv (see training/data.py), or just pictures and folders of
            pictures, which are all `train`.
        split: `train` or `validation`.

    Raises:
        StyleMambaError: There are none.
    """
    paths: list[Path] = []
    for folder in folders:
        if (folder / "metadata.csv").exists():
            paths += [record.path for record in read_records(folder.parent, (folder.name,), split)]
        elif split == "train":
            paths += [entry.path for entry in read_photo_set(folder).entries]
    if not paths:
        raise StyleMambaError(f"{', '.join(map(str, folders))}: no {split} pictures; choose others")
    return paths


@dataclass(frozen=True)
class Draw:
    """One step's random choices.

    Attributes:
        contents: (p, 3, h, w), photos in [0, 1].
        strokes: (p, `STROKE_CHANNELS`, h / f, w / f), their stroke fields.
        mirrored_strokes: Those of their mirror images, by another seed.
        style_pictures: (`STYLES` p, 3, h, w), pictures whose style may be asked for.
        generator_seed: For what the trainer draws itself.
    """

    contents: Tensor
    strokes: Tensor
    mirrored_strokes: Tensor
    style_pictures: Tensor
    generator_seed: int


class FusionDataset(Dataset[Draw]):
    """Item i is step i's draw, the same in every run: a resumed one sees what it would have seen.

    Args:
        contents: Paths of photos.
        styles: Paths of paintings and other pictures with a style.
        photos: p, photos a step.
        seed: Of the draws.
        factor: Side of a latent pixel in pixels.
        rank: Of this process, each of which draws its own.
    """

    def __init__(
        self,
        contents: Sequence[Path],
        styles: Sequence[Path],
        *,
        photos: int,
        seed: int,
        factor: int,
        rank: int = 0,
    ) -> None:
        self.contents, self.styles = contents, styles
        self.photos, self.seed, self.rank = photos, seed, rank
        self.factor = factor

    def __getitem__(self, step: int) -> Draw:
        rng = np.random.default_rng((self.seed, step, self.rank))
        side = SIDES[int(rng.integers(len(SIDES)))]
        contents = to_batch([self._content(side, rng) for _ in range(self.photos)])
        # From as plainly as they are seen in use to as plainly as they are.
        gain = STROKE_GAIN ** rng.random()
        strokes, mirrored = (
            gain * self._strokes(photos, rng) for photos in (contents, contents.flip(-1))
        )
        styles = [_crop(self.styles, STYLE_SIDE, rng, 0.85) for _ in range(STYLES * self.photos)]
        return Draw(contents, strokes, mirrored, to_batch(styles), int(rng.integers(2**62)))

    def _strokes(self, photos: Tensor, rng: np.random.Generator) -> Tensor:
        fields = [
            stroke_fields(photo, int(rng.integers(2**31)), self.factor) for photo in photos.numpy()
        ]
        return torch.from_numpy(np.stack(fields))

    def _content(self, side: int, rng: np.random.Generator) -> Image.Image:
        pool = self.styles if rng.random() < PICTURE_SHARE else self.contents
        crop = _crop(pool, side, rng, 0.5)
        if rng.random() < BLUR_SHARE:
            small = round(side / rng.uniform(1.0, MAX_BLUR))
            crop = resize(resize(crop, (small, small)), (side, side))
        return crop


def _crop(
    paths: Sequence[Path], side: int, rng: np.random.Generator, min_scale: float
) -> Image.Image:
    return random_crop(read_rgb(paths[int(rng.integers(len(paths)))]), side, rng, min_scale)


def stacked(styles: Sequence[Style]) -> Style:
    """The styles as the rows of one: embeddings (n, d), conditions (n, 512), statistics (n, S)."""
    return Style(
        embedding=torch.cat([style.embedding for style in styles]),
        condition=torch.cat([style.condition for style in styles]),
        statistics={
            layer: torch.cat([style.statistics[layer] for style in styles])
            for layer in styles[0].statistics
        },
    )


class StyleSampler:
    """Makes styles of pictures and of texts.

    A picture's style is its own code with its own statistics as the target. A text's is what the
    bank finds for a caption in one of its modes, as in use. Some are mixtures of two.

    Captions with more pictures are drawn more often, but less than in proportion: drawn evenly,
    minor artists would crowd out styles; by number, a few movements would crowd out the rest.
    """

    def __init__(self, encoder: ArtLIP) -> None:
        self.encoder = encoder
        bank = encoder.bank
        indices = bank.caption_indices.long()
        counts = torch.bincount(indices[indices >= 0], minlength=len(bank.captions)).numpy()
        weights = counts**EVENNESS * (counts >= min(MIN_PICTURES, counts.max()))
        self.caption_weights = weights / weights.sum()
        self._found: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}

    @torch.no_grad()
    def draw(self, pictures: Tensor, rng: np.random.Generator) -> Style:
        """As many styles as `pictures` (n, 3, h, w), some of them of these pictures, `stacked`."""
        chosen = []
        for picture in pictures.split(1):
            style = self._text(rng) if rng.random() < TEXT_SHARE else self._picture(picture)
            if rng.random() < MIXTURE_SHARE:
                other, share = self._text(rng), rng.uniform(0.3, 0.7)
                style = Style.mix([style, other], [1 - share, share])
            chosen.append(style)
        return stacked(chosen)

    def _picture(self, picture: Tensor) -> Style:
        statistics = self.encoder.observe(picture).of_view(0)
        code = self.encoder.code.encode(statistics)
        return Style(self.encoder.image_head(code), code, statistics)

    def _text(self, rng: np.random.Generator) -> Style:
        caption = int(rng.choice(len(self.caption_weights), p=self.caption_weights))
        mode = int(rng.choice(len(MODES), p=MODES))
        if (caption, mode) not in self._found:
            self._found[caption, mode] = self._find(caption, mode)
        code, text = self._found[caption, mode]
        return Style(text, code, self.encoder.code.decode(code))

    def _find(self, caption: int, mode: int) -> tuple[Tensor, Tensor]:
        embeddings = self.encoder.bank.caption_embeddings
        sentence = embeddings[caption : caption + 1].float() * TEXT_STEP
        text = self.encoder.project_text(sentence)
        found = self.encoder.search.style(sentence.cpu().numpy(), text.cpu().numpy(), mode)
        return torch.from_numpy(found.condition).to(text), text
