"""Photos as people name them: files, folders, patterns such as `*.jpg`."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stylemamba.errors import StyleMambaError
from stylemamba.files.photo_sets import is_picture, kinds_of

STDIN = "-"
"""In the place of a photo."""


@dataclass(frozen=True)
class PhotoPath:
    """A photo, not yet opened.

    Attributes:
        path: Where it is.
        folder: Where it lies in the folder that was named, for example `2024/may`.
    """

    path: Path
    folder: Path = Path()


@dataclass
class PhotoPaths:
    """What was found.

    Attributes:
        photos: In the order in which they were named, those of a folder by name; each once.
        notes: What was passed over.
        failures: A line for each folder that cannot be listed.
    """

    photos: list[PhotoPath] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def names_photos(text: str) -> bool:
    """Whether a text is the name of photos that are there, rather than a prompt.

    It is if there is such a file with an extension, or such a folder and a separator is in the
    text, or if it is a pattern for some.
    """
    return any(map(_is_path, [text, *_matches(text)]))


def is_one_photo(name: str) -> bool:
    """Whether a name stands for one file, there or not, rather than for a folder or a pattern."""
    return os.path.isfile(name) or not (os.path.isdir(name) or glob.has_magic(name))


def check_names(names: Sequence[str]) -> None:
    """Makes sure that there is something under each name.

    Raises:
        StyleMambaError: There is no such file or folder, or nothing for a pattern.
    """
    for name in names:
        _existing(name)


def find_photos(names: Sequence[str], recursive: bool, leave_out: Path) -> PhotoPaths:
    """Lists photos without opening them.

    Of folders, files that are not named like pictures are passed over, with a note, and hidden ones
    without; the same goes for files that are named themselves, as a shell's `*` names them all.

    Args:
        names: Files, folders, patterns.
        recursive: Go into sub-folders.
        leave_out: A folder that is not gone into: that of the results.

    Raises:
        StyleMambaError: There is no such file or folder, nothing for a pattern, or no photo at all.
    """
    found = PhotoPaths()
    files: list[PhotoPath] = []
    folders: list[Path] = []
    for path in [Path(match) for name in names for match in _existing(name)]:
        if path.is_dir():
            files += _in_folder(path, recursive, leave_out, folders, found.failures)
        else:
            files.append(PhotoPath(path))
    distinct: dict[str, PhotoPath] = {}
    for photo in files:
        distinct.setdefault(os.path.abspath(photo.path), photo)
    found.photos += [photo for photo in distinct.values() if is_picture(photo.path)]
    parts = kinds_of([photo.path for photo in distinct.values()])
    if parts:
        found.notes.append(f"passed over: {', '.join(parts)}")
    if folders:
        count, more = len(folders), ", ..." if len(folders) > 1 else ""
        found.notes.append(
            f"passed over: {count:,} sub-folder{'s' if more else ''} ({folders[0]}{more}); "
            "--recursive goes into them"
        )
    if not found.photos:
        said = "; ".join([*found.failures, *found.notes])
        raise StyleMambaError(f"{names[0]}: no photos are there" + (f" ({said})" if said else ""))
    return found


def _is_path(text: str) -> bool:
    if os.path.isfile(text):
        return bool(Path(text).suffix)
    return os.path.isdir(text) and any(sign in text for sign in ("/", os.sep))


def _existing(name: str) -> list[str]:
    """The files and folders of a name; a shell may have left a pattern as it is."""
    if os.path.lexists(name):
        return [name]
    matches = _matches(name)
    if matches:
        return matches
    if glob.has_magic(name):
        raise StyleMambaError(f"{name}: no file is called like that; check the pattern")
    raise StyleMambaError(
        f"{name}: no such file or folder; check the name, and put a PROMPT of several words in "
        "quotes"
    )


def _matches(pattern: str) -> list[str]:
    if not glob.has_magic(pattern) or "\0" in pattern:
        return []
    return sorted(glob.glob(pattern, recursive=True))


def _in_folder(
    root: Path, recursive: bool, leave_out: Path, passed_over: list[Path], failures: list[str]
) -> Iterator[PhotoPath]:
    """The files of a folder; sub-folders that are not gone into are added to `passed_over`."""

    def fail(error: OSError) -> None:
        failures.append(
            f"{error.filename or root}: cannot be listed ({error.strerror}); change its permissions"
        )

    seen = {os.path.realpath(root)}
    for place, folders, files in os.walk(root, onerror=fail, followlinks=True):
        folder = Path(place)
        inside = sorted(
            name
            for name in folders
            if not name.startswith(".") and not _is_same(folder / name, leave_out)
        )
        folders.clear()
        if recursive:
            new = {os.path.realpath(folder / name): name for name in reversed(inside)}
            folders += sorted(name for real, name in new.items() if real not in seen)
            seen |= new.keys()  # links may lead round in circles
        else:
            passed_over += [folder / name for name in inside]
        for name in sorted(files):
            if not name.startswith("."):
                yield PhotoPath(folder / name, folder.relative_to(root))


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them is not there (yet)
        return False
