"""Files wherever they are: paths, and URIs through the file systems of pyarrow, or of fsspec.

pyarrow knows `file`, `s3`, `gs`, `abfs` and `hdfs`; other schemes are asked of fsspec, if it is
there.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
from pyarrow import fs

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer, make_folder
from stylemamba.files.places import is_uri, joined
from stylemamba.files.reading import check_readable_file

_ROOT = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^/]*)(.*)", re.DOTALL)


def read(place: str) -> bytes:
    """The content of a file.

    Raises:
        StyleMambaError: It is not there, empty, or cannot be read.
    """
    if not is_uri(place):
        check_readable_file(Path(place))
    try:
        system, path = _opened(place)
        with system.open_input_file(path) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise StyleMambaError(f"{place}: no such file; check the name") from error
    except (OSError, ValueError) as error:
        raise _problem(place, "read", error) from error
    if not content:
        raise StyleMambaError(f"{place}: is empty (0 bytes); use another copy")
    return content


def read_if_there(place: str) -> bytes | None:
    """The content of a file; None if there is none.

    Raises:
        StyleMambaError: It cannot be read.
    """
    try:
        system, path = _opened(place)
        with system.open_input_file(path) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _problem(place, "read", error) from error


def write(place: str, content: bytes | memoryview) -> None:
    """Writes a file in the place of what is there; its folder is made.

    Of this machine's file system, it is complete or not there; object stores keep to that, too.

    Raises:
        StyleMambaError: It cannot be written.
    """
    try:
        system, path = _opened(place)
        if isinstance(system, fs.LocalFileSystem):
            make_folder(Path(path).parent)
            with atomic_writer(path) as local:
                local.write(content)
            return
        with system.open_output_stream(path) as file:
            file.write(content)
    except (OSError, ValueError) as error:
        raise _problem(place, "written", error) from error


def remove(place: str) -> None:
    """Removes a file.

    Raises:
        StyleMambaError: It cannot be removed.
    """
    try:
        system, path = _opened(place)
        system.delete_file(path)
    except (OSError, ValueError) as error:
        raise _problem(place, "removed", error) from error


def is_folder(place: str) -> bool:
    """Whether there is a folder.

    Raises:
        StyleMambaError: Nobody can tell.
    """
    try:
        system, path = _opened(place)
        return bool(system.get_file_info(path).type == fs.FileType.Directory)
    except (OSError, ValueError) as error:
        raise _problem(place, "looked at", error) from error


def files_in(folder: str, recursive: bool) -> list[str]:
    """The names of the files in a folder, with forward slashes; none where there is no folder.

    Raises:
        StyleMambaError: It cannot be listed.
    """
    try:
        system, path = _opened(folder)
        selector = fs.FileSelector(path, allow_not_found=True, recursive=recursive)
        found = system.get_file_info(selector)
    except (OSError, ValueError) as error:
        raise _problem(folder, "listed", error) from error
    start = len(path.strip("/")) + 1  # not all file systems begin with a slash what they list
    files = (info.path.lstrip("/") for info in found if info.type == fs.FileType.File)
    return sorted(file[start:] for file in files)


def absolute(place: str) -> str:
    """A place in the words of any working folder."""
    return place if is_uri(place) else os.path.abspath(place)


def within(folder: str, name: str | Path) -> str:
    """A file in a folder."""
    return joined(folder, name if isinstance(name, str) else name.as_posix())


def _opened(place: str) -> tuple[fs.FileSystem, str]:
    """The file system that a place is in, and its path there."""
    if not is_uri(place):
        return fs.LocalFileSystem(), str(Path(place).absolute())
    match = _ROOT.fullmatch(place)
    if match is None:
        raise StyleMambaError(f"{place}: is no URI; write SCHEME://BUCKET/PATH")
    root, path = match.groups()
    system, base = _system(root)
    return system, (base.rstrip("/") + path) or "/"


@lru_cache
def _system(root: str) -> tuple[fs.FileSystem, str]:
    """Of a scheme and a bucket: finding it out may take a request."""
    try:
        system, base = fs.FileSystem.from_uri(f"{root}/" if root.endswith("//") else root)
    except pa.ArrowInvalid:
        return _system_of_fsspec(root)
    return system, base


def _system_of_fsspec(root: str) -> tuple[fs.FileSystem, str]:
    scheme = root.partition("://")[0]
    try:
        import fsspec

        found = fsspec.filesystem(scheme)
    except (ImportError, ValueError) as error:
        raise StyleMambaError(
            f"{root}: pyarrow knows no {scheme}://, nor does fsspec ({error})"
        ) from error
    return fs.PyFileSystem(fs.FSSpecHandler(found)), root.partition("://")[2]


def _problem(place: str, done: str, error: Exception) -> StyleMambaError:
    reason = " ".join(str(getattr(error, "strerror", None) or error).split())
    return StyleMambaError(f"{place}: cannot be {done} ({reason}); check the name and the access")
