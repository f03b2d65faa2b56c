"""One photo painted, with all that may be written beside it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stylemamba.cli.direction import Directed, Direction
from stylemamba.cli.messages import to_json
from stylemamba.cli.options import refuse_overwriting
from stylemamba.cli.progress import fit_progress
from stylemamba.cli.reporting import Report
from stylemamba.cli.saving import Saving, painted
from stylemamba.errors import StyleMambaError
from stylemamba.files.photo_paths import STDIN

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba.files.images import Photo
    from stylemamba.output import StyleMambaOutput
    from stylemamba.pipeline import StyleMambaPipeline
    from stylemamba.portable.recipe import Recipe

_STDIN_PATH = Path("stdin")
"""What messages and results call a photo on standard input."""


@dataclass(frozen=True)
class Extras:
    """Files that are written beside a result, where they are asked for.

    Attributes:
        trace: The losses of a fit.
        save_recipe: The recipe.
        show_regions: The photo with its regions marked.
    """

    trace: Path | None
    save_recipe: Path | None
    show_regions: Path | None

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        """Those that are asked for, with their options."""
        for name, path in vars(self).items():
            if path is not None:
                yield f"--{name.replace('_', '-')}", path

    def check(self, others: tuple[Path, ...], size: tuple[int, int]) -> None:
        """Finds out before any work whether they can be written.

        Args:
            others: Files that they may not replace.
            size: Of the photo.

        Raises:
            click.BadParameter: One would replace another file of this job.
            StyleMambaError: One cannot be written.
        """
        from stylemamba.files.atomic import check_writable
        from stylemamba.files.images import check_output

        for option, path in self:
            refuse_overwriting(path, option, others)
            check_writable(path)
            others = (*others, path)
        if self.show_regions is not None:
            check_output(self.show_regions, size)

    def refuse_foreign(self, document: str, rerun: bool) -> None:
        """Refuses to replace files that are no traces and no recipes of this job.

        Raises:
            StyleMambaError: There is one.
        """
        for option, path in self:
            if path.exists() and not _is_ours(path, document, rerun):
                raise StyleMambaError(
                    f"{path}: is there already; add --overwrite, or choose another {option}"
                )

    def write(self, source: Photo, result: StyleMambaOutput, made: dict[str, str]) -> None:
        """Writes them.

        Raises:
            StyleMambaError: One cannot be written.
        """
        from stylemamba.files.images import write_image

        if self.trace is not None:
            _write_text(self.trace, to_json(result.trace, indent=1))
        if self.show_regions is not None:
            write_image(_marked(source, result.recipe), self.show_regions)
        if self.save_recipe is not None:
            _write_text(self.save_recipe, result.recipe.to_json(made, indent=1) + "\n")


@dataclass(frozen=True)
class OnePhoto:
    """A photo to be painted.

    Attributes:
        direction: How.
        photo: The file, or `-` for standard input.
        output: Where the result goes, as it was typed; `-` for standard output.
        extras: What else is written.
        saving: How the result is written.
        overwrite: Replace files that are of another job.
    """

    direction: Direction
    photo: str
    output: str | None
    extras: Extras
    saving: Saving
    overwrite: bool

    def paint(self, report: Report) -> int:
        """Paints it, and says so; the exit status."""
        from stylemamba.files.reading import read_image_bytes
        from stylemamba.runtime.allocator import keep_freed_memory

        content = self._content(report.as_json)
        saving = self.saving.of_photo(self.direction.loaded, content)
        source = read_image_bytes(content, self._path, saving.page)
        asked = self.direction.of_photo(source)
        target = self._checked_target(asked)
        animation = saving.animation(content, source.path, target)
        keep_freed_memory()
        with fit_progress(report.quiet) as progress:
            pipe = self.direction.settings.load_pipeline(self.direction.segmenters)
            if self.direction.pictures:
                asked = replace(asked, direction=self.direction.with_learnt(pipe))
            recipe = pipe.resolved(asked.recipe)
            made = saving.made(pipe, content)
            document = recipe.to_json(made)
            if not self.overwrite:
                self._refuse_foreign(target, document)

            def start(done: int, of: int) -> None:
                progress.start(recipe.prompt, done, of)

            results = painted(pipe, source, animation, recipe, progress.step, start)
        result = replace(results[-1], seconds=sum(each.seconds for each in results))
        read = source if animation is None else animation
        notes = [*read.notes, *asked.notes, *result.notes]
        picture, more = saving.encoded(results, source, animation, target, document)
        notes += more
        notes += self.direction.notes_on(recipe, made)
        if saving.page != self.saving.page:
            notes.append(f"page {saving.page}, as the recipe says; --page takes another")
        if result.interrupted:
            notes.append(f"interrupted after {result.steps} steps")
        self._write(target, picture)
        self.extras.write(source, result, made)
        report = replace(report, quiet=report.quiet or self._to_stdout)
        _tell(target, result, notes, pipe, report)
        return 130 if result.interrupted else 0

    @property
    def _to_stdout(self) -> bool:
        return self.output == STDIN or (self.output is None and self.photo == STDIN)

    @property
    def _path(self) -> Path:
        """What messages call the photo."""
        return _STDIN_PATH if self.photo == STDIN else Path(self.photo)

    def _content(self, as_json: bool) -> bytes:
        """Of the photo's file."""
        from stylemamba.files.reading import check_readable_file

        if self._to_stdout and as_json:
            raise click.UsageError("--json and the picture would both be on standard output: -o.")
        if self._to_stdout and sys.stdout.isatty():
            raise click.UsageError("The picture would be shown as text: add -o FILE, or redirect.")
        if self.photo != STDIN:
            check_readable_file(self._path)
            return self._path.read_bytes()
        content = sys.stdin.buffer.read()
        if not content:
            raise StyleMambaError("stdin: is empty (0 bytes); send a picture")
        return content

    def _checked_target(self, asked: Directed) -> Path:
        """Where the result goes; refused if it, or anything beside it, can't be written."""
        from stylemamba.files.images import check_output
        from stylemamba.files.names import default_name, output_path

        recipe, size = asked.recipe, asked.photo.rgb.size
        name = default_name(asked.photo.path, recipe.prompt, seed=recipe.seed, look=recipe.look)
        inputs = self.direction.picture_files
        if self.photo != STDIN:
            inputs = (Path(self.photo), *inputs)
        if self._to_stdout:
            self.saving.check(Path(name))
            self.extras.check(inputs, size)
            return Path(name)
        target = output_path(self.output, name)
        refuse_overwriting(target, "--output", inputs)
        check_output(target, size)
        self.saving.check(target)
        self.extras.check((*inputs, target), size)
        return target

    def _refuse_foreign(self, target: Path, document: str) -> None:
        from stylemamba.files.metadata import refuse_foreign

        if not self._to_stdout:
            refuse_foreign(target, document)
        rerun = not self._to_stdout and target.exists()
        self.extras.refuse_foreign(document, rerun)

    def _write(self, target: Path, picture: bytes | memoryview) -> None:
        from stylemamba.files.atomic import atomic_writer

        if self._to_stdout:
            stream = sys.stdout.buffer
            stream.write(picture)
            stream.flush()
            return
        with atomic_writer(target) as file:
            file.write(picture)


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


def _tell(
    target: Path,
    result: StyleMambaOutput,
    notes: list[str],
    pipe: StyleMambaPipeline,
    report: Report,
) -> None:
    width, height = result.image.size
    made = f"{result.steps} steps" if result.steps else "one pass"
    where = "" if pipe.device.type == "cpu" else f", on {pipe.device}"
    report.notes(notes)
    report.summary(
        f"{target}: {width} x {height}, {made}{where}, {result.seconds:.1f} s",
        lambda: {
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
        },
    )
