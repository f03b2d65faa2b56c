"""Which photos `stylemamba batch` paints: folders and lists, here or in other stores."""

from __future__ import annotations

from pathlib import Path

import click

from stylemamba.cli.direction import Direction
from stylemamba.cli.photos import Found, find_jobs, jobs_of_folder, jobs_of_rows
from stylemamba.cli.recipes import Loaded
from stylemamba.errors import StyleMambaError
from stylemamba.files.manifest import parsed_manifest, rows_of_records
from stylemamba.files.photo_sets import is_named_like_a_picture
from stylemamba.files.places import as_path, is_uri

LISTS = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet")
"""Extensions of lists; everything else is a folder."""


def jobs_in_folder(source: str, recursive: bool, output: str, direction: Direction) -> Found:
    """The photos of a folder.

    Args:
        source: Path or URI of the folder.
        recursive: Go into sub-folders, and lay out the results alike.
        output: Of the results, which are no photos.
        direction: How to paint.

    Raises:
        click.UsageError: The results would go among the photos.
        StyleMambaError: There is no such folder, or no photo in it.
    """
    from stylemamba.batch import storage

    if not is_uri(source):
        return find_jobs([source], recursive, Path(output), direction)
    results = output.rstrip("/") + "/"
    if source.rstrip("/") + "/" == results:
        raise click.UsageError(
            f"-o {output} is the folder of photos: its results would be painted the next time. "
            "Choose another, or one in it."
        )
    if not storage.is_folder(source):
        raise StyleMambaError(f"{source}: no such folder; check the name, and the access to it")
    places, others = [], 0
    for name in storage.files_in(source, recursive):
        place = storage.within(source, name)
        if place.startswith(results) or any(part.startswith(".") for part in name.split("/")):
            continue
        if is_named_like_a_picture(as_path(place)):
            places.append((place, Path(name).parent))
        else:
            others += 1
    if not places:
        raise StyleMambaError(f"{source}: no photos are there; --recursive goes into sub-folders")
    notes = [f"passed over: {others:,} files that are not named like pictures"] if others else []
    return Found(jobs_of_folder(places, direction), notes, [])


def listed_jobs(source: str, recursive: bool, output: str, direction: Direction) -> Found:
    """The photos of a list.

    Args:
        source: Path or URI of CSV, JSON lines, or Parquet: a file, or a folder of files.
        recursive: Goes with folders.
        output: Of the results.
        direction: How to paint those of which the list does not say that.

    Raises:
        click.UsageError: `recursive` is set.
        StyleMambaError: As `jobs_of_rows`, or the list cannot be read.
    """
    from stylemamba.batch import storage
    from stylemamba.batch.table import records_of

    if recursive:
        raise click.UsageError("--recursive goes with a folder; a list names its photos.")
    if as_path(source).suffix.lower() == ".parquet":
        files = [source]
        if storage.is_folder(source):
            names = storage.files_in(source, recursive=True)
            files = [storage.within(source, name) for name in names if name.endswith(".parquet")]
        records = (row for file in files for row in records_of(storage.read(file), file))
        rows = rows_of_records(records, source)
    else:
        rows = parsed_manifest(storage.read(source), source)

    def load(place: str) -> Loaded:
        return Loaded.of_bytes(storage.read(place), storage.absolute(place))

    return jobs_of_rows(rows, source, direction, load)
