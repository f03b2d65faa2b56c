"""Videos: frames in, painted frames out, that hold together in time.

Needs PyAV and OpenCV, `pip install 'stylemamba[video]'`; only the modules of this package import
them.
"""

from __future__ import annotations

import importlib.util

from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import Bounds, RecipeError

NEEDED = "videos need more packages: pip install 'stylemamba[video]'"
EVERY = Bounds(int, 1, 48)
"""One of how many frames is painted, at least where something is new."""
USUAL_EVERY = 4


def is_installed() -> bool:
    """Whether the packages for videos are there."""
    return all(importlib.util.find_spec(name) is not None for name in ("av", "cv2"))


def check_recipe(recipe: Recipe) -> None:
    """Makes sure that a recipe is one for videos.

    Raises:
        RecipeError: It asks for what is done to single pictures only.
    """
    if recipe.tile:
        raise RecipeError("tile", "is for pictures, not for videos")
    if recipe.steps:
        raise RecipeError("steps", "fit one photo: videos are painted in one pass, with 0")
