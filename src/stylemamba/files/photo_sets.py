"""Folders of photos as data sets have them: plain, COCO with annotations, style sub-folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError
from stylemamba.files.extra_formats import has_package_for
from stylemamba.files.json_file import read_json

SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".avif", ".jp2", ".jfif",
    ".jpe", ".ppm", ".pgm", ".tga", ".qoi", ".psd", ".apng", ".mpo",
)  # fmt: skip
_MOST_KINDS = 6
_MOST_FOLDERS = 2


@dataclass(frozen=True)
class Entry:
    """A picture of a set, not yet opened.

    Attributes:
        path: Where it is.
        name: Its path within the set, with forward slashes.
        group: The sub-folder that it is in (WikiArt: the style); empty where there is none.
        caption: What the annotations say is on it; empty where they say nothing.
    """

    path: Path
    name: str
    group: str = ""
    caption: str = ""


@dataclass(frozen=True)
class PhotoSet:
    """The pictures of a folder in the order of their names.

    Attributes:
        entries: At least one.
        notes: What was left out, for example "passed over: 3 .heic, 1 folder deeper down (a/b)".
    """

    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


def read_photo_set(folder: Path, annotations: Path | None = None) -> PhotoSet:
    """Lists the pictures of a folder, without opening them.

    Args:
        folder: Pictures, or sub-folders with pictures (one level), or both; files that are not
            named like pictures and folders further down are passed over, with a note, and hidden
            ones without.
        annotations: COCO's JSON file: only the pictures under its "images" are listed; captions
            under its "annotations" are kept, the one with the lowest id for each picture.

    Raises:
        StyleMambaError: There is no such folder, it has no pictures, or the annotations are
            missing, malformed, or of another folder.
    """
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "no such folder"
        raise StyleMambaError(f"{folder}: {problem}; give a folder with photos")
    if annotations is not None:
        return _read_coco(folder, annotations)
    try:
        inside = _visible(folder)
        groups = [path for path in inside if path.is_dir()]
        within = [(group, path) for group in groups for path in _visible(group)]
    except OSError as error:
        raise StyleMambaError(
            f"{error.filename or folder}: cannot be listed ({error.strerror}); "
            "change its permissions"
        ) from error
    entries = [Entry(path, path.name) for path in inside if is_picture(path)]
    entries += [
        Entry(path, f"{group.name}/{path.name}", group.name)
        for group, path in within
        if is_picture(path)
    ]
    passed_over = _passed_over(inside, [path for _, path in within])
    if not entries:
        raise StyleMambaError(
            f"{folder}: has no pictures, nor have its sub-folders; "
            f"names should end in {', '.join(SUFFIXES[:4])}, ..."
            + "".join(f" ({note})" for note in passed_over)
        )
    return PhotoSet(tuple(entries), passed_over)


def spread(entries: Sequence[Entry], limit: int | None) -> list[Entry]:
    """At most `limit` entries, at even distances, so that every sub-folder has its share."""
    if limit is None or limit >= len(entries):
        return list(entries)
    return [entries[number * len(entries) // limit] for number in range(limit)]


def is_picture(path: Path) -> bool:
    """Whether a file is there and named like a picture."""
    return is_named_like_a_picture(path) and path.is_file()


def is_named_like_a_picture(path: Path) -> bool:
    """Whether a name has the extension of a picture that can be read."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or has_package_for(suffix)


def kinds_of(paths: Sequence[Path]) -> list[str]:
    """How many files of which kinds are no pictures, most first: "3 .heic", "1 .txt"."""
    kinds: Counter[str] = Counter()
    for path in paths:
        if not path.is_dir() and not is_picture(path):
            broken = " that lead nowhere" if path.is_symlink() and not path.exists() else ""
            kinds[(path.suffix.lower() or "without an extension") + broken] += 1
    ranked = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    parts = [f"{count:,} {kind}" for kind, count in ranked[:_MOST_KINDS]]
    rest = sum(count for _, count in ranked[_MOST_KINDS:])
    return [*parts, f"{rest:,} other files"] if rest else parts


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _passed_over(inside: Sequence[Path], within: Sequence[Path]) -> tuple[str, ...]:
    """A note on files that are no pictures and folders in sub-folders, if there are any."""
    parts = kinds_of([*inside, *within])
    deeper = [f"{path.parent.name}/{path.name}" for path in within if path.is_dir()]
    if deeper:
        named = ", ".join(deeper[:_MOST_FOLDERS]) + (", ..." if deeper[_MOST_FOLDERS:] else "")
        folders = "1 folder" if len(deeper) == 1 else f"{len(deeper):,} folders"
        parts.append(f"{folders} deeper down ({named})")
    return (f"passed over: {', '.join(parts)}",) if parts else ()


def _read_coco(folder: Path, annotations: Path) -> PhotoSet:
    content = read_json(annotations, "give COCO's annotations file")
    try:
        names = {str(image["file_name"]): image.get("id") for image in content["images"]}
        captions = _first_captions(content.get("annotations") or [])
    except (KeyError, TypeError, AttributeError) as error:
        raise StyleMambaError(
            f'{annotations}: has no list "images" with a "file_name" each; '
            "give COCO's annotations file"
        ) from error
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise StyleMambaError(f"{annotations}: {name!r} lies outside the folder; correct it")
    entries = tuple(
        Entry(folder / name, name, caption=captions.get(number, ""))
        for name, number in sorted(names.items())
        if (folder / name).is_file()
    )
    if not entries:
        raise StyleMambaError(
            f"{folder}: has none of the {len(names):,} pictures that {annotations} lists; "
            "give the folder that the file describes"
        )
    absent = len(names) - len(entries)
    note = f"{absent:,} of the {len(names):,} pictures that {annotations} lists are not in {folder}"
    return PhotoSet(entries, (note,) if absent else ())


def _first_captions(annotations: Sequence[dict[str, Any]]) -> dict[Any, str]:
    captions: dict[Any, str] = {}
    texts = [item for item in annotations if isinstance(item.get("caption"), str)]
    for item in sorted(texts, key=lambda item: str(item.get("id", "")).zfill(20)):
        captions.setdefault(item.get("image_id"), " ".join(item["caption"].split()))
    return captions
