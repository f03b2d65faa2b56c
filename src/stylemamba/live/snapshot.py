"""A frame of a show, painted at its own size, in a file that holds its recipe."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from stylemamba.files.images import as_photo, encoded
from stylemamba.video.clip import Picture
from stylemamba.video.places import Places

if TYPE_CHECKING:
    from stylemamba.live.show import View
    from stylemamba.pipeline import StyleMambaPipeline


def photo_file(picture: Picture) -> bytes:
    """A frame (h, w, 3) as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def snapshot(pipe: StyleMambaPipeline, view: View) -> bytes:
    """The frame of a view, painted as a photo of its own: a PNG file with its recipe.

    `stylemamba stylize` makes the same picture of `photo_file` and this recipe.
    """
    picture, recipe = view.taken.whole, view.wish.recipe
    if recipe.regions:
        places = Places(recipe, view.wish.words, pipe.segmenters)
        recipe = places.recipe(places.find(picture, None))
    made = pipe(as_photo(picture), recipe)
    document = made.recipe.to_json(pipe.made_with(photo_file(picture)))
    content, _ = encoded(made.image, "snapshot.png", recipe=document)
    return bytes(content)
