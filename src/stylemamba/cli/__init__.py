"""The command line.

Nothing here imports torch until a command needs it, so help and usage errors come at once.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Sequence

import click

from stylemamba import __version__
from stylemamba.cli.batch import batch
from stylemamba.cli.bench import bench
from stylemamba.cli.blend import blend
from stylemamba.cli.compare import compare
from stylemamba.cli.evaluate import evaluate
from stylemamba.cli.export import export
from stylemamba.cli.learn import learn
from stylemamba.cli.live import live
from stylemamba.cli.messages import described, say
from stylemamba.cli.sheet import sheet
from stylemamba.cli.studio import studio
from stylemamba.cli.styles import styles
from stylemamba.cli.stylize import stylize
from stylemamba.cli.train import train
from stylemamba.cli.train_fusion import fusion, pack
from stylemamba.cli.video import video
from stylemamba.portable.recipe_fields import RecipeError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="stylemamba")
def commands() -> None:
    """Text in, stylised photo out.

    Exit status: 0 done, 1 the job failed, 2 wrong usage, 130 interrupted (what was written by then
    is complete).
    """


_COMMANDS = (
    *(stylize, batch, video, live, studio, styles, learn, sheet, blend),
    *(evaluate, compare, export, bench, train),
)
for command in (pack, fusion):
    train.add_command(command)
for command in _COMMANDS:
    commands.add_command(command)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        argv: The arguments after the program's name; those of the process if None.

    Returns:
        The exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted. Errors are one line on
        stderr; set STYLEMAMBA_TRACEBACK=1 to see where an internal one comes from.
    """
    for stream in (sys.stdout, sys.stderr):  # a file name or prompt may not fit the locale
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logging.getLogger("PIL").addHandler(logging.NullHandler())  # or it prints decoder details
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    args = None if argv is None else list(argv)
    try:
        status = commands.main(args, prog_name="stylemamba", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" (see {context.command_path} --help)" if context else ""
        say(f"error: {error.format_message()}{hint}")
        return error.exit_code
    except click.Abort:
        say("interrupted")
        return 130
    except Exception as error:
        say(described(error))
        return 2 if isinstance(error, RecipeError) else 1
    return status if isinstance(status, int) else 0
