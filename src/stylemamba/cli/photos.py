"""Which photos `stylemamba stylize` paints, and where the results go."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from stylemamba.cli.direction import Direction
from stylemamba.cli.folder import Job
from stylemamba.cli.options import refuse_no_prompt
from stylemamba.cli.recipes import Loaded
from stylemamba.errors import StyleMambaError
from stylemamba.files.manifest import Row, read_manifest
from stylemamba.files.names import default_name, distinct_results, same_name
from stylemamba.files.photo_paths import (
    STDIN,
    check_names,
    find_photos,
    is_one_photo,
    names_photos,
)
from stylemamba.files.places import as_path
from stylemamba.portable.recipe import Recipe


@dataclass(frozen=True)
class Named:
    """What the arguments of the command name.

    Attributes:
        photos: Files, folders and patterns; none with a manifest.
        prompt: The style, in words.
    """

    photos: tuple[str, ...]
    prompt: str | None

    @classmethod
    def of(cls, arguments: tuple[str, ...], directed: bool, listed: bool) -> Named:
        """Tells photos from the prompt, which comes last.

        Args:
            arguments: As they were typed.
            directed: Options say how to paint: the prompt may be left out.
            listed: A manifest names the photos.

        Raises:
            click.UsageError: There is no photo, or no prompt where there has to be one.
            StyleMambaError: One of several photos is not there.
        """
        photos: tuple[str, ...] = ()
        prompt: str | None = None
        if listed:
            if len(arguments) > 1 or any(map(names_photos, arguments)):
                raise click.UsageError("--manifest names the photos: give a PROMPT, or nothing.")
            prompt = arguments[0] if arguments else None
        elif len(arguments) < 2 or (directed and names_photos(arguments[-1])):
            photos = arguments
        elif not names_photos(arguments[-1]):
            photos, prompt = arguments[:-1], arguments[-1]
        else:
            raise click.UsageError(
                f"Missing argument 'PROMPT': it comes last, and {arguments[-1]} is there as a file "
                "or folder."
            )
        if not photos and not listed:
            raise click.UsageError("Missing argument 'PHOTO'.")
        if STDIN in photos and len(photos) > 1:
            raise click.UsageError("- stands for a photo on standard input, which goes alone.")
        if prompt is not None:
            refuse_no_prompt(prompt, "'PROMPT'")
        named = cls(photos, prompt)
        if not named.is_one:
            check_names(photos)
        return named

    @property
    def is_one(self) -> bool:
        """Whether it is a single photo, and no folder or pattern."""
        return len(self.photos) == 1 and is_one_photo(self.photos[0])


@dataclass(frozen=True)
class Found:
    """Photos to be painted.

    Attributes:
        jobs: At least one.
        notes: What was passed over.
        failures: What could not be listed.
    """

    jobs: list[Job]
    notes: list[str]
    failures: list[str]


def find_jobs(names: Sequence[str], recursive: bool, folder: Path, direction: Direction) -> Found:
    """The photos of files, folders and patterns.

    Args:
        names: As they were typed.
        recursive: Go into sub-folders, and make the same in the folder of results.
        folder: Of the results.
        direction: How to paint.

    Raises:
        click.UsageError: The results would go among the photos.
        StyleMambaError: There are none.
    """
    for name in names:
        if Path(name).is_dir() and folder.is_dir() and folder.samefile(name):
            raise click.UsageError(
                f"-o {folder} is a folder of photos: its results would be painted the next time. "
                "Choose another, or one in it."
            )
    found = find_photos(names, recursive, folder)
    places = [(str(photo.path), photo.folder) for photo in found.photos]
    return Found(jobs_of_folder(places, direction), found.notes, found.failures)


def jobs_of_folder(photos: Sequence[tuple[str, Path]], direction: Direction) -> list[Job]:
    """The photos of a folder, laid out alike.

    Args:
        photos: Path or URI of each, and where it lies in the folder.
        direction: How to paint.
    """
    recipe = direction.outline
    paths = [as_path(photo) for photo, _ in photos]
    names = [
        folder / result_name(path, recipe) for path, (_, folder) in zip(paths, photos, strict=True)
    ]
    results = distinct_results(paths, names)
    return [
        Job(place, photo, result, direction)
        for place, ((photo, _), result) in enumerate(zip(photos, results, strict=True))
    ]


def read_jobs(path: Path, direction: Direction) -> Found:
    """The photos of a manifest on this machine.

    Args:
        path: The list.
        direction: How to paint those of which it does not say that.

    Raises:
        StyleMambaError: As `jobs_of_rows`, or it cannot be read.
    """
    rows = read_manifest(path)
    return jobs_of_rows(rows, str(path), direction, lambda place: Loaded.of(Path(place)))


def jobs_of_rows(
    rows: Sequence[Row], name: str, direction: Direction, load: Callable[[str], Loaded]
) -> Found:
    """The photos of a manifest.

    Args:
        rows: Of the list.
        name: Its path or URI.
        direction: How to paint those of which it does not say that.
        load: Reads a recipe.

    Raises:
        StyleMambaError: A recipe cannot be read, a row does not say enough, or two have one result.
    """
    directions = list(_directions(rows, name, direction, load))
    free = [place for place, row in enumerate(rows) if row.output is None]
    names = distinct_results(
        [as_path(rows[place].photo) for place in free],
        [_name(rows[place], directions[place]) for place in free],
    )
    results = dict(zip(free, names, strict=True))
    jobs = [
        Job(place, row.photo, row.output or results[place], directions[place])
        for place, row in enumerate(rows)
    ]
    taken: dict[str, int] = {}
    for job in jobs:
        first = taken.setdefault(same_name(job.result), job.place)
        if first != job.place:
            raise StyleMambaError(
                f"{name}: lines {rows[first].line} and {rows[job.place].line} have the same "
                f"result, {job.result}; name another output"
            )
    return Found(jobs, [], [])


def _name(row: Row, direction: Direction) -> Path:
    return result_name(as_path(row.photo), direction.outline)


def result_name(photo: Path, recipe: Recipe) -> Path:
    """What the result of a photo is called."""
    return Path(default_name(photo, recipe.prompt, seed=recipe.seed, look=recipe.look))


def _directions(
    rows: Sequence[Row], name: str, direction: Direction, load: Callable[[str], Loaded]
) -> Iterator[Direction]:
    """That of each row; rows that ask for the same share one."""
    known: dict[tuple[str | None, str | None], Direction] = {}
    for row in rows:
        asked = (row.prompt, row.recipe)
        if asked not in known:
            known[asked] = replace(
                direction,
                prompt=direction.prompt if row.prompt is None else row.prompt,
                loaded=direction.loaded if row.recipe is None else load(row.recipe),
            )
            if not known[asked].says_how:
                raise StyleMambaError(
                    f"{name}: line {row.line}: has neither prompt nor recipe; add a PROMPT for all"
                )
        yield known[asked]
