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
from stylemamba.video import NEEDED
from stylemamba.video.formats import is_video_name

PAGE = "page"
"""Of `made_with`: the page, or the frame, of the photo's file, if one was asked for."""
PLACES = "places"
"""Of `made_with`: what a video's regions were looked for by."""
CHECKED = (64, 64)
"""Size at which the regions of a recipe are drawn to see whether they can be."""


@dataclass(frozen=True)
class Loaded:
    """A recipe from a file.

    Attributes:
        recipe: The recipe.
        made_with: What it was used with.
        place: The file: a path, or a URI.
    """

    recipe: Recipe
    made_with: Mapping[str, Any]
    place: str

    @classmethod
    def of(cls, path: Path) -> Loaded:
        """From a file of `--save-recipe`, or a result; it may be a video.

        Raises:
            StyleMambaError: It has none, or an impossible one.
        """
        from stylemamba.files.metadata import load_recipe

        text = _of_video(path) if is_video_name(path) else load_recipe(path)
        return cls._parsed(text, str(path))

    @classmethod
    def of_bytes(cls, content: bytes, place: str) -> Loaded:
        """From the content of such a file, but of no video; `place` is its path or URI.

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
        return cls(recipe, made_with, place)

    def page_of(self, content: bytes) -> int | None:
        """The page of a photo that the recipe was used with; None of any other photo.

        Args:
            content: Of the photo's file.
        """
        from stylemamba.files.metadata import photo_mark

        page = self.made_with.get(PAGE)
        if not isinstance(page, str) or not page.isdecimal() or not int(page[:9]) > 0:
            return None
        return int(page[:9]) if self.made_with.get("photo") == photo_mark(content) else None

    @property
    def words(self) -> tuple[str | None, ...]:
        """What a video's regions were looked for by, for each; None where one stays."""
        words = self.made_with.get(PLACES)
        count = len(self.recipe.regions)
        if not isinstance(words, list) or len(words) != count:
            return (None,) * count
        return tuple(word if isinstance(word, str) else None for word in words)


def _of_video(path: Path) -> str:
    try:
        from stylemamba.video.muxing import read_comment
    except ImportError as error:
        raise StyleMambaError(NEEDED) from error
    text = read_comment(path)
    if text is None or not text.lstrip().startswith("{"):
        raise StyleMambaError(f"{path}: holds no recipe; give a video of `stylemamba video`")
    return text
