"""What people say for a place in a photo: what is seen there, a side, a box, a polygon, a mask."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import fit_size
from stylemamba.files.reading import Photo, read_image
from stylemamba.portable.geometry import Array
from stylemamba.portable.recipe import MAX_NAME, Region, StylePart, parts_of_prompt
from stylemamba.portable.recipe_fields import Bounds, RecipeError
from stylemamba.portable.region_maps import SIDE
from stylemamba.portable.segments import SURE

if TYPE_CHECKING:
    from stylemamba.segmentation import Finder, Found

Box = tuple[float, float, float, float]

SIDES: Mapping[str, Box] = {
    "left": (0, 0, 0.5, 1),
    "right": (0.5, 0, 0.5, 1),
    "top": (0, 0, 1, 0.5),
    "bottom": (0, 0.5, 1, 0.5),
    "centre": (0.25, 0.25, 0.5, 0.5),
    "center": (0.25, 0.25, 0.5, 0.5),
}
"""Words for boxes."""
SEEN: Mapping[str, tuple[str, bool]] = {
    "subject": ("subject", True),
    "foreground": ("subject", True),
    "background": ("subject", False),
    "person": ("person", True),
    "people": ("person", True),
    "face": ("face", True),
    "faces": ("face", True),
    "sky": ("sky", True),
}
"""Words for what a photo shows: the segmenter's, and whether it is meant or what is around it."""
_WORDS = re.compile(r"[^\W\d_][\w' -]*")
SEEN_FEATHER, FACE_FEATHER = 0.005, 0.03
"""Of masks that follow edges already, and of faces, whose surroundings should not tell."""
_FORM = 'write --region PLACE="PROMPT"@0.8, and of the strength @0.8 only if it is not 1'
_NUMBER = r"-?(?:\d+\.?\d*|\.\d+)%?"
_NUMBERS = re.compile(rf"{_NUMBER}(?:[,\s]+{_NUMBER})*")


class NotSeenError(StyleMambaError):
    """What is looked for is not in a photo, or not surely."""


@dataclass(frozen=True)
class RegionSpec:
    """A region as it is asked for, before the photo is known.

    Attributes:
        place: A word of `SIDES` or `SEEN`, numbers of a box or polygon, or a file.
        parts: The styles there.
        strength: How much of the change there is.
    """

    place: str
    parts: tuple[StylePart, ...]
    strength: float = 1.0

    @classmethod
    def of(cls, text: str) -> RegionSpec:
        """From `PLACE="PROMPT"@STRENGTH`; the quotes, and the strength of 1, may be left out.

        Raises:
            RecipeError: It is of another form, or the prompt's syntax is not possible.
        """
        place, sign, rest = text.partition("=")
        prompt, at, number = rest.rpartition("@")
        try:
            strength = float(number) if at else 1.0
        except ValueError:
            prompt, at, strength = rest, "", 1.0
        prompt = (prompt if at else rest).strip().strip("\"'")
        if not sign or not place.strip() or not prompt:
            raise RecipeError("region", f"{text!r} is of another form: {_FORM}")
        return cls(place.strip(), parts_of_prompt(prompt), strength)

    def region(self, photo: Photo, finder: Finder) -> Region:
        """The region of a photo.

        Args:
            photo: The photo.
            finder: Says where it shows what the place names.

        Raises:
            StyleMambaError: There is no such place in it.
            RecipeError: The strength is not possible.
        """
        box = self._box(photo.rgb.size)
        if box is not None:
            return Region(self.parts, box=box, strength=self.strength)
        if not self.is_sought(finder):
            mask = as_text(self._mask(photo.rgb.size))
            return Region(self.parts, mask=mask, strength=self.strength)
        mask = as_text(_drawn(where_seen(photo, self.place, finder)))
        return replace(self.sought_region, mask=mask)

    def is_sought(self, finder: Finder) -> bool:
        """Whether the place is words for what a photo shows, and the finder can look for it."""
        return self.place in SEEN or (
            self.place not in SIDES and self._is_word and finder.knows(self.place)
        )

    @property
    def sought_region(self) -> Region:
        """The region of a place that is sought, before it is: nowhere."""
        return Region(
            self.parts,
            mask=NOWHERE,
            strength=self.strength,
            feather=SEEN_FEATHER,
            name=self.place[:MAX_NAME],
        )

    def _box(self, size: tuple[int, int]) -> Box | None:
        if self.place in SIDES:
            return SIDES[self.place]
        numbers = _shares(self.place, size)
        if numbers is None or len(numbers) != 4:
            return None
        x, y, width, height = numbers
        right, low = min(x + width, 1.0), min(y + height, 1.0)
        x, y = max(x, 0.0), max(y, 0.0)
        if right <= x or low <= y:
            raise StyleMambaError(f"--region {self.place}: this box is outside of the photo")
        return x, y, right - x, low - y

    @property
    def _is_word(self) -> bool:
        """Whether it can be nothing but words for what is seen."""
        return bool(_WORDS.fullmatch(self.place)) and not Path(self.place).is_file()

    def _mask(self, size: tuple[int, int]) -> Image.Image:
        """White where the region is, mode L."""
        numbers = _shares(self.place, size)
        if numbers is not None:
            return _polygon(numbers, _drawn_size(size), self.place)
        if not Path(self.place).is_file():
            raise StyleMambaError(
                f"--region {self.place}: is neither a file, nor a box as x,y,w,h, nor a polygon as "
                f"x,y x,y x,y, nor one of {', '.join([*SEEN, *SIDES])}"
                + ("; --segmenter hub finds what other words name" if self._is_word else "")
            )
        mask = read_mask(Path(self.place), size)
        if not mask.getbbox():
            raise StyleMambaError(f"--region {self.place}: this mask is black: nothing is in it")
        return mask


