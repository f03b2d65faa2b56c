"""What the documentation shows is what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stylemamba import Recipe
from stylemamba.portable.recipe_fields import numbers_of

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("#"):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_the_recipe_of_the_docs_is_one() -> None:
    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    recipe, _ = Recipe.from_json(shown)
    assert len(recipe.parts) == 2 and len(recipe.regions) == 1
    assert {item.name for item in numbers_of(Recipe)} < json.loads(shown).keys()
