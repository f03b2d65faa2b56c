"""Finished work on disk, found again as long as all that it depends on is the same.

A key says what that is: the photo, the recipe, the weights, and the code that made it
(`code_digest`). An entry is pictures and a JSON file, which is written last: it is all there or not
at all, and a damaged one is as good as none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer, make_folder
from stylemamba.files.images import write_image
from stylemamba.runtime.shipped import PACKAGE

if TYPE_CHECKING:
    from stylemamba.output import StyleMambaOutput

SOURCES = (".py", ".cpp")
PAINTING = (
    "painting", "portable", "fusion", "scan", "encoders", "autoencoders", "losses", "files",
    "segmentation",
    "runtime/precision.py", "runtime/padding.py", "models.py", "pipeline.py",
)  # fmt: skip
"""Parts of the package, for `code_digest`, that decide what a photo becomes."""
DIGITS = 16
"""Of the digests in file names."""


@cache
def code_digest(*parts: str) -> str:
    """A hash of the sources of parts of this package; computed once a process.

    Args:
        parts: Folders with all that is in them, or single files: `painting`, `portable/srgb.py`.
    """
    digest = hashlib.sha256()
    for part in parts:
        place = PACKAGE / part
        paths = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in paths:
            if path.suffix in SOURCES:
                name = path.relative_to(PACKAGE).as_posix().encode()
                digest.update(hashlib.sha256(name).digest())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """A hash of a file of any size.

    Raises:
        StyleMambaError: It cannot be read.
    """
    try:
        with open(path, "rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise StyleMambaError(f"{path}: cannot be read ({error.strerror})") from error
    return digest.hexdigest()


def painting_key(
    photo: bytes, recipe: Mapping[str, Any], weights: Any, numerics: str
) -> dict[str, Any]:
    """The key of a photo that was painted.

    Args:
        photo: Its file's content, its pixels, or a digest of them.
        recipe: All that was asked for.
        weights: Digests of the weights of all models.
        numerics: Device, precision and scan; see `StyleMambaPipeline.numerics`.
    """
    return {
        "photo": hashlib.sha256(photo).hexdigest(),
        "recipe": dict(recipe),
        "weights": weights,
        "numerics": numerics,
        "code": code_digest(*PAINTING),
    }


def painting_record(output: StyleMambaOutput) -> dict[str, Any]:
    """What is kept beside the picture of a photo that was painted."""
    return {
        "seconds": round(output.seconds, 3),
        "coverage": output.coverage,
        "neighbours": output.neighbours,
        "remarks": output.remarks,
    }


@dataclass(frozen=True)
class Kept:
    """An entry that is there.

    Attributes:
        record: As it was saved.
        pictures: Label to file.
    """

    record: dict[str, Any]
    pictures: dict[str, Path]


@dataclass(frozen=True)
class Entry:
    """A place for finished work; made by `Store.entry`.

    Attributes:
        folder: Of its files.
        stem: What the names of its files begin with; it holds a digest of the key.
        key: As JSON.
    """

    folder: Path
    stem: str
    key: str

    @property
    def path(self) -> Path:
        """Its JSON file, `<stem>.json`."""
        return self.folder / f"{self.stem}.json"

    def load(self) -> Kept | None:
        """What was saved; None if it is not there, or damaged and to be made again."""
        try:
            content = json.loads(self.path.read_bytes())
            if _canonical(content["key"]) != self.key:
                return None
            pictures = {label: self._picture(label) for label in content["pictures"]}
            for label, path in pictures.items():
                if content["pictures"][label] != hashlib.sha256(path.read_bytes()).hexdigest():
                    return None
            return Kept(dict(content["record"]), pictures)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def require(self) -> Kept:
        """What was saved just now.

        Raises:
            StyleMambaError: It is gone or damaged.
        """
        kept = self.load()
        if kept is None:
            raise StyleMambaError(f"{self.path}: was removed or damaged; run the command again")
        return kept

    def save(
        self,
        record: Mapping[str, Any],
        pictures: Mapping[str, Image.Image] | None = None,
        alpha: Image.Image | None = None,
    ) -> None:
        """Keeps finished work in place of what is there; the folder has to be there.

        Args:
            record: Anything that JSON can hold.
            pictures: By label, as `<stem>-<label>.png`; `<stem>.png` where the label is empty.
            alpha: Transparency of all of them.

        Raises:
            StyleMambaError: The folder cannot be written to, or the disk is full.
        """
        digests = {}
        for label, picture in (pictures or {}).items():
            path = self._picture(label)
            write_image(picture, path, alpha)
            digests[label] = hashlib.sha256(path.read_bytes()).hexdigest()
        content = {"key": json.loads(self.key), "pictures": digests, "record": dict(record)}
        with atomic_writer(self.path) as file:
            file.write(json.dumps(content, indent=1).encode())

    def _picture(self, label: str) -> Path:
        return self.folder / (f"{self.stem}-{label}.png" if label else f"{self.stem}.png")


class Store:
    """A folder of finished work.

    Args:
        folder: Of the files, made by `prepare`.
        key: What all its entries depend on.
    """

    def __init__(self, folder: Path, key: Mapping[str, Any] | None = None) -> None:
        self.folder, self.key = folder, dict(key or {})

    def prepare(self) -> None:
        """Makes the folder where there is none, so that a bad place is refused before any work.

        Raises:
            StyleMambaError: It cannot be made.
        """
        make_folder(self.folder)

    def entry(self, name: str, key: Mapping[str, Any]) -> Entry:
        """The place for what depends on the store's key and this one.

        Args:
            name: For people, fit for a file name; entries of one name differ by a digest.
            key: Anything that JSON can hold.
        """
        text = _canonical({**self.key, **key})
        return Entry(self.folder, _stem(name, text), text)

    def within(self, name: str, key: Mapping[str, Any]) -> Store:
        """A folder in this one for entries that have a part of their key in common.

        Args:
            name: As for `entry`.
            key: That part.
        """
        shared = {**self.key, **key}
        return Store(self.folder / _stem(name, _canonical(shared)), shared)


def _canonical(key: Any) -> str:
    return json.dumps(key, sort_keys=True, allow_nan=False)


def _stem(name: str, key: str) -> str:
    return f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:DIGITS]}"
