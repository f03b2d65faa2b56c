"""What options ask for, whatever the photo, and the recipe of a photo that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.options import (
    FILE,
    Command,
    PaintSettings,
    read_protect,
    read_regions,
    read_weighted,
)
from stylemamba.cli.recipes import Loaded
from stylemamba.portable.recipe import Recipe, Region, StylePart, parts_of_prompt

if TYPE_CHECKING:
    from stylemamba.files.images import Photo
    from stylemamba.painting.region_specs import RegionSpec
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.segmentation import Found, Segmenters

_EVERYWHERE: Mapping[str, Any] = {"box": (0.0, 0.0, 1.0, 1.0)}


@dataclass(frozen=True)
class Direction:
    """What is asked for, whatever the photo.

    Attributes:
        settings: The recipe's numbers.
        prompt: The style, in words.
        pictures: Styles of pictures; until `with_learnt`, their names and weights only.
        picture_files: Those pictures.
        regions: Parts of a photo with styles of their own.
        segmenters: Find what the words of regions name.
        keep_rest: The rest of the photo stays.
        protect: How much faces keep of the photo.
        strength_map: How far to go where.
        loaded: The recipe that all of these replace parts of.
    """

    settings: PaintSettings
    prompt: str | None
    pictures: tuple[StylePart, ...]
    picture_files: tuple[Path, ...]
    regions: tuple[RegionSpec, ...]
    segmenters: Segmenters
    keep_rest: bool
    protect: float
    strength_map: Path | None
    loaded: Loaded | None

    @classmethod
    def of(cls, prompt: str | None, options: Mapping[str, Any]) -> Direction:
        """From a prompt and the options of `direction_options` and `paint_options`.

        Raises:
            click.UsageError: They do not go together.
            StyleMambaError: A recipe or picture cannot be read.
        """
        _check_usage(prompt, options)
        from stylemamba.files.images import read_image
        from stylemamba.segmentation import Segmenters

        images, recipe_file = options["style_images"], options["recipe_file"]
        for path, _ in images:
            read_image(path)
        return cls(
            settings=PaintSettings.of(options),
            prompt=prompt,
            pictures=tuple(StylePart(path.stem, weight) for path, weight in images),
            picture_files=tuple(path for path, _ in images),
            regions=options["regions"],
            segmenters=Segmenters(options["segmenter"]),
            keep_rest=options["keep_rest"],
            protect=options["protect"],
            strength_map=options["strength_map"],
            loaded=None if recipe_file is None else Loaded.of(recipe_file),
        )

    @property
    def styles(self) -> tuple[StylePart, ...]:
        """Those of all of the picture."""
        return (parts_of_prompt(self.prompt) if self.prompt is not None else ()) + self.pictures

    def with_learnt(self, pipe: StyleMambaPipeline) -> Direction:
        """The same, with the styles of its pictures known."""
        from stylemamba.files.images import read_image

        learnt = tuple(
            pipe.learn([read_image(path).rgb], part.text, part.weight)
            for path, part in zip(self.picture_files, self.pictures, strict=True)
        )
        return replace(self, pictures=learnt)

    @property
    def says_how(self) -> bool:
        """Whether there is a style, or another thing to do."""
        return bool(self.styles or self.keep_rest or self.loaded)

    @property
    def needs_photo(self) -> bool:
        """Whether the recipe is another one for each photo."""
        return bool(self.regions or self.protect or self.strength_map)

    @property
    def outline(self) -> Recipe:
        """The recipe with all regions everywhere: what is asked for before a photo is seen.

        Raises:
            RecipeError: It is not possible, whatever the photo.
        """
        regions = tuple(
            Region(spec.parts, strength=spec.strength, **_EVERYWHERE) for spec in self.regions
        )
        return self.with_regions(regions, _EVERYWHERE if self.strength_map is not None else None)

    def with_regions(
        self, regions: tuple[Region, ...], strength_map: Mapping[str, Any] | None
    ) -> Recipe:
        """The recipe.

        Args:
            regions: Those of the photo.
            strength_map: Fields of a region over everything; None where none is asked for.

        Raises:
            RecipeError: It is not possible.
        """
        styles = self.styles
        if strength_map is not None:
            regions = (Region(styles, **strength_map), *regions)
            styles = ()
        if self.loaded is None:
            return Recipe(styles, regions, **self.settings.values)
        loaded = self.loaded.recipe
        if not styles and not self.keep_rest and strength_map is None:
            styles = loaded.parts
        regions = regions or loaded.regions
        return replace(loaded, parts=styles, regions=regions, **self.settings.values)

    def notes_on(self, recipe: Recipe, made: Mapping[str, str]) -> Iterator[str]:
        """How the recipe of a file was made otherwise than a picture now.

        Args:
            recipe: That of the picture.
            made: From `made_with` of the pipeline.
        """
        if self.loaded is None:
            return
        before = {**made, **self.loaded.made_with}
        if before["weights"] != made["weights"]:
            yield "the recipe was made with other models: the picture differs"
        if before["photo"] != made["photo"] and recipe.regions and not self.regions:
            yield "the regions are where they were in the photo of the recipe; --region looks anew"

    def of_photo(self, photo: Photo) -> Directed:
        """What is asked for of one photo, in which regions and faces are looked for now.

        Raises:
            StyleMambaError: A region is not found.
            RecipeError: Its strength is not possible.
        """
        regions = tuple(spec.region(photo, self.segmenters) for spec in self.regions)
        face = self.segmenters.find(photo, "face") if self.protect else None
        return Directed(self, photo, regions, face)


@dataclass(frozen=True)
class Directed:
    """What is asked for of a photo.

    Attributes:
        direction: Of any photo.
        photo: The photo.
        regions: Where they are in it.
        face: What was found of faces that are to be protected.
    """

    direction: Direction
    photo: Photo
    regions: tuple[Region, ...]
    face: Found | None

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say about it."""
        if self.face is None or self._has_face:
            return ()
        confidence = f"confidence {self.face.confidence:.2f}"
        return (f"no face is found ({confidence}): nothing to protect",)

    @property
    def recipe(self) -> Recipe:
        """All of it.

        Raises:
            RecipeError: It is not possible.
        """
        place = None if self.direction.strength_map is None else {"mask": self._map, "feather": 0.0}
        return self._with_faces(self.direction.with_regions(self.regions, place))

    @cached_property
    def _map(self) -> str:
        from stylemamba.painting.region_specs import as_text, read_mask

        assert self.direction.strength_map is not None
        return as_text(read_mask(self.direction.strength_map, self.photo.rgb.size))

    @property
    def _has_face(self) -> bool:
        from stylemamba.portable.segments import SURE

        return self.face is not None and self.face.confidence >= SURE

    def _with_faces(self, recipe: Recipe) -> Recipe:
        if self.face is None or not self._has_face:
            return recipe
        from stylemamba.painting.region_specs import protected

        parts = recipe.parts or recipe.regions[-1].parts
        over = protected(parts, self.face, self.direction.protect)
        return replace(recipe, regions=(*recipe.regions, over))


