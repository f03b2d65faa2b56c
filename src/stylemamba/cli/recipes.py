"""Recipes that commands are given in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import RecipeError

CHECKED = (64, 64)
"""Size at which the regions of a recipe are drawn to see whether they can be."""


@dataclass(frozen=True)
class Loaded:
    """A recipe from a file.

    Attributes:
        recipe: The recipe.
        made_with: What it was used with.
    """

    recipe: Recipe
    made_with: Mapping[str, Any]

    @classmethod
    def of(cls, path: Path) -> Loaded:
        """From a file of `--save-recipe`, or a result.

        Raises:
            StyleMambaError: It has none, or an impossible one.
        """
        from stylemamba.files.metadata import load_recipe
        from stylemamba.portable.region_maps import region_maps

        text = load_recipe(path)
        try:
            recipe, made_with = Recipe.from_json(text)
            region_maps(recipe, *CHECKED)  # reads the masks
        except RecipeError as error:
            raise StyleMambaError(f"{path}: {error}") from error
        return cls(recipe, made_with)
