"""Styles learnt from a few pictures: what a recipe or a file keeps of them, a kilobyte a picture.

They are found as the bank's pictures are (retrieval.py), but for a text that finds them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .finish import NUMBERS as FINISH_NUMBERS
from .finish import finish_of
from .geometry import Array
from .parts import NUMBERS, PARTS, matched, parts_of
from .recipe_fields import RecipeError
from .retrieval import CODE_STEP, Bank, Rules, averaged, highest, unit
from .style import BENEATH, Style

MOST = 20
"""Pictures of a style."""
ARRAYS = ("codes", "parts", "mark_amounts", "finishes")
MARKED = 0.5
"""How plainly marks are made that nobody asked for, but pictures like it have."""
LIKE = 9
"""Pictures of a bank that are asked which marks a picture has."""


@dataclass(frozen=True)
class Learnt:
    """What is known of n pictures in one style.

    Attributes:
        codes: (n, s) int8, in steps of `CODE_STEP`.
        parts: (n, `PARTS`, `NUMBERS`) int8; see parts.py.
        mark_amounts: (n, m) uint8, in steps of `MARK_STEP`.
        finishes: (n, 24) float16; see finish.py.
        marks: Names of the m marks.
        space: `space_of` the model that made the codes.
    """

    codes: Array
    parts: Array
    mark_amounts: Array
    finishes: Array
    marks: tuple[str, ...]
    space: str

    def to_text(self) -> str:
        """As base64, the same for equal styles."""
        names = json.dumps({"marks": self.marks, "space": self.space}).encode()
        file = io.BytesIO()
        np.savez_compressed(
            file,
            codes=self.codes,
            parts=self.parts,
            mark_amounts=self.mark_amounts,
            finishes=self.finishes,
            names=np.frombuffer(names, dtype=np.uint8),
        )
        return base64.b64encode(file.getvalue()).decode()

    @classmethod
    def from_text(cls, text: str) -> Learnt:
        """What `to_text` wrote.

        Raises:
            RecipeError: It is damaged.
        """
        try:
            with np.load(io.BytesIO(base64.b64decode(text, validate=True))) as file:
                names = json.loads(file["names"].tobytes())
                arrays = {name: file[name] for name in ARRAYS}
            found = cls(marks=tuple(names["marks"]), space=names["space"], **arrays)
        except (binascii.Error, ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile):
            raise RecipeError("learnt", "is damaged") from None
        return found.checked()

    def checked(self) -> Learnt:
        """This one.

        Raises:
            RecipeError: Its arrays do not fit each other.
        """
        if not self._fits():
            raise RecipeError("learnt", "is damaged")
        return self

    def _fits(self) -> bool:
        count = len(self.codes)
        shapes = (self.parts.shape, self.mark_amounts.shape, self.finishes.shape)
        return (
            1 <= count <= MOST
            and self.codes.ndim == 2
            and shapes
            == ((count, PARTS, NUMBERS), (count, len(self.marks)), (count, FINISH_NUMBERS))
            and (self.codes.dtype, self.parts.dtype) == (np.int8, np.int8)
            and (self.mark_amounts.dtype, self.finishes.dtype) == (np.uint8, np.float16)
            and bool(np.isfinite(self.finishes).all())
        )

    def style(self, image_head: Array, mode: int = 0, photo: Array | None = None) -> Style:
        """The style of these pictures: of the `Rules.exemplars` nearest to one of them.

        Args:
            image_head: (d, s), code to E_I, of the model that made the codes.
            mode: Which of the pictures it is, in the order in which they suit the photo.
            photo: (3, h, w) in [0, 1]; None for the order in which they were given.

        Returns:
            The style, its embedding E_I of the pictures, fully covered, without statistics.

        Raises:
            RecipeError: The codes are another model's.
        """
        if self.space != space_of(image_head):
            raise RecipeError("learnt", "is of other models: learn it from its pictures again")
        images = unit(self.codes.astype(np.float32) @ image_head.T)
        order = np.arange(len(images))
        if photo is not None:
            order = highest(-matched(parts_of(photo), self.parts.astype(np.float32))[0], MOST)
        leading = images[order[mode % len(order)]]
        nearest = highest(images @ leading, Rules.exemplars)
        rows = (self.codes[nearest], self.parts[nearest], self.mark_amounts[nearest])
        found = averaged(*rows, self.marks)
        marks = {
            mark: much * (1 if mark == BENEATH else MARKED) for mark, much in found.marks.items()
        }
        finish = self.finishes[order[mode % len(order)]].astype(np.float32)
        return replace(
            found,
            embedding=found.condition @ image_head.T,
            marks=marks,
            finishes=((1.0, finish),),
            coverage=1.0,
        )


def space_of(image_head: Array) -> str:
    """A name of the space that codes are in: a hash of the map from codes to E_I."""
    return hashlib.sha256(np.ascontiguousarray(image_head, dtype="<f4").tobytes()).hexdigest()[:12]


def learnt_from(codes: Array, pictures: Sequence[Array], bank: Bank) -> Learnt:
    """What is known of pictures: their codes, their parts, and the marks of those like them.

    Args:
        codes: (n, s), of n pictures.
        pictures: The pictures, (3, h, w) in [0, 1] each.
        bank: Says which marks pictures that look like these have.
    """
    images, known = (
        unit(rows.astype(np.float32) @ bank.image_head.T) for rows in (codes, bank.codes)
    )
    alike = [highest(cosines, LIKE) for cosines in images @ known.T]
    media = np.array([mark != BENEATH for mark in bank.marks])
    return Learnt(
        codes=_stored(codes / CODE_STEP),
        parts=_stored(np.stack([parts_of(picture) for picture in pictures])),
        finishes=np.stack([finish_of(picture) for picture in pictures]).astype(np.float16),
        mark_amounts=np.stack([_voted(bank.mark_amounts[row], media) for row in alike]),
        marks=tuple(bank.marks),
        space=space_of(bank.image_head),
    )


def _voted(amounts: Array, media: Array) -> Array:
    """The marks (m,) of pictures (n, m): medians of those that show the mark shown most.

    Of paintings that were left out of the bank, 161 of 240 have the mark of their label like this,
    139 by medians of all, which are often none.

    Args:
        amounts: Of each picture.
        media: Which of the marks say something of a medium, (m,).
    """
    shown = amounts.mean(0) * media
    if shown.any():
        amounts = amounts[amounts[:, shown.argmax()] > 0]
    voted: Array = np.median(amounts, axis=0).astype(np.uint8)
    return voted


def _stored(values: Array) -> Array:
    stored: Array = np.rint(values).clip(-127, 127).astype(np.int8)
    return stored
