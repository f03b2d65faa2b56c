"""The one pass for onnxruntime: a folder of graphs and a script that run without torch."""

from __future__ import annotations

import importlib.util
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stylemamba.errors import StyleMambaError

TOOLS = ("onnx", "onnxscript", "onnxruntime")
TOLERANCE = 2e-3
"""Largest difference between a picture of onnxruntime and one of PyTorch; 1 / 255 is 3.9e-3."""


@dataclass(frozen=True)
class ExportReport:
    """What was written and how near it is to PyTorch in float32.

    Attributes:
        folder: Where it is.
        sizes: File name -> bytes.
        differences: (height, width) of a photo -> largest absolute difference of the pictures.
        text_difference: The same of the embeddings of a few sentences.
        likelihood_difference: The same of the likelihoods of what a picture shows.
    """

    folder: Path
    sizes: dict[str, int]
    differences: dict[tuple[int, int], float]
    text_difference: float
    likelihood_difference: float


def check_tools() -> None:
    """Finds out whether the packages that an export needs are installed.

    Raises:
        StyleMambaError: One is missing.
    """
    missing = [name for name in TOOLS if importlib.util.find_spec(name) is None]
    if missing:
        raise StyleMambaError(
            f"exporting needs {', '.join(missing)}: run pip install {' '.join(TOOLS)}"
        )


def check_folder(folder: Path) -> None:
    """Finds out before any work whether `new_folder(folder)` can succeed.

    Raises:
        StyleMambaError: There is something at `folder` already, or it cannot be created.
    """
    with new_folder(folder) as temporary:
        temporary.rmdir()


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Makes a temporary folder beside `folder` that takes its place when the block ends well.

    If the block raises, or removes the temporary folder, nothing is left of it. An empty folder is
    replaced; one with files in it is refused, whatever they are: nothing is deleted here.

    Raises:
        StyleMambaError: There is something at `folder` already, or it cannot be created.
    """
    target = _free_target(folder)
    temporary = target.with_name(f".stylemamba-{secrets.token_hex(8)}.tmp")
    try:
        temporary.mkdir()
        yield temporary
        if temporary.exists():
            if target.exists():
                target.rmdir()
            temporary.rename(target)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _free_target(folder: Path) -> Path:
    try:
        target = folder.resolve()
        if target.exists() and not target.is_dir():
            raise StyleMambaError(f"{folder}: is not a folder; choose another name")
        if target.exists() and any(target.iterdir()):
            raise StyleMambaError(f"{folder}: is not empty; remove it or choose another folder")
        if not target.parent.is_dir():
            raise StyleMambaError(f"{folder}: there is no folder {target.parent}; create it first")
    except (OSError, RuntimeError, ValueError) as error:  # name too long, link loop, NUL in name
        raise _unwritable(folder, error) from error
    return target


def _unwritable(folder: Path, error: Exception) -> StyleMambaError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return StyleMambaError(
        f"{folder}: cannot be written ({reason}); choose another place or free some space"
    )
