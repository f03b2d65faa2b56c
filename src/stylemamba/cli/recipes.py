"""Recipes that commands are given in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import RecipeError

CHECKED = (64, 64)
"""Size at which the regions of a recipe are drawn to see whether they can be."""


def loaded_recipe(path: Path) -> tuple[Recipe, dict[str, Any]]:
    """The recipe of a file, and what it was made with.

    Raises:
        StyleMambaError: There is no such file, or none that can be painted in it.
    """
    from stylemamba.files.metadata import load_recipe
    from stylemamba.portable.region_maps import region_maps

    text = load_recipe(path)
    try:
        recipe, made_with = Recipe.from_json(text)
        region_maps(recipe, *CHECKED)  # reads the masks
    except RecipeError as error:
        raise StyleMambaError(f"{path}: {error}") from error
    return recipe, made_with
