"""The styles that style fusion is trained on: of texts, and of pictures where the encoder can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.base import StyleEncoder
from stylemamba.portable.geometry import Array
from stylemamba.portable.retrieval import TEXT_STEP, Bank
from stylemamba.portable.style import Style
from stylemamba.training.fusion.teachers import Teachers

TEXT_SHARE = 0.75
MIXTURE_SHARE = 0.2
MODES = (0.55, 0.15, 0.15, 0.15)  # how often a text is seen in each
MIN_PICTURES = 8  # of a caption that is drawn: fewer, and it is a title, or a minor artist
EVENNESS = 0.75  # captions are drawn as often as this power of the number of their pictures
TEXT_BATCH = 256


@dataclass(frozen=True)
class StyleDraw:
    """n styles, drawn but for what only VGG19 can tell; see `styles_of`.

    Attributes:
        codes: (n, s), ArtLIP's codes of texts; zero where the style is a picture's. s is 0 where
            there is no ArtLIP.
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


class Codes(Protocol):
    """ArtLIP's codes of texts."""

    size: int

    def __call__(self, text: int, mode: int) -> Array:
        """The code (`size`,) of a text in one of its modes."""


class BankCodes:
    """What ArtLIP's bank finds for its captions, each when it is first asked for."""

    def __init__(self, encoder: ArtLIP) -> None:
        self._bank: Bank = encoder.search
        self.texts: Array = _caption_embeddings(encoder)
        self.size: int = self._bank.codes.shape[1]
        self._found: dict[tuple[int, int], Array] = {}

    def __call__(self, text: int, mode: int) -> Array:
        if (text, mode) not in self._found:
            self._found[text, mode] = self._bank.caption_code(text, self.texts[text], mode)
        return self._found[text, mode]


class PromptCodes:
    """What ArtLIP answers to prompts, found at once."""

    def __init__(self, encoder: ArtLIP, prompts: Sequence[str]) -> None:
        self._found: Array = np.stack(
            [
                np.concatenate(
                    [
                        encoder.style(text, mode).condition.cpu().numpy()
                        for mode in range(len(MODES))
                    ]
                )
                for text in prompts
            ]
        )
        self.size: int = self._found.shape[-1]

    def __call__(self, text: int, mode: int) -> Array:
        found: Array = self._found[text, mode]
        return found


class NoCodes:
    """Where there is no ArtLIP."""

    size = 0

    def __call__(self, text: int, mode: int) -> Array:
        return np.zeros(0, dtype=np.float32)


@dataclass(frozen=True)
class Texts:
    """Texts to draw styles from; nothing in it is a network, so that any process can hold it.

    Attributes:
        weights: (n,), how often each is drawn, with a sum of 1.
        embeddings: (n, d), E_T.
        codes: ArtLIP's.
    """

    weights: Array
    embeddings: Array
    codes: Codes

    @classmethod
    def of_bank(cls, artlip: ArtLIP, teachers: Teachers) -> Texts:
        """The captions of ArtLIP's bank, for any encoder.

        Captions with more pictures are drawn more often, but less than in proportion: drawn evenly,
        minor artists would crowd out styles; by number, a few movements would crowd out the rest.
        """
        indices = artlip.bank.caption_indices.long().cpu()
        counts = torch.bincount(indices[indices >= 0], minlength=len(artlip.bank.captions)).numpy()
        weights = counts**EVENNESS * (counts >= min(MIN_PICTURES, counts.max()))
        weights = weights / weights.sum()
        if teachers.own_anchor:
            codes = BankCodes(artlip)
            return cls(weights, codes.texts, codes)
        drawn = np.flatnonzero(weights)
        found = _embedded(teachers.encoder, [artlip.bank.captions[text] for text in drawn])
        embeddings = np.zeros((len(weights), found.shape[1]), dtype=np.float32)
        embeddings[drawn] = found
        return cls(weights, embeddings, BankCodes(artlip) if teachers.anchor else NoCodes())

    @classmethod
    def of_prompts(cls, prompts: Sequence[str], teachers: Teachers) -> Texts:
        """Prompts, drawn evenly.

        Raises:
            StyleMambaError: One of them is blank.
        """
        weights = np.full(len(prompts), 1 / len(prompts))
        codes = PromptCodes(teachers.anchor, prompts) if teachers.anchor else NoCodes()
        return cls(weights, _embedded(teachers.encoder, prompts), codes)


