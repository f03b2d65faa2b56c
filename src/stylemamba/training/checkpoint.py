"""Training state on disk: written whole or not at all, so that a killed run resumes."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import torch

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer, check_writable


def make_run_folder(out: Path) -> None:
    """Makes the folder of a training run, and finds out before any work if it can be written to.

    Raises:
        StyleMambaError: It cannot.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StyleMambaError(
            f"{out}: cannot be made ({error.strerror}); choose another"
        ) from error
    check_writable(out / "config.json")


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes tensors and plain values to `path` under a temporary name and renames it.

    Raises:
        StyleMambaError: The file cannot be written; an earlier one is still there.
    """
    encoded = BytesIO()  # writing to a file, torch reports a full disk as an internal error
    torch.save(state, encoded)
    with atomic_writer(path) as file:
        file.write(encoded.getbuffer())


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Reads what `save_checkpoint` wrote, onto the CPU; code in the file is not run.

    Raises:
        StyleMambaError: The file is missing or corrupt.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # truncated and foreign files raise a dozen types
        raise StyleMambaError(
            f"{path}: cannot be resumed from ({type(error).__name__}); delete it to start anew"
        ) from error
    return state
