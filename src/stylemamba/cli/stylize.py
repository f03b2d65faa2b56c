"""`stylemamba stylize`: one photo, one recipe."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.messages import say, to_json
from stylemamba.cli.options import (
    FILE,
    OVERWRITE,
    PaintSettings,
    check_prompt,
    paint_options,
    read_protect,
    read_regions,
    read_weighted,
    refuse_overwriting,
)
from stylemamba.cli.progress import fit_progress
from stylemamba.cli.recipes import loaded_recipe
from stylemamba.errors import StyleMambaError
from stylemamba.portable.recipe import Recipe, Region, StylePart, parts_of_prompt

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba.files.images import Photo
    from stylemamba.output import StyleMambaOutput
    from stylemamba.painting.region_specs import RegionSpec
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.segmentation import Finder, Found


@click.command(short_help="Paint a photo in the style of a prompt.")
@click.argument("photo", type=FILE)
@click.argument("prompt", callback=check_prompt, required=False)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="The result: .png, .jpg, .webp or .tif, or a folder for it. -o out/  [default: "
    "PHOTO-PROMPT.png in this folder]",
)
@click.option(
    "--style-image",
    "style_images",
    multiple=True,
    callback=read_weighted,
    metavar="FILE[::W]",
    help="A picture to take the style of, and its share beside PROMPT's styles; several times. "
    "--style-image quilt.jpg::2",
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    callback=read_regions,
    metavar="PLACE=PROMPT[@S]",
    help="A style for a part of the photo, and how far to go there; several times. PLACE is "
    "subject, background, person, face or sky, as far as they are found, or with --segmenter any "
    "other word; left, right, top, bottom "
    "or centre; a box x,y,w,h in pixels or percent; a polygon 'x,y x,y x,y'; or a mask file, white "
    'or opaque where it counts. --region sky="starry night"@0.8',
)
@click.option(
    "--segmenter",
    metavar="hub|DIR|NAME",
    help="What finds other words of --region, such as a dog: hub for CLIPSeg from the Hugging Face "
    "hub, or a folder or hub name of one. --segmenter hub",
)
@click.option(
    "--keep-rest",
    is_flag=True,
    help="In place of a PROMPT: leave what is outside all regions. --keep-rest --region "
    "background=watercolour",
)
@click.option(
    "--protect",
    callback=read_protect,
    metavar="faces[=X]",
    help="How much faces keep of the photo, from 0 to 1; 0.6 without a number. --protect faces=0.8",
)
@click.option(
    "--strength-map",
    type=FILE,
    metavar="FILE",
    help="A picture that says how far to go where, from black (the photo stays) to white (all of "
    "--strength). --strength-map vignette.png",
)
@click.option(
    "--show-regions",
    type=FILE,
    metavar="FILE",
    help="Write the photo with its regions marked. --show-regions shown.png",
)
@click.option(
    "--recipe",
    "recipe_file",
    type=FILE,
    metavar="FILE",
    help="Paint by a recipe: a file of --save-recipe, or a result, which holds its own. Other "
    "options and a PROMPT replace what it says. --recipe out.png",
)
@click.option(
    "--save-recipe",
    type=FILE,
    metavar="FILE",
    help="Write the recipe of the result as JSON. --save-recipe woodblock.json",
)
@click.option("--no-metadata", is_flag=True, help="Leave the recipe out of the result.")
@OVERWRITE
@paint_options
@click.option(
    "--trace",
    type=FILE,
    metavar="FILE",
    help="Write the losses of a fit as JSON. --trace losses.json",
)
@click.option("--json", "as_json", is_flag=True, help="Print a summary as one JSON object.")
@click.option("--quiet", is_flag=True, help="Print errors and the JSON summary only.")
def stylize(
    photo: Path,
    prompt: str | None,
    output: str | None,
    style_images: tuple[tuple[Path, float], ...],
    regions: tuple[RegionSpec, ...],
    segmenter: str | None,
    keep_rest: bool,
    protect: float,
    strength_map: Path | None,
    show_regions: Path | None,
    recipe_file: Path | None,
    save_recipe: Path | None,
    no_metadata: bool,
    overwrite: bool,
    trace: Path | None,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Paint PHOTO in the style that PROMPT describes.

    The result has the size of the photo. One pass takes about a second; --steps fits the picture
    further, and then Ctrl-C writes the best one so far and ends with exit status 130.

    A result holds its recipe, and replaces an earlier one of the same recipe only, unless told to
    --overwrite.

    \b
    stylemamba stylize cat.jpg "ukiyo-e woodblock print" -o out.png
    stylemamba stylize cat.jpg "pencil sketch" --steps 80 --json
    stylemamba stylize cat.jpg "cubism::2 neon light::1"
    stylemamba stylize dog.jpg --recipe out.png --seed 3
    """
    from stylemamba.files.images import check_output, keeps_alpha, read_image, write_image
    from stylemamba.runtime.allocator import keep_freed_memory
    from stylemamba.segmentation import Segmenters

    settings = PaintSettings.of(options)
    _check_usage(prompt, style_images, regions, segmenter, keep_rest, strength_map, recipe_file)
    source = read_image(photo)
    styles = parts_of_prompt(prompt) if prompt is not None else ()
    styles += tuple(StylePart(path.stem, weight) for path, weight in style_images)
    segmenters = Segmenters(segmenter)
    found = tuple(spec.region(source, segmenters) for spec in regions)
    faces = _faces(segmenters, source, protect)
    asked = _Asked(settings, source, recipe_file, found, keep_rest, strength_map, faces, protect)
    recipe, made_with = asked.recipe(styles)
    pictures = [read_image(path).rgb for path, _ in style_images]
    inputs = (photo, *(path for path, _ in style_images))
    target = _checked_target(inputs, source, output, recipe)
    extras = {"--trace": trace, "--save-recipe": save_recipe, "--show-regions": show_regions}
    _check_extras(extras, (*inputs, target))
    if show_regions is not None:
        check_output(show_regions, source.rgb.size)
    keep_freed_memory()
    with fit_progress(quiet) as progress:
        pipe = settings.load_pipeline(segmenters)
        if pictures:
            recipe, _ = asked.recipe(_with_pictures(styles, pipe, pictures))
        recipe = pipe.resolved(recipe)
        made = pipe.made_with(photo.read_bytes())
        document = recipe.to_json(made)
        if not overwrite:
            _refuse_foreign(target, document, extras)
        progress.start(recipe.prompt, 0, 1)
        result = pipe(source, recipe, on_progress=progress.step)
    notes = [*source.notes, *result.notes]
    notes += write_image(result.image, target, source.alpha, None if no_metadata else document)
    if source.alpha is not None and not keeps_alpha(target):
        notes.append("JPEG has no transparency: laid on white")
    weights = made_with.get("weights")
    if weights is not None and weights != pipe.digest:
        notes.append("the recipe was made with other models: the picture differs")
    other = made_with.get("photo", made["photo"]) != made["photo"]
    if other and recipe.regions and not regions:
        notes.append(
            "the regions are where they were in the photo of the recipe; --region looks anew"
        )
    if result.interrupted:
        notes.append(f"interrupted after {result.steps} steps")
    if trace is not None:
        _write_text(trace, to_json(result.trace, indent=1))
    if show_regions is not None:
        write_image(_marked(source, recipe), show_regions)
    if save_recipe is not None:
        _write_text(save_recipe, recipe.to_json(made, indent=1) + "\n")
    _report(target, result, notes, pipe, as_json, quiet)
    return 130 if result.interrupted else 0


