"""The pictures that style fusion is trained on: in folders, or in one pack of them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.photo_sets import read_photo_set
from stylemamba.files.reading import read_image_bytes
from stylemamba.training.data import Picture, read_records, scale_short_side
from stylemamba.training.loop import log
from stylemamba.training.pack import Pack, writing_pack
from stylemamba.training.parquet import ParquetPicture, parquet_files, parquet_pictures
from stylemamba.training.workers import process_map

SIDE = 320
QUALITY = 90
LOG_PICTURES = 1000
COCO_FOLDER = re.compile(r"(train|val)20\d\d")
COCO_NAMES = {"train": "train", "validation": "val"}


Listed: TypeAlias = Path | ParquetPicture
"""A picture that may be put into a pack."""


def list_pictures(folders: Sequence[Path], split: str) -> list[Listed]:
    """Pictures of a split, in a fixed order.

    Args:
        folders: Each with a metadata.csv (see training/data.py); or COCO's, with `train2017` and
            `val2017` or those of other years; or with Parquet files, `train-*` and `val*`, in it or
            in `data/`; or just pictures and folders of pictures, as WikiArt
            has them, which are all `train`.
        split: `train` or `validation`.

    Raises:
        StyleMambaError: There are none.
    """
    paths: list[Listed] = []
    for folder in folders:
        if (folder / "metadata.csv").exists():
            paths += [record.path for record in read_records(folder.parent, (folder.name,), split)]
        elif years := _coco_folders(folder):
            wanted = [place for place in years if place.name.startswith(COCO_NAMES[split])]
            paths += [entry.path for place in wanted for entry in read_photo_set(place).entries]
        elif files := parquet_files(folder):
            wanted = [file for file in files if _split_of(file) == split]
            paths += [picture for file in wanted for picture in parquet_pictures(file)]
        elif split == "train":
            paths += [entry.path for entry in read_photo_set(folder).entries]
    if not paths:
        raise StyleMambaError(f"{', '.join(map(str, folders))}: no {split} pictures; choose others")
    return paths


def _coco_folders(folder: Path) -> list[Path]:
    """COCO's folders of a split and year in a folder."""
    return sorted(place for place in folder.glob("*[0-9]") if COCO_FOLDER.fullmatch(place.name))


def _split_of(file: Path) -> str:
    """The split of a Parquet file: by its name, as the hub has them, `train` by default."""
    names = {"val": "validation", "test": "test"}
    return next((split for name, split in names.items() if file.name.startswith(name)), "train")


@dataclass(frozen=True)
class Pictures:
    """What a training of style fusion sees.

    Attributes:
        contents: Photos to train on.
        styles: Paintings and other pictures with a style, to train on; there may be none, where
            styles are of texts alone.
        samples: Photos for the sample sheets: of the validation split, where there is one.
    """

    contents: Sequence[Picture]
    styles: Sequence[Picture]
    samples: Sequence[Picture]

    @classmethod
    def of_folders(cls, contents: Sequence[Path], styles: Sequence[Path]) -> Pictures:
        """Those of folders, as `list_pictures` takes them.

        Raises:
            StyleMambaError: There are none to train on.
        """
        photos = list_pictures(contents, "train")
        samples = _validation(contents) or photos
        return cls(photos, list_pictures(styles, "train") if styles else (), samples)

    @classmethod
    def of_pack(cls, path: Path) -> Pictures:
        """Those of a pack, in the order in which the folders had them.

        Raises:
            StyleMambaError: It is no complete pack, or has none to train on.
        """
        pack = Pack(path)
        found = {role: pack.pictures(f"{role}/train") for role in ("content", "style")}
        if not found["content"]:
            raise StyleMambaError(f"{path}: has no pictures of content; make it with --content")
        samples = pack.pictures("content/validation") or found["content"]
        return cls(found["content"], found["style"], samples)


