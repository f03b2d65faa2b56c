"""Recipes: everything that decides a picture besides the photo. Plain data, without NumPy or torch.

Bounds, help and default of every field stand here once. The options of the command line and of the
exported script are made from them, and so can be a form, a JSON schema or the inputs of a node.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any

from .prompt import weighted_texts, with_weights
from .recipe_fields import (
    Bounds,
    RecipeError,
    check_flags,
    check_numbers,
    flag,
    mixable,
    number,
    quoted,
)

VERSION = 1
"""Of the JSON form."""
MADE_WITH = "made_with"
"""Key of the JSON form under which the makers of a picture may say what they made it with."""
LARGEST_SEED = 2**32 - 1
FIT_STEPS = 40
"""Of a fit that nobody gave a number of steps."""
FIT_SIZE = 384
"""Longer side in pixels at which a photo is fitted unless its recipe has a size."""
MAX_PARTS, MAX_REGIONS, MAX_TEXT = 32, 16, 100_000
MAX_COLOURS, MAX_NAME = 12, 200
LEAST_STROKE, LARGEST_SIZE = 0.1, 8192
_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_COUNTED = {"parts": "styles", "regions": "regions", "colours": "colours"}
MAX_MASK, MAX_LEARNT, MAX_STEPS = 8 << 20, 1 << 20, 10_000


@dataclass(frozen=True)
class StylePart:
    """One of the styles that a picture is mixed of.

    Attributes:
        text: The style, in words; commas mix evenly. Of a style learnt from pictures, its name.
        weight: Its share, against those of the other parts; negative ones push away.
        look: Which of the style's looks; None for the recipe's.
        learnt: What is known of pictures in the style, as `Learnt.to_text` has it; None for a style
            in words.
    """

    text: str
    weight: float = number(
        1.0, Bounds(float, -100, 100), "Share of this style; below 0 pushes away."
    )
    look: int | None = number(
        None,
        Bounds(int, 0, LARGEST_SEED, optional=True),
        "Which of the looks of this style.",
        default_text="that of the recipe",
    )
    learnt: str | None = None

    def __post_init__(self) -> None:
        _check_text(self.text)
        check_numbers(self)
        if self.learnt is not None:
            _decoded(self.learnt, "learnt", MAX_LEARNT)


@dataclass(frozen=True)
class Region:
    """A part of the photo with styles of its own: a box, or a mask.

    Attributes:
        parts: The styles there.
        box: (x, y, width, height) as shares of the photo's sides; None with a mask.
        mask: A greyscale picture of the photo's shape, white where the region is, as base64 of
            a PNG file; None with a box.
        strength: How much of the change to apply there, times the recipe's.
        feather: Width of its soft border as a share of the photo's longer side.
        name: What people call it; it decides nothing.
    """

    parts: tuple[StylePart, ...]
    box: tuple[float, float, float, float] | None = None
    mask: str | None = None
    strength: float = number(1.0, Bounds(float, 0, 10), "How far to go there, times the whole.")
    feather: float = number(0.02, Bounds(float, 0, 0.5), "Width of the soft border.")
    name: str | None = None

    def __post_init__(self) -> None:
        _check_parts(self.parts)
        check_numbers(self)
        if self.name is not None and not (
            isinstance(self.name, str) and len(self.name) <= MAX_NAME
        ):
            raise RecipeError("name", f"should be a text of at most {MAX_NAME} letters")
        if (self.box is None) == (self.mask is None):
            raise RecipeError("box", "or mask should be given, one of them")
        if self.box is not None:
            object.__setattr__(self, "box", _checked_box(self.box))
        if self.mask is not None:
            self.mask_bytes()

    def mask_bytes(self) -> bytes:
        """The mask's PNG file.

        Raises:
            RecipeError: It is no base64.
        """
        return _decoded(self.mask, "mask", MAX_MASK)


@dataclass(frozen=True)
class Recipe:
    """How to paint a photo. Two equal recipes paint a photo alike, to the byte.

    Attributes:
        parts: The styles, mixed by weight; none where there are regions, and the rest is kept as
            it is in the photo, to the bit.
        regions: Parts of the photo with styles of their own; later ones lie over earlier ones.
        colours: That the finished picture is in, like "#aa3322", whatever the style's and the
            photo's are; none for those.

    Raises:
        RecipeError: A value is not possible.
    """

    parts: tuple[StylePart, ...]
    regions: tuple[Region, ...] = ()
    colours: tuple[str, ...] = ()
    steps: int | None = number(
        None,
        Bounds(int, 0, MAX_STEPS, optional=True),
        "Steps of fitting to this photo: 0 is one pass of the networks; more comes closer to the "
        "prompt, and takes longer.",
        metavar="N",
        default_text=f"0; {FIT_STEPS} with --preset paper",
        example="40",
    )
    seed: int = number(
        0,
        Bounds(int, 0, LARGEST_SEED),
        "The same seed gives the same picture again; another one other strokes, and another look "
        "of the style.",
        metavar="S",
        example="3",
    )
    look: int | None = number(
        None,
        Bounds(int, 0, LARGEST_SEED, optional=True),
        "Which look of the style, whatever the seed: 0 is the most typical one.",
        metavar="N",
        default_text="that of the seed",
        example="0",
    )
    size: int | None = number(
        None,
        Bounds(int, 32, LARGEST_SIZE, optional=True),
        "Longer side of the picture that is worked on; the result has the photo's size.",
        metavar="PX",
        default_text=f"the photo's; a fit is made at {FIT_SIZE} first",
        example="1024",
    )
    strength: float = number(
        1.0,
        Bounds(float, 0, 100),
        "How far to go towards the prompt; 0 leaves the photo.",
        example="0.7",
    )
    stroke: float = number(
        1.0,
        Bounds(float, LEAST_STROKE, 10),
        "Size of the strokes: 2 paints them twice as large.",
        example="2",
    )
    texture: float = number(
        1.0,
        Bounds(float, 0, 10),
        "Brush work: 0 for none, 5 for marks all over flat ground, too.",
        example="0.5",
    )
    palette: float = number(
        0.0,
        Bounds(float, 0, 1),
        "Whose colours: style, photo, or in between from 0 to 1.",
        metavar="photo|style|X",
        default_text="style",
        words={"style": 0.0, "photo": 1.0},
    )
    guidance: float = number(
        1.0,
        Bounds(float, 0, 1000),
        "With --steps: how closely to follow the text, against the looks known for it.",
        example="4",
    )
    tile: bool = flag("A seamless tile: its left border goes on at its right one, top at bottom.")

    def __post_init__(self) -> None:
        if not self.keeps_rest:
            _check_parts(self.parts)
        _check_count("regions", self.regions, 0, MAX_REGIONS, (tuple,))
        for place, region in enumerate(self.regions):
            if not isinstance(region, Region):
                raise RecipeError(f"regions[{place}]", "should be a Region")
        object.__setattr__(self, "colours", _checked_colours(self.colours))
        check_numbers(self)
        check_flags(self)
        if self.tile and self.regions:
            raise RecipeError("tile", "goes with one style all over, not with regions or masks")

    @classmethod
    def of(cls, prompt: str | Sequence[StylePart], **values: Any) -> Recipe:
        """A recipe of a prompt, which may have weights (see prompt.py), or of styles.

        Raises:
            RecipeError: There is no such field, a value is not possible, or the prompt's syntax.
        """
        names = [item.name for item in fields(cls)]
        for name in values:
            if name not in names:
                raise RecipeError(name, f"is no field of a recipe; they are {', '.join(names)}")
        parts = parts_of_prompt(prompt) if isinstance(prompt, str) else tuple(prompt)
        return cls(parts=parts, **values)

    @property
    def keeps_rest(self) -> bool:
        """Whether the photo stays as it is outside of the regions."""
        return self.parts == () and bool(self.regions)

    @property
    def prompt(self) -> str:
        """The prompt that the parts stand for; without any, those of the regions."""
        if self.keeps_rest:
            return ", ".join(shown(region.parts) for region in self.regions)
        return shown(self.parts)

    def look_of(self, part: StylePart) -> int:
        """Which look a part has: its own, the recipe's, or that of the seed."""
        for look in (part.look, self.look):
            if look is not None:
                return look
        return self.seed

    def to_dict(self) -> dict[str, Any]:
        """The recipe as JSON has it, every field written out: defaults may change one day."""
        return {"version": VERSION, **asdict(self)}

    def to_json(self, made_with: Mapping[str, Any] | None = None, indent: int | None = None) -> str:
        """The recipe as text, the same for equal recipes.

        Args:
            made_with: What else is worth knowing; `from_json` passes over it.
            indent: Spaces a level, for people to read.
        """
        content = self.to_dict()
        if made_with is not None:
            content[MADE_WITH] = dict(made_with)
        return json.dumps(content, indent=indent, sort_keys=True, allow_nan=False)

    @classmethod
    def from_dict(cls, content: Any) -> Recipe:
        """The recipe that `to_dict` wrote; fields that are missing have their defaults.

        Raises:
            RecipeError: It is of another version, has unknown fields or impossible values.
        """
        if not isinstance(content, Mapping):
            raise RecipeError("recipe", "should be a JSON object")
        if "version" not in content:
            raise RecipeError("version", f"is missing: it should be {VERSION}")
        version = content["version"]
        if version != VERSION or isinstance(version, bool):
            raise RecipeError(
                "version", f"should be {VERSION}, not {quoted(version)}: update stylemamba"
            )
        known = {k: v for k, v in content.items() if k not in ("version", MADE_WITH)}
        recipe: Recipe = _read(cls, known, "")
        return recipe

    @classmethod
    def from_json(cls, text: str | bytes) -> tuple[Recipe, dict[str, Any]]:
        """The recipe that `to_json` wrote, and what it was made with, if it says so.

        Raises:
            RecipeError: It is not JSON, or not a recipe.
        """
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RecipeError("recipe", "is not JSON") from error
        recipe = cls.from_dict(content)
        made_with = content.get(MADE_WITH)
        return recipe, made_with if isinstance(made_with, dict) else {}


