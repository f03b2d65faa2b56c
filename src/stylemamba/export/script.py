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
    picture = models.stylize(photo, models.styles(recipe, photo), recipe)  # Pillow pictures
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from PIL import Image, ImageOps
from portable import pyramid  # type: ignore[import-not-found]
from portable.finer import finer, goes_beyond  # type: ignore[import-not-found]
from portable.layered import Layered, strengths_of  # type: ignore[import-not-found]
from portable.learnt import Learnt  # type: ignore[import-not-found]
from portable.recipe import (  # type: ignore[import-not-found]
    Recipe,
    StylePart,
    parts_of_prompt,
    shown,
)
from portable.recipe_fields import (  # type: ignore[import-not-found]
    RecipeError,
    flags_of,
    help_of,
    numbers_of,
)
from portable.region_maps import region_maps, rest_of  # type: ignore[import-not-found]
from portable.retrieval import Bank, cleaned  # type: ignore[import-not-found]
from portable.segments import WordMaps  # type: ignore[import-not-found]
from portable.stroke_fields import stroke_fields  # type: ignore[import-not-found]
from portable.style import Style  # type: ignore[import-not-found]
from portable.tiling import painted_tile, wrapped  # type: ignore[import-not-found]
from portable.workers import cores, workers  # type: ignore[import-not-found]
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
        shapes = {item.name: item.shape for item in self.one_pass.get_inputs()}
        self.channels = int(shapes["bent"][1])
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

    def styles(self, recipe: Recipe, photo: Image.Image | None = None) -> list[Style]:
        """What a recipe asks for: the style of the whole, then those of its regions.

        Args:
            recipe: Its parts and regions, looks and seed; where it has no parts of its own, the
                first region's stand for them.
            photo: That the looks are to suit; None for no matter.

        Raises:
            RecipeError: It has steps of a fit, which needs PyTorch.
        """
        if recipe.steps:
            raise RecipeError("steps", "need stylemamba itself: this is one pass")
        content = None if photo is None else _content(photo, recipe)
        own = [self._mixed(region.parts, recipe, content) for region in recipe.regions]
        base = own[0] if recipe.keeps_rest else self._mixed(recipe.parts, recipe, content)
        return [base, *own]

    def _mixed(self, parts: tuple[StylePart, ...], recipe: Recipe, content: Array | None) -> Style:
        styles = []
        for part in parts:
            look = recipe.look_of(part)
            if part.learnt is not None:
                learnt = Learnt.from_text(part.learnt)
                styles.append(learnt.style(self.bank.image_head, look, content))
            else:
                styles.append(self.bank.style(cleaned(part.text), self._read, look, content))
        return Style.mix(styles, [part.weight for part in parts])

    def stylize(self, photo: Image.Image, styles: Sequence[Style], recipe: Recipe) -> Image.Image:
        """One pass over a photo, coarse to fine.

        Args:
            photo: Of any mode and size.
            styles: See `styles`.
            recipe: Its regions, seed, size, strength, stroke, texture, palette, colours and
                tile.

        Returns:
            RGB, of the photo's size.
        """
        with workers(cores()):
            return self._stylized(photo.convert("RGB"), styles, recipe)

    def _stylized(self, photo: Image.Image, styles: Sequence[Style], recipe: Recipe) -> Image.Image:
        if recipe.tile:
            tile = painted_tile(_content(photo, recipe), recipe, partial(self._picture, styles))
            return _tile_at(tile, photo.size)
        if not recipe.strength:
            return photo
        picture = self._picture(styles, _content(photo, recipe), recipe)
        if goes_beyond(recipe, max(photo.size)):
            large = photo if recipe.size is None else _resized(photo, recipe.size)
            painted = Image.fromarray(finer(picture, np.asarray(large), cores()))
        else:
            painted = _to_pillow(picture)
        painted = painted.resize(photo.size, Image.Resampling.LANCZOS)
        if recipe.keeps_rest:
            painted = Image.composite(photo, painted, rest_of(recipe, photo.size))
        return painted

    def _picture(self, styles: Sequence[Style], content: Array, recipe: Recipe) -> Array:
        """The picture (3, h, w) of a photo (3, h, w), both in [0, 1]."""
        height, width = content.shape[1:]
        maps = region_maps(recipe, height, width)

        def layers(shape: tuple[int, int]) -> Layered:
            return Layered(styles, strengths_of(recipe), _maps_at(maps, shape))

        def paint(content: Array, share: float) -> Array:
            return self._paint(content, share, layers(content.shape[1:]), recipe)

        sizes = pyramid.levels(height, width, pyramid.COARSEST / recipe.stroke)
        picture = pyramid.coarse_to_fine(content, sizes, paint, _resize)
        return layers((height, width)).finished(
            picture, content, recipe, lambda photo: self.segmenter.people(photo)
        )

    def _paint(self, content: Array, share: float, layers: Layered, recipe: Recipe) -> Array:
        """From content (3, h, w) in [0, 1] to such, at a share of the strength.

        Each style bends the latent in its places, after those before it; the last one's run paints.
        """
        whole = np.ones((1, *content.shape[1:]), dtype=np.float32)
        padded = _with_margin(content)
        strokes = stroke_fields(self._whole_cells(padded), recipe.seed, self.factor)
        places = self._at_latents(whole if layers.maps is None else layers.maps)
        strength = recipe.strength * layers.strength * whole
        inputs = {
            "photo": padded[None],
            "strokes": np.float32(pyramid.STROKE_GAIN * recipe.texture) * strokes[None],
            "strength": self._at_latents(share * strength)[None],
            "bent": np.zeros((1, self.channels, *places.shape[1:]), dtype=np.float32),
        }
        for place, style in enumerate(layers.styles):
            inputs |= {"style": style.condition, "weights": places[place][None, None]}
            if place < len(places) - 1:
                inputs["bent"] = self._run("bent_further", inputs)
        picture = _without_margin(self._run("picture", inputs))
        if strength.min() >= 1:
            return picture
        inputs["strength"] = np.zeros_like(inputs["strength"])
        reconstruction = _without_margin(self._run("picture", inputs))
        return picture + pyramid.kept_detail(content, reconstruction, strength.clip(max=1))

    def _run(self, output: str, inputs: dict[str, Array]) -> Array:
        """One of the outputs of the one pass's graph, and nothing that it does not need."""
        options = onnxruntime.RunOptions()
        options.only_execute_path_to_fetches = True
        (found,) = self.one_pass.run([output], inputs, options)
        return np.asarray(found)

    def _whole_cells(self, maps: Array) -> Array:
        """Maps (n, h, w) with their edge repeated up to whole pixels of the latent."""
        missing = [(0, 0), *((0, -side % self.factor) for side in maps.shape[1:])]
        return np.pad(maps, missing, mode="edge")

    def _at_latents(self, maps: Array) -> Array:
        """Maps (n, h, w) at the size of the latent of a photo with its margin."""
        cells = self._whole_cells(_with_margin(maps))
        height, width = (side // self.factor for side in cells.shape[1:])
        return cells.reshape(len(maps), height, self.factor, width, self.factor).mean((2, 4))

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


def _to_pillow(picture: Array) -> Image.Image:
    """(3, h, w) in about [0, 1]."""
    levels = np.rint(picture.clip(0, 1) * 255).astype(np.uint8)
    return Image.fromarray(levels.transpose(1, 2, 0))


def _tile_at(tile: Array, size: tuple[int, int]) -> Image.Image:
    """A seamless tile (3, h, w) at a size (width, height)."""
    height, width = tile.shape[1:]
    margin = 3 * math.ceil(max(1, width / size[0], height / size[1]))  # Lanczos reaches so far
    inside = (margin, margin, margin + width, margin + height)
    around = _to_pillow(wrapped(tile, margin))
    return around.resize(size, Image.Resampling.LANCZOS, box=inside)


def _resize(
    pixels: Array, size: tuple[int, int], by: Image.Resampling = Image.Resampling.BICUBIC
) -> Array:
    """(n, h, w) to (n, *size)."""
    if pixels.shape[1:] == size:
        return pixels
    height, width = size
    channels = [Image.fromarray(channel).resize((width, height), by) for channel in pixels]
    return np.stack([np.asarray(channel) for channel in channels])


def _maps_at(maps: Array | None, size: tuple[int, int]) -> Array | None:
    """Weights (n, h, w) as (n, *size), with a sum of one at every place."""
    if maps is None or maps.shape[1:] == size:
        return maps
    scaled = _resize(maps, size, Image.Resampling.BILINEAR)
    return scaled / scaled.sum(0)


def _with_margin(maps: Array) -> Array:
    """Maps (n, h, w) with `pyramid.MARGIN` pixels around that repeat their edge."""
    return np.pad(maps, ((0, 0), *((pyramid.MARGIN, pyramid.MARGIN),) * 2), mode="edge")


def _without_margin(pictures: Array) -> Array:
    """The picture (3, h, w) in (1, 3, h + 2 m, w + 2 m)."""
    inner = slice(pyramid.MARGIN, -pyramid.MARGIN)
    return pictures[0, :, inner, inner]


def _content(photo: Image.Image, recipe: Recipe) -> Array:
    """The photo (3, h, w) in [0, 1], at the size at which it is painted."""
    side = min(recipe.size or max(photo.size), pyramid.LARGEST)
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
    """The photo, how to paint it, and where to; the options are fields of a recipe."""
    parser = argparse.ArgumentParser(description="Stylises a photo from a prompt.")
    parser.add_argument("photo", type=Path)
    parser.add_argument(
        "prompt", nargs="?", help='a style in words, such as "ukiyo-e woodblock print"'
    )
    parser.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="how to paint, with regions and all, as JSON that `stylemamba stylize` saved; options "
        "and a prompt replace what it says",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="picture to write")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    for item in numbers_of(Recipe):
        if item.name not in NOT_HERE:
            parser.add_argument(
                f"--{item.name}",
                type=_value_of(item),
                default=argparse.SUPPRESS,
                metavar=item.metadata["metavar"],
                help=f"{help_of(item)} [{item.metadata['default_text']}]",
            )
    for item in flags_of(Recipe):
        parser.add_argument(
            f"--{item.name}",
            action=argparse.BooleanOptionalAction,
            default=argparse.SUPPRESS,
            help=item.metadata["help"],
        )
    values = vars(parser.parse_args())
    photo, prompt, path, output, overwrite = (
        values.pop(name) for name in ("photo", "prompt", "recipe", "output", "overwrite")
    )
    if output.exists() and not overwrite:
        parser.error(f"{output} is there already: choose another name, or add --overwrite")
    if prompt is None and path is None:
        parser.error("give a prompt, or --recipe FILE")
    try:
        if path is None:
            return photo, Recipe.of(prompt, **values), output
        if prompt is not None:
            values["parts"] = parts_of_prompt(prompt)
        return photo, replace(Recipe.from_json(path.read_bytes())[0], **values), output
    except OSError as error:
        parser.error(f"{path}: {error.strerror}")
    except RecipeError as error:
        if path is not None:
            parser.error(f"{path}: {error}")
        name = "the prompt" if error.field in ("text", "prompt") else f"--{error.field}"
        parser.error(f"{name} {error.problem}")


