"""`stylemamba batch`: very many photos, on the machines of a Ray cluster."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from stylemamba.cli.batch_photos import LISTS, jobs_in_folder, listed_jobs
from stylemamba.cli.batch_work import BatchWork
from stylemamba.cli.direction import Direction
from stylemamba.cli.direction_options import direction_options
from stylemamba.cli.folder import Job
from stylemamba.cli.messages import say
from stylemamba.cli.options import OVERWRITE, paint_options, refuse_no_prompt
from stylemamba.cli.photos import Found
from stylemamba.cli.progress import FitProgress, fit_progress
from stylemamba.cli.reporting import Report, report_options
from stylemamba.cli.saving import Saving, saving_options
from stylemamba.errors import StyleMambaError
from stylemamba.files.places import as_path, is_uri

if TYPE_CHECKING:
    from stylemamba.batch.run import Cluster
    from stylemamba.batch.table import Table
    from stylemamba.files.style_files import Shelf

_MOST_FAILURES = 20
"""That are said; the table has all."""
_SAID = 60.0
"""Seconds between two lines that say how far the work is, where no bar can be shown."""
_RUNNING = ""
"""Of --ray without an address."""


@click.command(short_help="Paint very many photos on the machines of a Ray cluster.")
@click.argument("arguments", nargs=-1, metavar="FOLDER|LIST [PROMPT]")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="DIR",
    help="The folder of results, a path or URI that all machines can write to. -o s3://bucket/out",
)
@click.option(
    "--ray",
    "address",
    is_flag=False,
    flag_value=_RUNNING,
    metavar="[ADDRESS]",
    help="The Ray cluster that does it: without an address the one that RAY_ADDRESS names, or that "
    "runs on this machine. --ray head:6379  [default: one of its own on this machine]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that paint, each with its own models. --workers 8  [default: as many as fit]",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Cores of each worker. --threads 2",
)
@click.option(
    "--gpus",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    metavar="X",
    help="GPUs of each worker, or a share of one. --gpus 0.5",
)
@click.option(
    "--recursive",
    is_flag=True,
    help="Go into sub-folders, and lay out the results like them. --recursive",
)
@direction_options
@saving_options
@OVERWRITE
@paint_options
@report_options()
def batch(
    arguments: tuple[str, ...],
    output: str,
    address: str | None,
    workers: int | None,
    threads: int,
    gpus: float,
    recursive: bool,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> int:
    """Paint every photo of FOLDER, or of LIST, in the style that PROMPT describes.

    FOLDER and LIST are paths or URIs, such as s3://bucket/photos. LIST is CSV, JSON lines or
    Parquet with columns photo, prompt or recipe, and output. Results are those of `stylemamba
    stylize` of a folder, byte for byte, and DIR/results.parquet has a row for each: what became of
    it, why it failed, seconds, coverage. The same command goes on where it stopped.

    \b
    stylemamba batch photos/ "watercolour" -o out/
    stylemamba batch s3://bucket/list.parquet -o s3://bucket/out --ray
    """
    source, prompt = _told_apart(arguments, address)
    listed = as_path(source).suffix.lower() in LISTS
    options["manifest"] = source if listed else None
    options["device"] = _device(options["device"], gpus)
    direction, saving = Direction.of(prompt, options), Saving.of(options)
    _import_ray()
    job = BatchJob(output, direction, saving, overwrite)
    find = listed_jobs if listed else jobs_in_folder
    found = find(source, recursive, output, direction)
    return job.paint(found, address, (workers, threads, gpus), Report(as_json, quiet))


@dataclass(frozen=True)
class BatchJob:
    """Very many photos to be painted into a folder.

    Attributes:
        output: Path or URI of the folder.
        direction: How to paint those of which nothing else is said.
        saving: How results are written.
        overwrite: Replace files that are not results of this folder.
    """

    output: str
    direction: Direction
    saving: Saving
    overwrite: bool

    def paint(
        self,
        found: Found,
        address: str | None,
        shares: tuple[int | None, int, float],
        report: Report,
    ) -> int:
        """Paints them, and says so; the exit status.

        Args:
            found: The photos.
            address: Of Ray; see the command.
            shares: Workers, and threads and GPUs of each.
            report: Says what came of it.
        """
        from stylemamba.batch.run import Cluster, joined_ray, paint_all
        from stylemamba.batch.storage import absolute
        from stylemamba.batch.table import Table

        started = time.perf_counter()
        folder = absolute(self.output)
        table = Table(folder)
        rows = self._rows(found.jobs, folder, table)
        counts: Counter[str] = Counter()
        failures = [*found.failures]
        with (
            joined_ray({None: "local", _RUNNING: None}.get(address, address)),
            fit_progress(report.quiet) as bar,
        ):
            cluster = Cluster.found(*shares)
            if cluster.machines > 1 and not is_uri(folder):
                say(f"all {cluster.machines} machines have to see the same {folder}")
            table.begin(_claims(rows, table))
            progress = _Progress(bar, len(rows), report.quiet)
            try:
                for told in paint_all(rows, self._work(), folder, self.overwrite, cluster):
                    counts[told["state"]] += 1
                    _keep(table, told)
                    if told["state"] == "failed":
                        failures.append(f"{told['photo']}: {told['error']}")
                    progress.tell(counts)
            except KeyboardInterrupt:
                pass
            finally:
                table.close()
        counts["left"] = len(rows) - counts.total()
        seconds = time.perf_counter() - started
        return self._tell(found, counts, failures, table, cluster, seconds, report)

    def _work(self) -> BatchWork:
        """Styles of pictures, and of one's own, are looked up here, where their files are."""
        from stylemamba.files.style_files import Shelf, usual_places

        settings, direction = self.direction.settings, self.direction
        shelf: Shelf = Shelf.load([*usual_places(), *settings.styles])
        for line in shelf.skipped:
            say(f"skipped: {line}")
        if direction.pictures:
            models = {**settings.models, "device": "cpu"}
            pipe = replace(settings, models=models).load_pipeline()
            direction = direction.with_learnt(pipe)
        return BatchWork(direction, self.saving, shelf)

    def _rows(self, jobs: Sequence[Job], folder: str, table: Table) -> list[dict[str, Any]]:
        """What the workers need to know of each photo."""
        from stylemamba.batch import storage

        there = set(storage.files_in(folder, recursive=True))
        photos = {_identity(job.photo) for job in jobs}
        rows = []
        for job in jobs:
            output, photo = job.result.as_posix(), storage.absolute(job.photo)
            known = table.known.get(output, {})
            loaded, base = job.direction.loaded, self.direction.loaded
            taken = output in there and _identity(storage.within(folder, output)) in photos
            rows.append(
                {
                    **{"photo": photo, "output": output, "prompt": job.direction.prompt},
                    "recipe": None if loaded is base or loaded is None else loaded.place,
                    **{"key": known.get("key"), "sha256": known.get("sha256")},
                    "claimed": known["claimed"] if known else output not in there,
                    "error": "its result would overwrite a photo" if taken else None,
                }
            )
        return rows

    def _tell(
        self,
        found: Found,
        counts: Counter[str],
        failures: list[str],
        table: Table,
        cluster: Cluster,
        seconds: float,
        report: Report,
    ) -> int:
        photos, left = counts.total(), counts["left"]
        report.notes(found.notes)
        for failure in failures[:_MOST_FAILURES]:
            say(f"failed: {failure}")
        if len(failures) > _MOST_FAILURES:
            say(f"failed: {len(failures) - _MOST_FAILURES:,} more, see {table.place}")
        if left:
            say(f"interrupted: {left:,} of {photos:,} photos left; the same command goes on")
        states = ("painted", "kept", "failed", "left")
        said = ", ".join(f"{counts[state]:,} {state}" for state in states if counts[state])
        report.summary(
            f"{self.output}: {photos:,} photos, {said}, {seconds:.1f} s",
            lambda: {
                **{"output": self.output, "table": table.place, "photos": photos},
                **{state: counts[state] for state in states},
                **{"seconds": round(seconds, 3), "workers": cluster.workers},
                **{"notes": [*found.notes], "failures": [*found.failures]},
            },
        )
        return 130 if left else 1 if failures else 0


