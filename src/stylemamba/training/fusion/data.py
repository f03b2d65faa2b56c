"""What style fusion is trained on: photos, and styles given by pictures or by their texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.files.images import resize
from stylemamba.portable.geometry import Array
from stylemamba.portable.pyramid import STROKE_GAIN
from stylemamba.portable.retrieval import TEXT_STEP
from stylemamba.portable.stroke_fields import stroke_fields
from stylemamba.portable.style import Style
from stylemamba.training.data import Picture, random_crop, read_rgb

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


@dataclass(frozen=True)
class StyleDraw:
    """n styles, drawn but for what only VGG19 can tell; see `styles_of`.

    Attributes:
        codes: (n, s), conditions of texts; zero where the style is a picture's.
        embeddings: (n, d), E_T of these texts; likewise.
        rows: (m,), numbers of those that are of pictures.
        other_codes: (n, s), of texts that are mixed in.
        other_embeddings: (n, d), likewise.
        shares: (n, 1), of what is mixed in; 0 where nothing is.
    """

    codes: Tensor
    embeddings: Tensor
    rows: Tensor
    other_codes: Tensor
    other_embeddings: Tensor
    shares: Tensor


@dataclass(frozen=True)
class Draw:
    """One step's random choices.

    Attributes:
        contents: (p, 3, h, w) uint8, photos.
        strokes: (p, `STROKE_CHANNELS`, h / f, w / f), their stroke fields.
        mirrored_strokes: Those of their mirror images, by another seed.
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
    """Item i is step i's draw, the same in every run: a resumed one sees what it would have seen.

    Args:
        contents: Photos.
        styles: Paintings and other pictures with a style.
        sampler: Draws which styles are asked for.
        photos: p, photos a step.
        seed: Of the draws.
        factor: Side of a latent pixel in pixels.
        sides: Of the photos' crops, one of them for each step.
        rank: Of this process, each of which draws its own.
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
    ) -> None:
        self.contents, self.styles, self.sampler = contents, styles, sampler
        self.photos, self.seed, self.rank = photos, seed, rank
        self.factor, self.sides = factor, sides

    def __getitem__(self, step: int) -> Draw:
        rng = np.random.default_rng((self.seed, step, self.rank))
        side = self.sides[int(rng.integers(len(self.sides)))]
        contents = _to_bytes([self._content(side, rng) for _ in range(self.photos)], side)
        photos = unit(contents)
        # From as plainly as they are seen in use to as plainly as they are.
        gain = STROKE_GAIN ** rng.random()
        strokes, mirrored = (gain * self._strokes(x, rng) for x in (photos, photos.flip(-1)))
        styles = self.sampler.draw(STYLES * self.photos, rng)
        pictures = [_crop(self.styles, STYLE_SIDE, rng, 0.85) for _ in styles.rows]
        style_pictures = _to_bytes(pictures, STYLE_SIDE)
        seed = int(rng.integers(2**62))
        return Draw(contents, strokes, mirrored, styles, style_pictures, seed)

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


class StyleSampler:
    """Draws styles of pictures and of texts, on the CPU, in any process.

    A text's is what the bank finds for a caption in one of its modes, as in use. Some styles are
    mixtures of two.

    Captions with more pictures are drawn more often, but less than in proportion: drawn evenly,
    minor artists would crowd out styles; by number, a few movements would crowd out the rest.
    """

    def __init__(self, encoder: ArtLIP) -> None:
        indices = encoder.bank.caption_indices.long().cpu()
        captions = len(encoder.bank.captions)
        counts = torch.bincount(indices[indices >= 0], minlength=captions).numpy()
        weights = counts**EVENNESS * (counts >= min(MIN_PICTURES, counts.max()))
        self.caption_weights = weights / weights.sum()
        sentences = encoder.bank.caption_embeddings.float() * TEXT_STEP
        with torch.no_grad():
            self._texts = encoder.project_text(sentences).cpu().numpy()
        self._bank = encoder.search
        self._found: dict[tuple[int, int], Array] = {}

    def draw(self, count: int, rng: np.random.Generator) -> StyleDraw:
        """So many styles."""
        code_dim, text_dim = self._bank.codes.shape[1], self._texts.shape[1]
        codes, others = np.zeros((2, count, code_dim), dtype=np.float32)
        embeddings, other_embeddings = np.zeros((2, count, text_dim), dtype=np.float32)
        shares = np.zeros((count, 1), dtype=np.float32)
        rows = []
        for row in range(count):
            if rng.random() < TEXT_SHARE:
                codes[row], embeddings[row] = self._text(rng)
            else:
                rows.append(row)
            if rng.random() < MIXTURE_SHARE:
                others[row], other_embeddings[row] = self._text(rng)
                shares[row] = rng.uniform(0.3, 0.7)
        arrays = (codes, embeddings, np.array(rows, np.int64), others, other_embeddings, shares)
        return StyleDraw(*map(torch.from_numpy, arrays))

    def _text(self, rng: np.random.Generator) -> tuple[Array, Array]:
        caption = int(rng.choice(len(self.caption_weights), p=self.caption_weights))
        mode = int(rng.choice(len(MODES), p=MODES))
        text = self._texts[caption]
        if (caption, mode) not in self._found:
            self._found[caption, mode] = self._bank.caption_code(caption, text, mode)
        return self._found[caption, mode], text


@torch.no_grad()
def styles_of(encoder: ArtLIP, drawn: StyleDraw, pictures: Tensor) -> Style:
    """The styles that were drawn, as the rows of one.

    A picture's style is its own code with its own statistics as the target, a text's the statistics
    that its code stands for.

    Args:
        encoder: On the device of all tensors.
        drawn: n styles.
        pictures: (m, 3, h, w) in [0, 1], those of `drawn.rows`.

    Returns:
        Embeddings (n, d), conditions (n, s), statistics (n, S).
    """
    codes, embeddings = drawn.codes, drawn.embeddings
    statistics = encoder.code.decode(codes)
    if len(pictures):
        seen = encoder.observe(pictures).of_view(0)
        own = encoder.code.encode(seen)
        codes = codes.index_copy(0, drawn.rows, own)
        embeddings = embeddings.index_copy(0, drawn.rows, encoder.image_head(own))
        statistics = {
            layer: rows.index_copy(0, drawn.rows, seen[layer]) for layer, rows in statistics.items()
        }
    others = encoder.code.decode(drawn.other_codes)
    # As `Style.mix` does it, of all rows at once: one at a time would keep a GPU waiting.
    return Style(
        embedding=torch.lerp(embeddings, drawn.other_embeddings, drawn.shares),
        condition=torch.lerp(codes, drawn.other_codes, drawn.shares),
        statistics={
            layer: torch.lerp(rows, others[layer], drawn.shares)
            for layer, rows in statistics.items()
        },
    )