def _check_usage(
    prompt: str | None,
    style_images: Sequence[tuple[Path, float]],
    regions: Sequence[RegionSpec],
    segmenter: str | None,
    keep_rest: bool,
    strength_map: Path | None,
    recipe_file: Path | None,
) -> None:
    styled = prompt is not None or bool(style_images)
    if strength_map is not None and not styled:
        raise click.UsageError("--strength-map needs a PROMPT, or another style.")
    if segmenter is not None and not regions:
        raise click.UsageError("--segmenter finds what words of a --region name: give one.")
    if keep_rest and styled:
        raise click.UsageError("--keep-rest leaves the rest as it is: give it no style.")
    if keep_rest and not regions and recipe_file is None:
        raise click.UsageError("--keep-rest needs a --region to paint.")
    if recipe_file is None and not styled and not keep_rest:
        raise click.UsageError(
            "Missing argument 'PROMPT' (or --style-image FILE, or --recipe FILE, "
            "or --keep-rest with regions)."
        )


@dataclass(frozen=True)
class _Asked:
    """What the options ask for, but for the styles of all of the picture.

    Attributes:
        settings: The recipe's numbers.
        source: The photo.
        recipe_file: What they replace parts of.
        regions: Parts of the photo with styles of their own.
        keep_rest: The rest of the photo stays.
        strength_map: How far to go where.
        faces: Where they are.
        protect: How much they keep of the photo.
    """

    settings: PaintSettings
    source: Photo
    recipe_file: Path | None
    regions: tuple[Region, ...]
    keep_rest: bool
    strength_map: Path | None
    faces: Found | None
    protect: float

    def recipe(self, styles: tuple[StylePart, ...]) -> tuple[Recipe, dict[str, Any]]:
        """The recipe, with these styles if there are any, and what the file's was made with."""
        regions = self.regions
        if self.strength_map is not None:
            regions = (Region(styles, mask=self._map, feather=0.0), *regions)
            styles = ()
        made_with: dict[str, Any] = {}
        if self.recipe_file is None:
            recipe = Recipe(styles, regions, **self.settings.values)
        else:
            recipe, made_with = self._loaded
            if not styles and not self.keep_rest and self.strength_map is None:
                styles = recipe.parts
            regions = regions or recipe.regions
            recipe = replace(recipe, parts=styles, regions=regions, **self.settings.values)
        return self._with_faces(recipe), made_with

    @cached_property
    def _map(self) -> str:
        from stylemamba.painting.region_specs import as_text, read_mask

        assert self.strength_map is not None
        return as_text(read_mask(self.strength_map, self.source.rgb.size))

    @cached_property
    def _loaded(self) -> tuple[Recipe, dict[str, Any]]:
        assert self.recipe_file is not None
        return loaded_recipe(self.recipe_file)

    def _with_faces(self, recipe: Recipe) -> Recipe:
        if self.faces is None:
            return recipe
        from stylemamba.painting.region_specs import protected

        over = protected(recipe.parts or recipe.regions[-1].parts, self.faces, self.protect)
        return replace(recipe, regions=(*recipe.regions, over))


