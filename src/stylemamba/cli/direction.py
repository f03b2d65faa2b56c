"""What options ask for, whatever the photo, and the recipe of a photo that they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylemamba.cli.direction_options import check_usage
from stylemamba.cli.options import PaintSettings
from stylemamba.cli.recipes import Loaded
from stylemamba.errors import StyleMambaError
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
        check_usage(prompt, options)
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

    def in_frames(self, first: Photo) -> tuple[Recipe, tuple[str | None, ...]]:
        """The recipe of pictures that follow each other, in which regions are looked for in each.

        Args:
            first: The first one; regions that stay are where they are in it.

        Returns:
            The recipe, and for each of its regions what is looked for; None where it stays.

        Raises:
            StyleMambaError: There is no such place, or nothing finds it.
            RecipeError: It is not possible.
        """
        finder = self.segmenters
        sought = [spec.is_sought(finder) for spec in self.regions]
        regions = tuple(
            spec.sought_region if found else spec.region(first, finder)
            for spec, found in zip(self.regions, sought, strict=True)
        )
        words = tuple(
            spec.place if found else None for spec, found in zip(self.regions, sought, strict=True)
        )
        recipe = Directed(self, first, regions, None).recipe
        if self.strength_map is not None:
            words = (None, *words)
        elif not words and self.loaded is not None:
            words = self._known_words(self.loaded)
        if self.protect:
            from stylemamba.painting.region_specs import sought_faces

            parts = recipe.parts or recipe.regions[-1].parts
            recipe = replace(recipe, regions=(*recipe.regions, sought_faces(parts, self.protect)))
            words = (*words, "face")
        return recipe, words

    def _known_words(self, loaded: Loaded) -> tuple[str | None, ...]:
        from stylemamba.painting.region_specs import SEEN

        for word in loaded.words:
            if word is not None and word not in SEEN and not self.segmenters.knows(word):
                raise StyleMambaError(
                    f"{loaded.place}: its regions are looked for by {word!r}: add --segmenter hub"
                )
        return loaded.words

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