def _caption_embeddings(encoder: ArtLIP) -> Array:
    sentences = encoder.bank.caption_embeddings.float() * TEXT_STEP
    with torch.no_grad():
        embeddings: Array = encoder.project_text(sentences).cpu().numpy()
    return embeddings


def _embedded(encoder: StyleEncoder, texts: Sequence[str]) -> Array:
    batches = [texts[start : start + TEXT_BATCH] for start in range(0, len(texts), TEXT_BATCH)]
    embeddings: Array = torch.cat([encoder.encode_text(batch).cpu() for batch in batches]).numpy()
    return embeddings


class StyleSampler:
    """Draws styles of pictures and of texts, on the CPU, in any process.

    A text's is what the bank finds for it in one of its modes, as in use. Some styles are mixtures
    of two.

    Args:
        texts: To draw from.
        of_pictures: Some styles are of pictures.
    """

    def __init__(self, texts: Texts, *, of_pictures: bool) -> None:
        self.texts = texts
        self.of_pictures = of_pictures

    def draw(self, count: int, rng: np.random.Generator) -> StyleDraw:
        """So many styles."""
        code_dim, text_dim = self.texts.codes.size, self.texts.embeddings.shape[1]
        codes, others = np.zeros((2, count, code_dim), dtype=np.float32)
        embeddings, other_embeddings = np.zeros((2, count, text_dim), dtype=np.float32)
        shares = np.zeros((count, 1), dtype=np.float32)
        rows = []
        for row in range(count):
            if not self.of_pictures or rng.random() < TEXT_SHARE:
                codes[row], embeddings[row] = self._text(rng)
            else:
                rows.append(row)
            if rng.random() < MIXTURE_SHARE:
                others[row], other_embeddings[row] = self._text(rng)
                shares[row] = rng.uniform(0.3, 0.7)
        arrays = (codes, embeddings, np.array(rows, np.int64), others, other_embeddings, shares)
        return StyleDraw(*map(torch.from_numpy, arrays))

    def _text(self, rng: np.random.Generator) -> tuple[Array, Array]:
        text = int(rng.choice(len(self.texts.weights), p=self.texts.weights))
        mode = int(rng.choice(len(MODES), p=MODES))
        return self.texts.codes(text, mode), self.texts.embeddings[text]


@torch.no_grad()
def styles_of(teachers: Teachers, drawn: StyleDraw, pictures: Tensor) -> Style:
    """The styles that were drawn, as the rows of one.

    Under an ArtLIP, a picture's style is its own code with its own statistics as the target, a
    text's the statistics that its code stands for. Under another encoder, the condition is E_T, and
    the statistics are the anchor's, if there is one.

    Args:
        teachers: On the device of all tensors.
        drawn: n styles.
        pictures: (m, 3, h, w) in [0, 1], those of `drawn.rows`.

    Returns:
        Embeddings (n, d), conditions (n, s), statistics (n, S).
    """
    if isinstance(teachers.encoder, ArtLIP):
        return _artlip_styles(teachers.encoder, drawn, pictures)
    mixed = torch.lerp(drawn.embeddings, drawn.other_embeddings, drawn.shares)
    if teachers.anchor is None:
        return Style(embedding=mixed, condition=mixed)
    codes = torch.lerp(drawn.codes, drawn.other_codes, drawn.shares)
    return Style(embedding=mixed, condition=mixed, statistics=teachers.anchor.code.decode(codes))


def _artlip_styles(encoder: ArtLIP, drawn: StyleDraw, pictures: Tensor) -> Style:
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
