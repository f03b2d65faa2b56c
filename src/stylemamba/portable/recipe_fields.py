"""Fields of recipes: what they may be, what they are for, and what they are if nobody says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from numbers import Real
from typing import Any

_PLAIN = {None: "nothing", True: "true", False: "false"}
LEAST_BALANCE = 0.05
"""Sum of weights, as a share of the sum of their sizes, from which they can be mixed."""


class RecipeError(ValueError):
    """A value of a recipe is not possible.

    Attributes:
        field: Of the recipe, as a path: `strength`, `regions[0].box`.
        problem: What is wrong, in words that fit behind the field's name.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field, self.problem = field, problem


@dataclass(frozen=True)
class Bounds:
    """What a number may be.

    Attributes:
        kind: int or float.
        low: Least value.
        high: Greatest value; None for no bound.
        optional: None is allowed, too.
    """

    kind: type[int] | type[float]
    low: float
    high: float | None = None
    optional: bool = False

    def __str__(self) -> str:
        if self.high is None:
            return f"at least {self.low:g}"
        return f"from {self.low:g} to {self.high:.10g}"

    def checked(self, value: Any, name: str) -> Any:
        """The value, ints as floats where floats are asked for.

        Raises:
            RecipeError: It is of another type, not finite, or out of bounds.
        """
        if value is None and self.optional:
            return None
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if not is_number or not _is_finite(value) or (self.kind is int and value != int(value)):
            what = "a whole number" if self.kind is int else "a number"
            raise RecipeError(name, f"should be {what}, {self}, not {quoted(value)}")
        if value < self.low or (self.high is not None and value > self.high):
            raise RecipeError(name, f"should be {self}, not {quoted(value)}")
        return self.kind(value)


def number(
    default: float | None,
    bounds: Bounds,
    help: str,
    *,
    metavar: str = "X",
    default_text: str | None = None,
    example: str | None = None,
    words: Mapping[str, float] | None = None,
) -> Any:
    """A numeric field of a recipe.

    Args:
        default: What it is unless said otherwise.
        bounds: What it may be.
        help: A sentence for users.
        metavar: A letter or word for its value.
        default_text: The default in words, where it depends on other things.
        example: A value that people may want, for `help_of`.
        words: That people may say for some of the values.
    """
    metadata = {
        "bounds": bounds,
        "help": help,
        "metavar": metavar,
        "default_text": f"{default:g}" if default_text is None else default_text,
        "example": example,
        "words": words or {},
    }
    return field(default=default, metadata=metadata)


def help_of(item: Field[Any]) -> str:
    """The help of the option for a field, with an example where it has one."""
    text: str = item.metadata["help"]
    example = item.metadata.get("example")
    return text if example is None else f"{text} --{item.name} {example}"


def flag(help: str) -> Any:
    """A field of a recipe that is true or false; false unless said otherwise.

    Args:
        help: A sentence for users.
    """
    return field(default=False, metadata={"flag": True, "help": help})


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def mixable(weights: Sequence[float]) -> bool:
    """Whether weights can be brought to a sum of one: nearly opposite ones would become huge."""
    if not weights or not all(math.isfinite(weight) for weight in weights):
        return False
    sizes = math.fsum(abs(weight) for weight in weights)
    return sizes > 1e-6 and math.fsum(weights) >= LEAST_BALANCE * sizes


def numbers_of(kind: type) -> Iterator[Field[Any]]:
    """The numeric fields of `Recipe`, `StylePart` or `Region`.

    Their metadata has `bounds`, `help`, `metavar`, `default_text` and `words`.
    """
    return (item for item in fields(kind) if "bounds" in item.metadata)


def flags_of(kind: type) -> Iterator[Field[Any]]:
    """The fields of `Recipe` that are true or false; their metadata has `help`."""
    return (item for item in fields(kind) if "flag" in item.metadata)


def check_flags(owner: Any) -> None:
    """Checks the fields of a dataclass that should be true or false.

    Raises:
        RecipeError: One is neither.
    """
    for item in flags_of(type(owner)):
        value = getattr(owner, item.name)
        if not isinstance(value, bool):
            raise RecipeError(item.name, f"should be true or false, not {quoted(value)}")


def check_numbers(owner: Any) -> None:
    """Checks the numeric fields of a frozen dataclass, and stores them in their own types.

    Raises:
        RecipeError: One is not possible.
    """
    for item in numbers_of(type(owner)):
        value = item.metadata["bounds"].checked(getattr(owner, item.name), item.name)
        object.__setattr__(owner, item.name, value)


def quoted(value: Any) -> str:
    """A value as an error message may quote it, in words that are those of JSON, too."""
    text = _PLAIN.get(value, "") if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