class _Progress:
    """Says how far the work is: a bar on a terminal, elsewhere a line now and then."""

    def __init__(self, bar: FitProgress, photos: int, quiet: bool) -> None:
        self._bar, self._photos, self._quiet = bar, photos, quiet
        self._started = self._said = time.monotonic()
        bar.start("the workers load their models", 0, photos)

    def tell(self, counts: Mapping[str, int]) -> None:
        done, now = sum(counts.values()), time.monotonic()
        failed = f", {counts['failed']:,} failed" if counts["failed"] else ""
        self._bar.start(f"{done:,} of {self._photos:,}{failed}", done, self._photos)
        if self._quiet or self._bar.is_shown or now - self._said < _SAID:
            return
        self._said = now
        pace = done / (now - self._started)
        hours = (self._photos - done) / pace / 3600
        say(f"{done:,} of {self._photos:,}{failed}, {pace:.3g} a second, about {hours:.1f} h left")


def _told_apart(arguments: tuple[str, ...], address: str | None) -> tuple[str, str | None]:
    """The photos, and the prompt."""
    if address and address not in ("auto", "local") and ":" not in address:
        raise click.UsageError(
            f"--ray {address!r} is no address: write HOST:PORT, or --ray at the end for the Ray "
            "that runs here."
        )
    if not arguments:
        raise click.UsageError("Missing argument 'FOLDER|LIST'.")
    if len(arguments) > 2:
        raise click.UsageError(
            "One folder or list, and one PROMPT in quotes: several folders go into a list."
        )
    source, prompt = arguments[0], arguments[1] if len(arguments) > 1 else None
    if prompt is not None:
        refuse_no_prompt(prompt, "'PROMPT'")
    return source, prompt


def _device(asked: str, gpus: float) -> str:
    if asked == "auto":
        return "cuda" if gpus else "cpu"
    if (asked == "cuda") != bool(gpus):
        raise click.UsageError("--device cuda and --gpus X go together.")
    return asked


def _import_ray() -> None:
    try:
        import stylemamba.batch.run  # noqa: F401
    except ImportError as error:
        raise StyleMambaError(
            f"Ray is not there ({error}): pip install 'stylemamba[ray]'"
        ) from error


def _claims(rows: Sequence[Mapping[str, Any]], table: Table) -> Iterator[dict[str, Any]]:
    """Rows of results of which the table does not tell yet."""
    for row in rows:
        if row["output"] not in table.known:
            known = {name: row[name] for name in ("photo", "output", "prompt", "claimed")}
            yield {**known, "state": "left"}


def _keep(table: Table, told: Mapping[str, Any]) -> None:
    """Adds what became of a photo; of one that was kept, the table says more already."""
    if told["state"] == "kept":
        if table.known.get(told["output"], {}).get("state") == "painted":
            return
        told = {**told, "state": "painted"}
    table.add(told)


def _identity(place: str) -> str:
    return place if is_uri(place) else os.path.realpath(place)