def parts_of_prompt(prompt: str) -> tuple[StylePart, ...]:
    """The styles that a prompt mixes; see prompt.py.

    Raises:
        RecipeError: Its syntax is not possible, or it is empty.
    """
    _check_text(prompt)
    return tuple(StylePart(text, weight) for text, weight in weighted_texts(prompt))


def blended(
    styles: Sequence[tuple[StylePart, ...]], shares: Sequence[float]
) -> tuple[StylePart, ...]:
    """The parts of several prompts, each prompt with a share of the whole.

    Args:
        styles: The parts of n prompts.
        shares: n, at least 0; prompts without any are left out.
    """
    return tuple(
        replace(part, weight=share * part.weight / sum(other.weight for other in parts))
        for parts, share in zip(styles, shares, strict=True)
        if share
        for part in parts
    )


def shown(parts: Sequence[StylePart]) -> str:
    """The prompt that they stand for."""
    return with_weights([(part.text, part.weight) for part in parts])


def _check_text(text: Any) -> None:
    if not isinstance(text, str):
        raise RecipeError("text", f"should be a text, not {quoted(text)}")
    if not text.strip():
        raise RecipeError("text", 'is empty: describe a style, for example "pencil sketch"')
    if len(text) > MAX_TEXT:
        raise RecipeError("text", f"has {len(text)} letters, at most {MAX_TEXT} are read")