def seen(found: Found, word: str, meant: bool = True) -> Image.Image:
    """What was found as a mask, mode L, or with `meant` false what is around it.

    Raises:
        NotSeenError: It is not sure enough.
    """
    _check_sure(found, word)
    return _drawn(found.mask if meant else 1 - found.mask)


def where_seen(photo: object, place: str, finder: Finder) -> Array:
    """Where a photo shows what words name, (h, w), 0 to 1.

    Args:
        photo: Whatever the finder takes.
        place: One of `SEEN`, or what the finder knows.
        finder: Looks for it.

    Raises:
        NotSeenError: It is not sure enough.
        StyleMambaError: The finder does not know the words.
    """
    word, meant = SEEN.get(place, (place, True))
    found = finder.find(photo, word)
    _check_sure(found, word)
    return found.mask if meant else 1 - found.mask


def protected(parts: tuple[StylePart, ...], found: Found, share: float) -> Region:
    """A region over faces that are to keep so much of the photo.

    Raises:
        StyleMambaError: None is found.
        RecipeError: The share is not between 0 and 1.
    """
    return replace(sought_faces(parts, share), mask=as_text(seen(found, "face")))


def sought_faces(parts: tuple[StylePart, ...], share: float) -> Region:
    """A region over faces that are to keep so much of the photo, before they are found: nowhere.

    Raises:
        RecipeError: The share is not between 0 and 1.
    """
    strength = Bounds(float, 0, 1).checked(1 - share, "protect")
    return Region(parts, mask=NOWHERE, strength=strength, feather=FACE_FEATHER)


def _check_sure(found: Found, word: str) -> None:
    if found.confidence < SURE:
        raise NotSeenError(
            f"no {word} is found in this photo (confidence {found.confidence:.2f}): "
            "give a box, a polygon or a mask file"
        )


def _drawn(mask: Array) -> Image.Image:
    """A mask (h, w), 0 to 1, as a picture of the size at which masks are kept."""
    picture = Image.fromarray(np.rint(255 * mask).astype(np.uint8))
    return picture.resize(_drawn_size(picture.size), Image.Resampling.BILINEAR)


def read_mask(path: Path, size: tuple[int, int]) -> Image.Image:
    """A picture's alpha, or its grey if it has none, in the shape of a photo of that size; mode L.

    Raises:
        StyleMambaError: It cannot be read.
    """
    picture = read_image(path)
    mask = picture.rgb.convert("L") if picture.alpha is None else picture.alpha
    return mask.resize(_drawn_size(size), Image.Resampling.BILINEAR)


def as_text(mask: Image.Image) -> str:
    """A mask as recipes hold it: a PNG file in base64."""
    file = BytesIO()
    mask.save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


NOWHERE = as_text(Image.new("L", (1, 1)))
"""The mask of a region that is not found yet."""


def _drawn_size(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height at which the mask of a photo of that size is kept."""
    return fit_size(size, min(SIDE, max(size)))


def _shares(text: str, size: tuple[int, int]) -> list[float] | None:
    """Numbers x, y, x, y, ... in pixels or percent as shares of the sides; None of other text."""
    if not _NUMBERS.fullmatch(text):
        return None
    numbers = re.findall(_NUMBER, text)
    return [
        float(number[:-1]) / 100 if number.endswith("%") else float(number) / size[place % 2]
        for place, number in enumerate(numbers)
    ]


def _polygon(numbers: Sequence[float], size: tuple[int, int], place: str) -> Image.Image:
    if len(numbers) < 6 or len(numbers) % 2:
        raise StyleMambaError(
            f"--region {place}: a box has four numbers, a polygon three points or more"
        )
    corners = [(x * size[0], y * size[1]) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    if not mask.getbbox():
        raise StyleMambaError(f"--region {place}: this polygon is outside of the photo")
    return mask
