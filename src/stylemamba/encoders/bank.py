"""A bank of style codes of real pictures, as part of a model; portable/retrieval.py searches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from stylemamba.encoders.minilm import EMBEDDING_DIM
from stylemamba.portable.parts import NUMBERS, PARTS
from stylemamba.portable.retrieval import CODE_STEP, MARK_STEP, PAD, TEXT_STEP, Array, Bank

MAX_CAPTIONS = 2**15 - 1  # pictures refer to their captions in 16 bits


class StyleBank(nn.Module):
    """Codes of pictures with the captions that describe them and the marks that they show.

    Args:
        code_dim: length of a code.
        size: pictures.
        captions: the sentences, each once.
        captions_per_picture: columns of the table picture -> captions, padded with -1.
        marks: names of the marks.
        artists: name -> the one by which an artist is known for short, as captions have both.
    """

    codes: Tensor
    caption_indices: Tensor
    caption_embeddings: Tensor
    colourfulness: Tensor
    mark_amounts: Tensor
    parts: Tensor

    def __init__(
        self,
        code_dim: int,
        size: int,
        captions: list[str],
        captions_per_picture: int,
        marks: Sequence[str] = (),
        artists: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        if len(captions) > MAX_CAPTIONS:
            raise ValueError(
                f"got {len(captions)} captions, at most {MAX_CAPTIONS} can be numbered"
            )
        self.captions, self.marks = captions, tuple(marks)
        self.artists = dict(artists or {})
        self.register_buffer("codes", torch.zeros(size, code_dim, dtype=torch.int8))
        self.register_buffer(
            "caption_indices", torch.full((size, captions_per_picture), PAD, dtype=torch.int16)
        )
        self.register_buffer(
            "caption_embeddings", torch.zeros(len(captions), EMBEDDING_DIM, dtype=torch.int8)
        )
        self.register_buffer("colourfulness", torch.zeros(size, dtype=torch.uint8))
        self.register_buffer("parts", torch.zeros(size, PARTS, NUMBERS, dtype=torch.int8))
        self.register_buffer("mark_amounts", torch.zeros(size, len(marks), dtype=torch.uint8))

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

    def set_marks(self, amounts: Tensor) -> None:
        """Stores how plainly the pictures show each of the marks, (size, marks) in 0 to 1."""
        self.mark_amounts.copy_((amounts / MARK_STEP).round().clamp(0, 255))

    def set_parts(self, parts: Tensor) -> None:
        """Stores the pictures' parts, (size, `PARTS`, `NUMBERS`)."""
        self.parts.copy_(parts.round().clamp(-127, 127))

    def search(self, image_head: nn.Linear) -> Bank:
        """The bank as it is searched; on the CPU it shares the memory of this one.

        Args:
            image_head: Code -> E_I.
        """

        def array(values: Tensor) -> Array:
            return values.detach().cpu().numpy()

        return Bank(
            codes=array(self.codes),
            caption_indices=array(self.caption_indices),
            caption_embeddings=array(self.caption_embeddings),
            colourfulness=array(self.colourfulness),
            mark_amounts=array(self.mark_amounts),
            parts=array(self.parts),
            image_head=array(image_head.weight),
            captions=self.captions,
            marks=self.marks,
            artists=self.artists,
        )