def _check_parts(parts: Any) -> None:
    _check_count("parts", parts, 1, MAX_PARTS, (tuple,))
    for place, part in enumerate(parts):
        if not isinstance(part, StylePart):
            raise RecipeError(f"parts[{place}]", "should be a StylePart")
    if not mixable([part.weight for part in parts]):
        raise RecipeError("parts", "should have weights whose sum is clearly above 0")


def _check_count(field: str, values: Any, least: int, most: int, kinds: tuple[type, ...]) -> None:
    is_one = isinstance(values, kinds)
    if not is_one:
        raise RecipeError(field, f"should be a {kinds[-1].__name__}, not {quoted(values)}")
    if not least <= len(values) <= most:
        wanted = f"{least} to {most}" if least else f"at most {most}"
        raise RecipeError(field, f"should be {wanted} {_COUNTED[field]}, not {len(values)}")


def _decoded(text: Any, field: str, longest: int) -> bytes:
    if not isinstance(text, str) or len(text) > longest:
        raise RecipeError(field, f"should be a text of at most {longest} letters")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RecipeError(field, "should be a file in base64") from error


def _checked_box(box: Any) -> tuple[float, float, float, float]:
    share = Bounds(float, 0, 1)
    if not isinstance(box, (tuple, list)) or len(box) != 4:
        raise RecipeError("box", "should be x, y, width and height, from 0 to 1")
    x, y, width, height = (share.checked(value, "box") for value in box)
    if not width or not height or max(x + width, y + height) > 1 + 1e-6:
        raise RecipeError("box", "should be inside the photo, and not empty")
    return x, y, width, height


def _checked_colours(colours: Any) -> tuple[str, ...]:
    _check_count("colours", colours, 0, MAX_COLOURS, (tuple, list))
    for colour in colours:
        if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
            raise RecipeError("colours", f"should be like #aa3322, not {quoted(colour)}")
    return tuple(colour.lower() for colour in colours)


def _read(kind: type, content: Any, path: str) -> Any:
    """A dataclass from JSON; `path` leads to it, for errors."""
    if not isinstance(content, Mapping):
        raise RecipeError(path or "recipe", "should be a JSON object")
    known = {item.name: item for item in fields(kind)}
    values: dict[str, Any] = {}
    for name, value in content.items():
        here = f"{path}.{name}" if path else str(name)
        if name not in known:
            raise RecipeError(quoted(here)[1:-1], f"is no field; they are {', '.join(known)}")
        if name in _ITEMS:
            if not isinstance(value, (list, tuple)):
                raise RecipeError(here, "should be a list")
            items = enumerate(value)
            value = tuple(_read(_ITEMS[name], item, f"{here}[{i}]") for i, item in items)
        values[name] = value
    for name, item in known.items():
        if item.default is MISSING and name not in values:
            raise RecipeError(f"{path}.{name}" if path else name, "is missing")
    try:
        return kind(**values)
    except RecipeError as error:
        if not path:
            raise
        raise RecipeError(f"{path}.{error.field}", error.problem) from error


_ITEMS: Mapping[str, type] = {"parts": StylePart, "regions": Region}
