"""Stylises a photo from a prompt with onnxruntime; written by `stylemamba export`.

    pip install numpy pillow onnxruntime tokenizers
    python stylize.py photo.jpg "ukiyo-e woodblock print" -o out.png

The models lie beside this file: tokenizer.json and text.onnx read the prompt, bank.npz turns it
into a style, stylize.onnx paints it, and segmenter.onnx finds people, whose marks are finer; what
goes on around these is in portable/. To use them from your own program, with their folder on
sys.path:

    from portable.recipe import Recipe

    models = Models("folder of the export")
    recipe = Recipe.of("ukiyo-e woodblock print", seed=3)
    picture = models.stylize(photo, models.style(recipe, photo), recipe)  # Pillow pictures
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from portable import pyramid  # type: ignore[import-not-found]
from portable.brushwork import (  # type: ignore[import-not-found]
    amounts,
    brushwork,
    needs_people,
)
from portable.learnt import Learnt  # type: ignore[import-not-found]
from portable.palette import with_palette  # type: ignore[import-not-found]
from portable.recipe import Recipe  # type: ignore[import-not-found]
from portable.recipe_fields import RecipeError, numbers_of  # type: ignore[import-not-found]
from portable.recolour import in_colours  # type: ignore[import-not-found]
from portable.retrieval import Bank, cleaned  # type: ignore[import-not-found]
from portable.segments import WordMaps  # type: ignore[import-not-found]
from portable.stroke_fields import stroke_fields  # type: ignore[import-not-found]
from portable.style import Style  # type: ignore[import-not-found]
from tokenizers import Tokenizer

Array = np.ndarray[Any, Any]

NOT_HERE = ("steps", "guidance")  # a fit needs PyTorch


class Models:
    """The models of a folder.

    Args:
        folder: What `stylemamba export` wrote.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        self.text = _session(self.folder / "text.onnx")
        self.one_pass = _session(self.folder / "stylize.onnx")
        self.factor = int(self.one_pass.get_modelmeta().custom_metadata_map["factor"])
        self.bank = Bank.load(self.folder / "bank.npz")

    @cached_property
    def segmenter(self) -> WordMaps:
        """Finds people; loaded when it is first needed."""
        session = _session(self.folder / "segmenter.onnx")
        known = session.get_modelmeta().custom_metadata_map
        words, calibration = (json.loads(known[name]) for name in ("words", "calibration"))

        def likelihoods(images: Array) -> Array:
            return np.asarray(session.run(["likelihoods"], {"images": images})[0])

        return WordMaps(words, np.array(calibration), likelihoods)

    def style(self, recipe: Recipe, photo: Image.Image | None = None) -> Style:
        """What the parts of a recipe ask for, mixed by their weights.

        Args:
            recipe: Its parts, looks and seed.
            photo: That the look is to suit; None for no matter.

        Raises:
            RecipeError: It has regions, or steps of a fit, which need PyTorch.
        """
        for field in ("regions", "steps"):
            if getattr(recipe, field):
                raise RecipeError(field, "need stylemamba itself: this is one pass")
        content = None if photo is None else _content(photo, recipe)
        styles = []
        for part in recipe.parts:
            look = recipe.look_of(part)
            if part.learnt is not None:
                learnt = Learnt.from_text(part.learnt)
                styles.append(learnt.style(self.bank.image_head, look, content))
            else:
                styles.append(self.bank.style(cleaned(part.text), self._read, look, content))
        return Style.mix(styles, [part.weight for part in recipe.parts])

    def stylize(self, photo: Image.Image, style: Style, recipe: Recipe) -> Image.Image:
        """One pass over a photo, coarse to fine.

        Args:
            photo: Of any mode and size.
            style: See `style`.
            recipe: Its seed, size, strength, stroke, texture, palette and colours.

        Returns:
            RGB, of the photo's size.
        """
        if not recipe.strength:
            return photo.convert("RGB")
        content = _content(photo, recipe)
        height, width = content.shape[1:]

        def paint(content: Array, share: float) -> Array:
            return self._paint(content, share, style.condition, recipe)

        sizes = pyramid.levels(height, width, pyramid.COARSEST / recipe.stroke)
        picture = pyramid.coarse_to_fine(content, sizes, paint, _resize)
        coloured = with_palette(picture, content, style.paintings, recipe.palette)
        picture = picture + min(1.0, recipe.strength) * (coloured - picture)
        marks = amounts(style.marks, recipe.texture, recipe.strength)
        people = self.segmenter.people(content) if needs_people(marks) else None
        picture = brushwork(picture, content, marks, recipe.seed, recipe.stroke, people)
        if recipe.colours:
            wanted = in_colours(picture, recipe.colours)
            picture = picture + min(1.0, recipe.strength) * (wanted - picture)
        levels = np.rint(picture.clip(0, 1) * 255).astype(np.uint8)
        painted = Image.fromarray(levels.transpose(1, 2, 0))
        return painted.resize(photo.size, Image.Resampling.LANCZOS)

    def _paint(self, content: Array, share: float, condition: Array, recipe: Recipe) -> Array:
        """The graph, from content (3, h, w) in [0, 1] to such, at a share of the strength."""
        height, width = content.shape[1:]
        margin = pyramid.MARGIN
        around = ((0, 0), (margin, margin), (margin, margin))
        padded = np.pad(content, around, mode="edge")
        missing = [(0, 0), *((0, -side % self.factor) for side in padded.shape[1:])]
        strokes = stroke_fields(np.pad(padded, missing, mode="edge"), recipe.seed, self.factor)
        inputs = {
            "photo": padded[None],
            "strokes": np.float32(pyramid.STROKE_GAIN * recipe.texture) * strokes[None],
            "style": condition,
        }

        def painted(strength: float) -> Array:
            amount = np.array(strength, dtype=np.float32)
            (picture,) = self.one_pass.run(["picture"], {**inputs, "strength": amount})
            return np.asarray(picture[0, :, margin : margin + height, margin : margin + width])

        picture = painted(share * recipe.strength)
        if recipe.strength >= 1:
            return picture
        return picture + pyramid.kept_detail(content, painted(0.0), recipe.strength)

    def _read(self, sentences: list[str]) -> tuple[Array, Array]:
        """Sentence embeddings (n, 384) and E_T (n, d) of n sentences."""
        tokens = self.tokenizer.encode_batch(sentences)
        sentence_embeddings, texts = self.text.run(
            ["sentences", "texts"],
            {
                "input_ids": np.array([line.ids for line in tokens], dtype=np.int64),
                "attention_mask": np.array([line.attention_mask for line in tokens], np.int64),
            },
        )
        return sentence_embeddings, texts


