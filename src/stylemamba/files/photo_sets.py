"""Folders of photos as data sets have them: plain, COCO with annotations, style sub-folders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError

SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".avif", ".jp2", ".jfif",
    ".jpe", ".ppm", ".pgm", ".tga", ".qoi",
)  # fmt: skip


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
        notes: What was left out, for example "3 of 5 listed pictures are not in the folder".
    """

    entries: tuple[Entry, ...]
    notes: tuple[str, ...] = ()


def read_photo_set(folder: Path, annotations: Path | None = None) -> PhotoSet:
    """Lists the pictures of a folder, without opening them.

    Args:
        folder: Pictures, or sub-folders with pictures (one level), or both; files that are not
            named like pictures and hidden ones are passed over.
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
        inside = sorted(folder.iterdir())
        groups = [path for path in inside if path.is_dir() and not path.name.startswith(".")]
        entries = [Entry(path, path.name) for path in inside if _is_picture(path)]
        for group in groups:
            entries += [
                Entry(path, f"{group.name}/{path.name}", group.name)
                for path in sorted(group.iterdir())
                if _is_picture(path)
            ]
    except OSError as error:
        raise StyleMambaError(
            f"{error.filename or folder}: cannot be listed ({error.strerror}); "
            "change its permissions"
        ) from error
    if not entries:
        raise StyleMambaError(
            f"{folder}: has no pictures, nor have its sub-folders; "
            f"names should end in {', '.join(SUFFIXES[:4])}, ..."
        )
    return PhotoSet(tuple(entries))


def spread(entries: Sequence[Entry], limit: int | None) -> list[Entry]:
    """At most `limit` entries, at even distances, so that every sub-folder has its share."""
    if limit is None or limit >= len(entries):
        return list(entries)
    return [entries[number * len(entries) // limit] for number in range(limit)]


def _is_picture(path: Path) -> bool:
    named = path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    return named and path.is_file()


def _read_coco(folder: Path, annotations: Path) -> PhotoSet:
    try:
        content = json.loads(annotations.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StyleMambaError(
            f"{annotations}: cannot be read ({error.strerror}); check the name"
        ) from error
    except (ValueError, RecursionError) as error:
        raise StyleMambaError(
            f"{annotations}: is not JSON ({' '.join(str(error).split())[:80]}); "
            "give COCO's annotations file"
        ) from error
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
