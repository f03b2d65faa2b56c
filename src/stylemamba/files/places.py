"""Files as people name them in lists: paths, and URIs such as `s3://bucket/cat.jpg`."""

from __future__ import annotations

import os
from pathlib import Path


def is_uri(place: str) -> bool:
    """Whether a place is named by a URI, rather than by a path."""
    return "://" in place


def joined(folder: str, name: str) -> str:
    """A name that starts from a folder, unless it is a URI or starts from the root."""
    if is_uri(name):
        return name
    return f"{folder.rstrip('/')}/{name}" if is_uri(folder) else os.path.join(folder, name)


def as_path(place: str) -> Path:
    """The path of a place; of a URI the part behind its scheme, which is no file here.

    It says what the file is called, and which places are the same.
    """
    return Path("/" + place.partition("://")[2]) if is_uri(place) else Path(place)
