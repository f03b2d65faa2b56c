"""A bank of style codes of real pictures, and its retrieval by text.

A prompt finds the pictures whose captions are nearest to it; among them, a few that look alike are
averaged into the code that the prompt asks for. The mean over all pictures that fit would be washed
out: one style has several modes.
The distance to the nearest caption is the honest answer to rare prompts.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.encoders.minilm import EMBEDDING_DIM

CODE_STEP = 1 / 24  # whitened codes are stored in 8 bits: -5.3 to 5.3 deviations
TEXT_STEP = 1 / 127
PAD = -1
MAX_CAPTIONS = 2**15 - 1  # pictures refer to their captions in 16 bits
SHORTLIST = 480
CANDIDATES = 24
EXEMPLARS = 3
LOOK_WEIGHT = 0.5
FULL_STRENGTH = 1.25  # of the mean strength: from there on, a look counts no more
TITLE_DISCOUNT = 0.3
DRAWINGS = ("sketch", "drawing", "study")
DRAWING_ASKED = 0.5  # cosine of a prompt and one of these from which it asks for a drawing
DRAWING_DISCOUNT = 0.3
TYPICALITY_WEIGHT = 0.25
PALE_DISCOUNT = 0.4  # of a picture without colour
VIVID = 0.85  # quantile of colourfulness, among a style's pictures, from which none is pale
AS_GOOD = 0.1  # how much worse the captions of a style's pictures may answer than the best do
NEIGHBOURS = 5
KNOWN_CAPTION = 0.85  # cosine from which a prompt is a known caption, in other words
KNOWN_SIMILARITY = (0.35, 0.75)  # cosines of MiniLM at which coverage is 0 and 1
LEAST_SHARE = 0.05  # of a part of a prompt that is not known at all


@dataclass(frozen=True)
class Retrieval:
    """The bank's answer to one prompt.

    Attributes:
        code: (code_dim,), the mean code of the exemplars.
        exemplars: indices of the pictures that it was averaged over.
        coverage: 0 to 1, how near the prompt is to the nearest known caption.
        neighbours: (caption, cosine), nearest first.
    """

    code: Tensor
    exemplars: list[int]
    coverage: float
    neighbours: list[tuple[str, float]]


class StyleBank(nn.Module):
    """Codes of pictures with the captions that describe them.

    Args:
        code_dim: length of a code.
        size: pictures.
        captions: the sentences, each once.
        captions_per_picture: columns of the table picture -> captions, padded with -1.
    """

    codes: Tensor
    caption_indices: Tensor
    caption_embeddings: Tensor
    colourfulness: Tensor

    def __init__(
        self, code_dim: int, size: int, captions: list[str], captions_per_picture: int
    ) -> None:
        super().__init__()
        if len(captions) > MAX_CAPTIONS:
            raise ValueError(
                f"got {len(captions)} captions, at most {MAX_CAPTIONS} can be numbered"
            )
        self.captions = captions
        self.register_buffer("codes", torch.zeros(size, code_dim, dtype=torch.int8))
        self.register_buffer(
            "caption_indices", torch.full((size, captions_per_picture), PAD, dtype=torch.int16)
        )
        self.register_buffer(
            "caption_embeddings", torch.zeros(len(captions), EMBEDDING_DIM, dtype=torch.int8)
        )
        self.register_buffer("colourfulness", torch.zeros(size, dtype=torch.uint8))

    def set_codes(self, codes: Tensor) -> None:
        """Stores codes (size, code_dim)."""
        self.codes.copy_((codes / CODE_STEP).round().clamp(-127, 127))

    def set_captions(self, indices: list[list[int]], embeddings: Tensor) -> None:
        """Stores the captions.

        Args:
            indices: Of each picture, the numbers of its captions; without any it is never found.
            embeddings: (len(captions), 384) unit-norm sentence embeddings.
        """
        for row, numbers in enumerate(indices):
            self.caption_indices[row, : len(numbers)] = torch.tensor(numbers, dtype=torch.int16)
        self.caption_embeddings.copy_((embeddings / TEXT_STEP).round().clamp(-127, 127))

    def set_colourfulness(self, values: Tensor) -> None:
        """Stores how colourful the pictures are, (size,), from 0 for grey."""
        self.colourfulness.copy_(values.round().clamp(0, 255))

    def similarities(self, sentences: Tensor) -> Tensor:
        """Cosines (len(captions), n) of captions and unit-norm sentence embeddings (n, 384)."""
        # Rounded to 8 bits, embeddings are not exactly of length 1.
        return (self.caption_embeddings.float() @ sentences.T * TEXT_STEP).clamp(-1.0, 1.0)

    def coverage(self, sentences: Tensor) -> float:
        """How near a prompt is to the known captions, 0 to 1.

        Args:
            sentences: (1 + m, 384), as for `retrieve`; the prompt counts or, on average, its
                parts, whichever is nearer.
        """
        best = self.similarities(sentences).amax(0)
        parts = best[1:] if len(best) > 1 else best
        return _known(torch.maximum(best[0], parts.mean())).item()

    def retrieve(
        self, sentences: Tensor, texts: Tensor, image_head: nn.Linear, mode: int = 0
    ) -> Retrieval:
        """The style that a prompt asks for.

        A prompt that is a known caption, or has no parts, is looked up as a whole; otherwise each
        of its parts is, and the codes found are mixed, each by how well the part is known.

        Args:
            sentences: (1 + m, 384) unit-norm sentence embeddings of the prompt and of its m parts,
                if it has several.
            texts: (1 + m, d), E_T of the same.
            image_head: Code -> E_I.
            mode: Which of the prompt's modes.
        """
        similarities = self.similarities(sentences)
        whole = len(sentences) == 1 or similarities[:, 0].max() >= KNOWN_CAPTION
        parts = [0] if whole else list(range(1, len(sentences)))
        found = [
            self._exemplars(similarities[:, part], texts[part], image_head, mode) for part in parts
        ]
        codes = [self.codes[exemplars].float().mean(0) * CODE_STEP for exemplars in found]
        shares = _known(similarities[:, parts].amax(0)).clamp_min(LEAST_SHARE)
        nearest = similarities[:, 0].topk(min(NEIGHBOURS, len(similarities)))
        return Retrieval(
            code=(shares / shares.sum()) @ torch.stack(codes),
            exemplars=torch.cat(found).tolist(),
            coverage=self.coverage(sentences),
            neighbours=[
                (self.captions[number], round(similarity, 3))
                for number, similarity in zip(
                    nearest.indices.tolist(), nearest.values.tolist(), strict=True
                )
            ],
        )

    def _exemplars(
        self, similarities: Tensor, text: Tensor, image_head: nn.Linear, mode: int
    ) -> Tensor:
        """Indices of the pictures to average for one prompt without parts.

        A picture's score is how well its captions answer the prompt, plus a share of the cosine
        between E_T and its E_I, less if its look is weak (|E_I| is small for pictures that look
        like any other), plus a share of the cosine between its E_I and the mean of those whose
        captions answer as well: the strong and typical examples. It loses if it is paler than most
        of those: prints and studies are, and nobody who asks for a movement means them. The best is
        the anchor of mode 0, the anchor of each further mode is the best one unlike those before.
        An anchor and the candidates nearest to it are the exemplars.
        """
        by_caption = self._by_caption(similarities)
        # Many pictures share a caption: a stable order, so that the same of them are taken always.
        shortlist = by_caption.argsort(descending=True, stable=True)[:SHORTLIST]
        embeddings = image_head(self.codes[shortlist].float() * CODE_STEP)
        norms = embeddings.norm(dim=-1)
        images = F.normalize(embeddings, dim=-1)
        strength = (norms / norms.mean()).clamp(max=FULL_STRENGTH)
        looks = images @ F.normalize(text, dim=-1) * strength
        scores = by_caption[shortlist]
        as_good = scores >= scores[0] - AS_GOOD
        typical = images @ F.normalize(images[as_good].mean(0), dim=-1)
        colour = self.colourfulness[shortlist].float()
        vivid = colour[as_good].quantile(VIVID).clamp_min(1.0)
        pale = (1.0 - colour / vivid).clamp_min(0.0)
        scores = scores + LOOK_WEIGHT * looks + TYPICALITY_WEIGHT * typical - PALE_DISCOUNT * pale
        best = scores.topk(min(CANDIDATES, len(scores))).indices
        scores, images = scores[best], images[best]
        alike = images @ images.T
        anchor = int(scores.argmax())
        closest = alike[anchor]
        for _ in range(mode % len(best)):
            anchor = int((scores - closest).argmax())
            closest = torch.maximum(closest, alike[anchor])
        nearest = (alike[anchor] + scores).topk(min(EXEMPLARS, len(best))).indices
        return shortlist[best[nearest]]

    def _by_caption(self, similarities: Tensor) -> Tensor:
        """Of every picture, the largest cosine of its captions, less what speaks against it.

        A caption of a single picture is a title, and says more of a subject than of a style. An
        artist's name asks for paintings, although many pictures that bear it are drawings.
        """
        indices = self.caption_indices.long()
        there = indices != PAD
        titles = torch.bincount(indices[there], minlength=len(self.captions)) == 1
        evidence = similarities - TITLE_DISCOUNT * titles
        by_caption = evidence[indices.clamp_min(0)].masked_fill(~there, -1.0).amax(1)
        words = [number for number, text in enumerate(self.captions) if text in DRAWINGS]
        if words and similarities[words].max() < DRAWING_ASKED:
            drawn = torch.isin(indices, indices.new_tensor(words)).any(1)
            by_caption = by_caption - DRAWING_DISCOUNT * drawn
        return by_caption


def _known(similarities: Tensor) -> Tensor:
    """Cosines of a prompt's nearest caption as coverage, 0 to 1."""
    low, high = KNOWN_SIMILARITY
    return ((similarities - low) / (high - low)).clamp(0.0, 1.0)