@dataclass(frozen=True)
class Packed:
    """What became of the pictures of a pack.

    Attributes:
        pictures: How many are in it.
        skipped: How many were damaged.
        size: Bytes of the pack.
        paths: Its file or parts.
    """

    pictures: int
    skipped: int
    size: int
    paths: Sequence[Path]


def make_pack(
    contents: Sequence[Path],
    styles: Sequence[Path],
    out: Path,
    *,
    side: int = SIDE,
    part: int | None = None,
) -> Packed:
    """Packs the pictures of folders for a training elsewhere; the same folders give the same bytes.

    Pictures that are larger become JPEGs with a shorter side of `side` pixels; others are copied.
    Damaged ones are passed over, with a line on stderr.

    Args:
        contents: Folders of photos.
        styles: Folders of paintings and other pictures.
        out: The file.
        side: In pixels.
        part: Bytes of the parts to cut it into; None for one file.

    Raises:
        StyleMambaError: There are no pictures to train on, or `out` cannot be written.
    """
    lists = _lists({"content": contents, "style": styles})
    paths = list(dict.fromkeys(path for found in lists.values() for path in found))
    numbers: dict[Listed, int] = {}
    with writing_pack(out, part) as writer:
        for done, (path, encoded) in enumerate(zip(paths, _encoded(paths, side), strict=True), 1):
            if encoded.content:
                numbers[path] = writer.add(_name(path), encoded.content)
            else:
                log(f"passed over: {encoded.problem}")
            if done % LOG_PICTURES == 0 or done == len(paths):
                log(f"{done:,} of {len(paths):,} pictures, {writer.size / 2**20:.1f} MiB")
        for group, found in lists.items():
            readable = [numbers[path] for path in found if path in numbers]
            if group.endswith("train") and not readable:
                first = found[0]
                place = first.parent if isinstance(first, Path) else first.path
                raise StyleMambaError(f"{place}: no picture can be read; choose others")
            writer.group(group, readable)
    pack = Pack(out)
    return Packed(len(numbers), len(paths) - len(numbers), pack.size, pack.paths)


def _name(picture: Listed) -> str:
    if isinstance(picture, Path):
        return f"{picture.parent.name}/{picture.name}"
    return f"{picture.path.name}/{picture.stem}"


def _lists(folders: dict[str, Sequence[Path]]) -> dict[str, list[Listed]]:
    lists: dict[str, list[Listed]] = {}
    for role, places in folders.items():
        if not places:
            continue
        lists[f"{role}/train"] = list_pictures(places, "train")
        lists[f"{role}/validation"] = _validation(places)
    return lists


def _validation(folders: Sequence[Path]) -> list[Listed]:
    """Those of the folders that have any."""
    paths: list[Listed] = []
    for folder in folders:
        with contextlib.suppress(StyleMambaError):
            paths += list_pictures([folder], "validation")
    return paths


@dataclass(frozen=True)
class Encoded:
    """A picture's file for a pack, or what is wrong with it."""

    content: bytes = b""
    problem: str = ""


def _encoded(paths: Sequence[Listed], side: int) -> Iterator[Encoded]:
    return process_map(encode_picture, paths, [side] * len(paths), chunksize=16)


def encode_picture(picture: Listed, side: int) -> Encoded:
    """A picture's file, smaller where its shorter side has more than `side` pixels."""
    try:
        content = picture.read_bytes() if isinstance(picture, Path) else picture.content()
        named = picture if isinstance(picture, Path) else Path(_name(picture))
        photo = read_image_bytes(content, named)
    except StyleMambaError as error:
        return Encoded(problem=str(error))
    except OSError as error:
        return Encoded(problem=f"{picture}: cannot be read ({error.strerror})")
    return Encoded(content if min(photo.rgb.size) <= side else _reduced(photo.rgb, side))


def _reduced(picture: Image.Image, side: int) -> bytes:
    file = BytesIO()
    picture = scale_short_side(picture, side)
    picture.info.clear()
    picture.save(file, format="JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()
