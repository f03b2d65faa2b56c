"""What `sheet` and `evaluate` keep of the pictures that they paint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stylemamba.notes import coverage_note


def coverage_warnings(painted: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """One warning for each prompt that is far from everything known.

    Args:
        painted: Of each picture its prompt, and what `store.painting_record` says.
    """
    records = dict(painted)
    warnings = (
        coverage_note(prompt, record["coverage"], record["neighbours"])
        for prompt, record in records.items()
    )
    return [warning for warning in warnings if warning]
