"""`stylemamba learn`: a style of one's own, from a few pictures."""

from __future__ import annotations

from pathlib import Path

import click

from stylemamba.cli.messages import say
from stylemamba.cli.options import (
    FILE,
    OVERWRITE,
    check_prompt,
    check_prompts,
    refuse_existing,
    refuse_overwriting,
)
from stylemamba.errors import StyleMambaError
from stylemamba.portable.learnt import MOST, Learnt


@click.command(short_help="Learn a style of your own from pictures.")
@click.argument("name", callback=check_prompt)
@click.argument("pictures", type=FILE, nargs=-1, required=True, metavar="PICTURE...")
@click.option(
    "-o",
    "--output",
    type=FILE,
    metavar="FILE",
    help="The style, to use with --styles and to give away. -o quilts.style  [default: NAME.style "
    "in your own folder of styles, which is read without being asked]",
)
@click.option(
    "--also",
    multiple=True,
    callback=check_prompts,
    metavar="NAME",
    help="Another name that finds it; several times. --also quilts",
)
@click.option(
    "--licence", default="", metavar="TEXT", help='What you say of its use. --licence "CC BY 4.0"'
)
@OVERWRITE
@click.option(
    "--encoder",
    type=FILE,
    metavar="DIR",
    help="Folder of an ArtLIP other than ours. --encoder OUT/artlip",
)
def learn(
    name: str,
    pictures: tuple[Path, ...],
    output: Path | None,
    also: tuple[str, ...],
    licence: str,
    overwrite: bool,
    encoder: Path | None,
) -> int:
    """Learn the style NAME from 1 to 20 PICTUREs. Nothing is trained: it takes seconds.

    Prompts that name it then find it first, alone or between commas.

    \b
    stylemamba learn "my grandmother's quilts" quilt1.jpg quilt2.jpg --also quilts -o quilts.style
    stylemamba stylize cat.jpg "quilts, pencil sketch" --styles quilts.style
    """
    from stylemamba.files.atomic import check_writable
    from stylemamba.files.images import read_image
    from stylemamba.files.names import slug
    from stylemamba.files.style_files import SUFFIX, StyleFile, own_folder, preview_of

    if len(pictures) > MOST:
        raise click.UsageError(f"A style is learnt from 1 to {MOST} pictures.")
    for text in (name, *also):
        if "," in text or "::" in text:
            raise click.UsageError(f"{text!r}: prompts are split there; choose a name without it.")
    if output is None:
        output = own_folder() / f"{slug(name)}{SUFFIX}"
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StyleMambaError(f"{output.parent}: {error.strerror}; give -o FILE") from error
    refuse_overwriting(output, "--output", pictures)
    refuse_existing(output, overwrite)
    check_writable(output)
    photos = [read_image(path) for path in pictures]
    for path, photo in zip(pictures, photos, strict=True):
        for note in photo.notes:
            say(f"{path}: {note}")
    from stylemamba.pipeline import StyleMambaPipeline

    pipe = StyleMambaPipeline.from_pretrained(encoder=encoder, device="cpu")
    part = pipe.learn([photo.rgb for photo in photos], name)
    assert part.learnt is not None
    previews = tuple(preview_of(photo.rgb) for photo in photos)
    learnt = Learnt.from_text(part.learnt)
    StyleFile((name.strip(), *also), learnt, licence, previews).save(output)
    click.echo(f"{output}: {name.strip()}, of {len(photos)} pictures")
    return 0
