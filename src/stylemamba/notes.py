"""What there is to say about a picture besides that it is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from stylemamba.portable import pyramid
from stylemamba.portable.pyramid import LOW_COVERAGE
from stylemamba.portable.recipe import Recipe, shown

REMARKS = 3
"""Of how a prompt was understood, at most."""


class Known(Protocol):
    """What is known of a style, as `Style` has it."""

    @property
    def coverage(self) -> float | None:
        """How well the prompt is known."""

    @property
    def neighbours(self) -> Sequence[Sequence[object]]:
        """Known captions, and the cosines to them."""

    @property
    def remarks(self) -> Sequence[str]:
        """How the prompt was understood."""


def shorten(text: str, length: int = 60) -> str:
    """The beginning of a text, for messages."""
    return text if len(text) <= length else f"{text[: length - 3]}..."


def coverage_notes(
    prompts: Iterable[tuple[str, float | None, Sequence[Sequence[object]], Sequence[str]]],
) -> list[str]:
    """What there is to say of how prompts were understood, and how well they are known.

    Args:
        prompts: Prompt, coverage, neighbours, (known caption, cosine), and remarks, as `Style` has
            them; a prompt may come again.
    """
    last = {prompt: (coverage, near, remarks) for prompt, coverage, near, remarks in prompts}
    notes: list[str] = []
    for prompt, (coverage, neighbours, remarks) in last.items():
        warning = coverage_note(prompt, coverage, neighbours)
        if warning:  # says this already
            remarks = [remark for remark in remarks if remark != f'"{prompt}" is not known']
        if remarks:
            said = "; ".join(shorten(remark, 100) for remark in remarks[:REMARKS])
            notes.append(f'"{shorten(prompt)}": {said}')
        notes += [warning] if warning else []
    return notes


def layers_notes(recipe: Recipe, styles: Sequence[Known]) -> list[str]:
    """What there is to say of the prompts of a recipe, those of regions too.

    Args:
        recipe: With its regions.
        styles: Those of the recipe, and of each region.
    """
    of_layers = (recipe.parts, *(region.parts for region in recipe.regions))
    return coverage_notes(
        (shown(parts), style.coverage, style.neighbours, style.remarks)
        for parts, style in zip(of_layers, styles, strict=True)
        if parts
    )


def coverage_note(
    prompt: str, coverage: float | None, neighbours: Sequence[Sequence[object]]
) -> str | None:
    """A warning of a prompt that is far from everything known; None where there is none."""
    if coverage is None or coverage >= LOW_COVERAGE:
        return None
    nearest = ", ".join(str(name) for name, _ in neighbours[:3])
    return (
        f'warning: "{shorten(prompt)}" is far from the styles known here '
        f"(coverage {coverage:.2f}); nearest: {nearest}"
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
    if recipe.tile and long_side > pyramid.LARGEST:
        notes.append(f"tiles are painted at {pyramid.LARGEST} px at most, and this one is enlarged")
    return notes
