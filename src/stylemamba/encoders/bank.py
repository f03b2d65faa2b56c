"""A bank of style codes of real pictures, and its retrieval by text.

A prompt finds the pictures whose captions are nearest to it; among them, a few that look alike are averaged into the
code that the prompt asks for. The mean over all pictures that fit would be washed out: one style has several modes.
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
CANDIDATES = 24
EXEMPLARS = 3
LOOK_WEIGHT = 0.25
TYPICALITY_WEIGHT = 0.25
NEIGHBOURS = 5
KNOWN_SIMILARITY = (0.35, 0.75)  # cosines of MiniLM at which coverage is 0 and 1


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

    def __init__(self, code_dim: int, size: int, captions: list[str], captions_per_picture: int) -> None:
        super().__init__()
        self.captions = captions
        self.register_buffer("codes", torch.zeros(size, code_dim, dtype=torch.int8))
        self.register_buffer("caption_indices", torch.full((size, captions_per_picture), PAD, dtype=torch.int16))
        self.register_buffer("caption_embeddings", torch.zeros(len(captions), EMBEDDING_DIM, dtype=torch.int8))

    def set_codes(self, codes: Tensor) -> None:
        """Stores codes (size, code_dim)."""
        self.codes.copy_((codes / CODE_STEP).round().clamp(-127, 127))

    def set_captions(self, indices: list[list[int]], embeddings: Tensor) -> None:
        """Stores each picture's caption numbers and the unit-norm sentence embeddings (len(captions), 384)."""
        for row, numbers in enumerate(indices):
            self.caption_indices[row, : len(numbers)] = torch.tensor(numbers, dtype=torch.int16)
        self.caption_embeddings.copy_((embeddings / TEXT_STEP).round().clamp(-127, 127))

    def retrieve(self, sentence: Tensor, text: Tensor, image_head: nn.Linear, mode: int = 0) -> Retrieval:
        """The style that a prompt asks for.

        A picture's score is the largest cosine between the prompt and its captions plus a share of the cosine between
        E_T and its E_I. Among the best candidates the most typical one, likest to the others, is the anchor of mode 0;
        the anchor of each further mode is the best one unlike those before. An anchor and its nearest candidates are
        averaged.

        Args:
            sentence: (384,) unit-norm sentence embedding of the prompt.
            text: (d,) E_T of the prompt.
            image_head: code -> E_I.
            mode: which of the prompt's modes.
        """
        similarities = self.caption_embeddings.float() @ sentence * TEXT_STEP
        indices = self.caption_indices.long()
        by_caption = similarities[indices.clamp_min(0)].masked_fill(indices == PAD, -1.0).amax(1)
        shortlist = by_caption.topk(min(20 * CANDIDATES, len(by_caption))).indices
        codes = self.codes[shortlist].float() * CODE_STEP
        images = F.normalize(image_head(codes), dim=-1)
        scores = by_caption[shortlist] + LOOK_WEIGHT * images @ F.normalize(text, dim=-1)
        best = scores.topk(min(CANDIDATES, len(scores))).indices
        scores, images, codes = scores[best], images[best], codes[best]
        alike = images @ images.T
        quality = scores + TYPICALITY_WEIGHT * alike.mean(1)
        anchor = int(quality.argmax())
        closest = alike[anchor]
        for _ in range(mode % len(best)):
            anchor = int((quality - closest).argmax())
            closest = torch.maximum(closest, alike[anchor])
        exemplars = (alike[anchor] + scores).topk(min(EXEMPLARS, len(best))).indices
        low, high = KNOWN_SIMILARITY
        nearest = similarities.topk(min(NEIGHBOURS, len(similarities)))
        coverage = (nearest.values[0].item() - low) / (high - low)
        return Retrieval(
            code=codes[exemplars].mean(0),
            exemplars=shortlist[best[exemplars]].tolist(),
            coverage=min(max(coverage, 0.0), 1.0),
            neighbours=[(self.captions[i], round(v.item(), 3)) for i, v in zip(nearest.indices.tolist(), nearest.values, strict=True)],
        )