def _value_of(item: Any) -> Callable[[str], Any]:
    """Reads a number of a recipe, or a word that stands for one."""

    def number(text: str) -> Any:
        return item.metadata["bounds"].kind(item.metadata["words"].get(text, text))

    return number


def _notes(recipe: Recipe, styles: Sequence[Style]) -> list[str]:
    """How the prompts were understood, and which of them are not known."""
    notes: list[str] = []
    of_styles = (recipe.parts, *(region.parts for region in recipe.regions))
    for parts, style in zip(of_styles, styles, strict=True):
        if not parts:
            continue
        notes += style.remarks
        if style.coverage < pyramid.LOW_COVERAGE:
            nearest = ", ".join(name for name, _ in style.neighbours[:3])
            notes.append(
                f'"{shown(parts)}" is far from the styles known here '
                f"(coverage {style.coverage:.2f}); the nearest: {nearest}"
            )
    return list(dict.fromkeys(notes))


def main() -> None:
    """Runs the command line: exit status 0 done, 1 failed with one line on stderr, 2 usage."""
    path, recipe, output = _arguments()
    try:
        photo = read_photo(path)
        models = Models(Path(__file__).parent)
        styles = models.styles(recipe, photo)
        for note in _notes(recipe, styles):
            print(note, file=sys.stderr)
        write_picture(models.stylize(photo, styles, recipe), output)
    except Exception as error:
        sys.exit(f"stylize.py: {' '.join(str(error).split()) or type(error).__name__}")
    print(output)


if __name__ == "__main__":
    main()
