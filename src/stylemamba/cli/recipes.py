"""Recipes that commands are given in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError
from stylemamba.files.places import as_path
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import RecipeError

CHECKED = (64, 64)
"""Size at which the regions of a recipe are drawn to see whether they can be."""


@dataclass(frozen=True)
class Loaded:
    """A recipe from a file.

    Attributes:
        place: The file.
        recipe: The recipe.
        made_with: What it was used with.
    """

    place: str
    recipe: Recipe
    made_with: Mapping[str, Any]

    @classmethod
    def of(cls, path: Path) -> Loaded:
        """From a file of `--save-recipe`, or a result.

        Raises:
            StyleMambaError: It has none, or an impossible one.
        """
        from stylemamba.files.metadata import load_recipe

        return cls._parsed(load_recipe(path), str(path))

    @classmethod
    def of_bytes(cls, content: bytes, place: str) -> Loaded:
        """From the content of such a file; `place` is its path or URI.

        Raises:
            StyleMambaError: It has none, or an impossible one.
        """
        from stylemamba.files.metadata import load_recipe_bytes

        return cls._parsed(load_recipe_bytes(content, as_path(place)), place)

    @classmethod
    def _parsed(cls, text: str, place: str) -> Loaded:
        from stylemamba.portable.region_maps import region_maps

        try:
            recipe, made_with = Recipe.from_json(text)
            region_maps(recipe, *CHECKED)  # reads the masks
        except RecipeError as error:
            raise StyleMambaError(f"{place}: {error}") from error
        return cls(place, recipe, made_with)