def _session(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def _resize(pixels: Array, size: tuple[int, int]) -> Array:
    """(3, h, w) to (3, *size)."""
    if pixels.shape[1:] == size:
        return pixels
    height, width = size
    channels = [
        Image.fromarray(channel).resize((width, height), Image.Resampling.BICUBIC)
        for channel in pixels
    ]
    return np.stack([np.asarray(channel) for channel in channels])


def _content(photo: Image.Image, recipe: Recipe) -> Array:
    """The photo (3, h, w) in [0, 1], at the size at which it is painted."""
    side = recipe.size or min(max(photo.size), pyramid.LARGEST)
    pixels = _resized(photo.convert("RGB"), side)
    return np.asarray(pixels, dtype=np.float32).transpose(2, 0, 1) / 255


def _resized(photo: Image.Image, long_side: int) -> Image.Image:
    """The photo with this longer side."""
    scale = long_side / max(photo.size)
    width, height = (max(1, round(side * scale)) for side in photo.size)
    return photo.resize((width, height), Image.Resampling.LANCZOS)


def read_photo(path: Path) -> Image.Image:
    """The photo upright and in RGB; transparency is laid on white."""
    with Image.open(path) as image:
        photo = ImageOps.exif_transpose(image)
        if photo.has_transparency_data:
            rgba = photo.convert("RGBA")
            photo = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
        return photo.convert("RGB")


def write_picture(picture: Image.Image, path: Path) -> None:
    """Writes under a temporary name and renames, so that the file is complete or not there."""
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        picture.save(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _arguments() -> tuple[Path, Recipe, Path]:
    """The photo, how to paint it, and where to; the options are the numbers of a recipe."""
    parser = argparse.ArgumentParser(description="Stylises a photo from a prompt.")
    parser.add_argument("photo", type=Path)
    parser.add_argument("prompt", help='a style in words, such as "ukiyo-e woodblock print"')
    parser.add_argument("-o", "--output", type=Path, required=True, help="picture to write")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    for item in numbers_of(Recipe):
        if item.name not in NOT_HERE:
            parser.add_argument(
                f"--{item.name}",
                type=_value_of(item),
                default=item.default,
                metavar=item.metadata["metavar"],
                help=f"{item.metadata['help']} [{item.metadata['default_text']}]",
            )
    values = vars(parser.parse_args())
    photo, prompt, output = (values.pop(name) for name in ("photo", "prompt", "output"))
    if output.exists() and not values.pop("overwrite"):
        parser.error(f"{output} is there already: choose another name, or add --overwrite")
    values.pop("overwrite", None)
    try:
        return photo, Recipe.of(prompt, **values), output
    except RecipeError as error:
        name = "the prompt" if error.field in ("text", "prompt") else f"--{error.field}"
        parser.error(f"{name} {error.problem}")


def _value_of(item: Any) -> Callable[[str], Any]:
    """Reads a number of a recipe, or a word that stands for one."""

    def number(text: str) -> Any:
        return item.metadata["bounds"].kind(item.metadata["words"].get(text, text))

    return number


def main() -> None:
    """Runs the command line: exit status 0 done, 1 failed with one line on stderr, 2 usage."""
    path, recipe, output = _arguments()
    try:
        photo = read_photo(path)
        models = Models(Path(__file__).parent)
        style = models.style(recipe, photo)
        if style.remarks:
            print("; ".join(style.remarks), file=sys.stderr)
        if style.coverage < pyramid.LOW_COVERAGE:
            nearest = ", ".join(name for name, _ in style.neighbours[:3])
            print(
                f"far from the styles known here (coverage {style.coverage:.2f}); "
                f"the nearest: {nearest}",
                file=sys.stderr,
            )
        write_picture(models.stylize(photo, style, recipe), output)
    except Exception as error:
        sys.exit(f"stylize.py: {' '.join(str(error).split()) or type(error).__name__}")
    print(output)


if __name__ == "__main__":
    main()
