"""What there is to say about a picture besides that it is done."""

from __future__ import annotations

from collections.abc import Sequence

from stylemamba.portable.pyramid import LARGEST, LOW_COVERAGE
from stylemamba.portable.recipe import Recipe

SHOWN = 60


def coverage_note(
    prompt: str, coverage: float | None, neighbours: Sequence[Sequence[object]]
) -> str | None:
    """A warning of a prompt that is far from everything known; None where there is none."""
    if coverage is None or coverage >= LOW_COVERAGE:
        return None
    nearest = ", ".join(str(name) for name, _ in neighbours[:3])
    shown = prompt if len(prompt) <= SHOWN else f"{prompt[: SHOWN - 3]}..."
    return (
        f'warning: "{shown}" is far from the styles known here (coverage {coverage:.2f}); '
        f"nearest: {nearest}"
    )


def recipe_notes(recipe: Recipe, long_side: int) -> list[str]:
    """What of a recipe has no effect, or less than one may think.

    Args:
        recipe: With its steps.
        long_side: Of the photo in pixels.
    """
    notes = []
    if recipe.guidance != 1 and not recipe.steps:
        notes.append("guidance is for fits: one pass does not follow it")
    if recipe.size is None and long_side > LARGEST:
        notes.append(f"painted at {LARGEST} px and enlarged; ask for a larger size to have more")
    return notes