def direction_options(command: Command) -> Command:
    """Adds the options of `Direction` to a command, but for those of `PaintSettings`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _check_usage(prompt: str | None, options: Mapping[str, Any]) -> None:
    styled = prompt is not None or bool(options["style_images"])
    if options["strength_map"] is not None and not styled:
        raise click.UsageError("--strength-map needs a PROMPT, or another style.")
    if options["segmenter"] is not None and not options["regions"]:
        raise click.UsageError("--segmenter finds what words of a --region name: give one.")
    if options["keep_rest"] and styled:
        raise click.UsageError("--keep-rest leaves the rest as it is: give it no style.")
    if options["keep_rest"] and not options["regions"] and options["recipe_file"] is None:
        raise click.UsageError("--keep-rest needs a --region to paint.")
    others = (options["recipe_file"], options.get("manifest"))
    if not styled and not options["keep_rest"] and others == (None, None):
        raise click.UsageError(
            "Missing argument 'PROMPT' (or --style-image FILE, or --recipe FILE, "
            "or --keep-rest with regions)."
        )


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--style-image",
        "style_images",
        multiple=True,
        callback=read_weighted,
        metavar="FILE[::W]",
        help="A picture to take the style of, and its share beside PROMPT's styles; several times. "
        "--style-image quilt.jpg::2",
    ),
    click.option(
        "--region",
        "regions",
        multiple=True,
        callback=read_regions,
        metavar="PLACE=PROMPT[@S]",
        help="A style for a part of the photo, and how far to go there; several times. PLACE is "
        "subject, background, person, face or sky, as far as they are found, or with --segmenter "
        "any other word; left, right, top, bottom or centre; a box x,y,w,h in pixels or percent; a "
        "polygon 'x,y x,y x,y'; or a mask file, white or opaque where it counts. "
        '--region sky="starry night"@0.8',
    ),
    click.option(
        "--segmenter",
        metavar="hub|DIR|NAME",
        help="What finds other words of --region, such as a dog: hub for CLIPSeg from the Hugging "
        "Face hub, or a folder or hub name of one. --segmenter hub",
    ),
    click.option(
        "--keep-rest",
        is_flag=True,
        help="In place of a PROMPT: leave what is outside all regions. --keep-rest --region "
        "background=watercolour",
    ),
    click.option(
        "--protect",
        callback=read_protect,
        metavar="faces[=X]",
        help="How much faces keep of the photo, from 0 to 1; 0.6 without a number. "
        "--protect faces=0.8",
    ),
    click.option(
        "--strength-map",
        type=FILE,
        metavar="FILE",
        help="A picture that says how far to go where, from black (the photo stays) to white (all "
        "of --strength). --strength-map vignette.png",
    ),
    click.option(
        "--recipe",
        "recipe_file",
        type=FILE,
        metavar="FILE",
        help="Paint by a recipe: a file of --save-recipe, or a result, which holds its own. Other "
        "options and a PROMPT replace what it says. --recipe out.png",
    ),
)