def _faces(finder: Finder, photo: Photo, protect: float) -> Found | None:
    """The faces of a photo, if they are to be protected and there are any."""
    if not protect:
        return None
    from stylemamba.portable.segments import SURE

    found = finder.find(photo, "face")
    if found.confidence < SURE:
        say(f"no face is found (confidence {found.confidence:.2f}): nothing to protect")
        return None
    return found


def _with_pictures(
    styles: tuple[StylePart, ...], pipe: StyleMambaPipeline, pictures: Sequence[Image.Image]
) -> tuple[StylePart, ...]:
    """Styles whose last ones are those of these pictures."""
    count = len(styles) - len(pictures)
    learnt = [
        pipe.learn([picture], part.text, part.weight)
        for picture, part in zip(pictures, styles[count:], strict=True)
    ]
    return (*styles[:count], *learnt)


def _checked_target(
    inputs: tuple[Path, ...], source: Photo, output: str | None, recipe: Recipe
) -> Path:
    """Where the result goes; refused if it can't be written there."""
    from stylemamba.files.images import check_output
    from stylemamba.files.names import default_name, output_path

    name = default_name(inputs[0], recipe.prompt, seed=recipe.seed, look=recipe.look)
    target = output_path(output, name)
    refuse_overwriting(target, "--output", inputs)
    check_output(target, source.rgb.size)
    return target


def _check_extras(extras: dict[str, Path | None], others: tuple[Path, ...]) -> None:
    from stylemamba.files.atomic import check_writable

    for option, path in extras.items():
        if path is not None:
            refuse_overwriting(path, option, others)
            check_writable(path)
            others = (*others, path)


def _refuse_foreign(target: Path, document: str, extras: dict[str, Path | None]) -> None:
    """Refuses to replace what another job made, and files that are no traces and no recipes."""
    from stylemamba.files.metadata import refuse_foreign

    refuse_foreign(target, document)
    rerun = target.exists()
    for option, path in extras.items():
        if path is not None and path.exists() and not _is_ours(path, document, rerun):
            raise StyleMambaError(
                f"{path}: is there already; add --overwrite, or choose another {option}"
            )


def _is_ours(path: Path, document: str, rerun: bool) -> bool:
    """Whether a file is the recipe of this very job or, in a second run, a trace of losses."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    if isinstance(content, list):
        return rerun and all(isinstance(item, dict) and "content" in item for item in content)
    return bool(content == json.loads(document))


def _write_text(path: Path, text: str) -> None:
    from stylemamba.files.atomic import atomic_writer

    with atomic_writer(path) as file:
        file.write(text.encode())


def _marked(photo: Photo, recipe: Recipe) -> Image.Image:
    """The photo, dark and grey outside of its regions."""
    from PIL import Image, ImageOps

    from stylemamba.portable.region_maps import rest_of

    dark = ImageOps.grayscale(photo.rgb).point(lambda level: level // 3).convert("RGB")
    return Image.composite(dark, photo.rgb, rest_of(recipe, photo.rgb.size))


def _report(
    target: Path,
    result: StyleMambaOutput,
    notes: list[str],
    pipe: StyleMambaPipeline,
    as_json: bool,
    quiet: bool,
) -> None:
    width, height = result.image.size
    if not quiet:
        for note in notes:
            say(note)
    if as_json:
        summary = {
            "output": str(target),
            "size": [width, height],
            "steps": result.steps,
            "seconds": round(result.seconds, 3),
            "coverage": result.coverage,
            "seed": result.recipe.seed,
            "prompt": result.recipe.prompt,
            "recipe": result.recipe.to_dict(),
            "device": str(pipe.device),
            "interrupted": result.interrupted,
            "notes": notes,
        }
        click.echo(to_json(summary))
    elif not quiet:
        made = f"{result.steps} steps" if result.steps else "one pass"
        where = "" if pipe.device.type == "cpu" else f", on {pipe.device}"
        click.echo(f"{target}: {width} x {height}, {made}{where}, {result.seconds:.1f} s")
