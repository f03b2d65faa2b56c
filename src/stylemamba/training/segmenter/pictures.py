"""Which pictures the segmenter is trained and measured on, and what its teachers see in them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np

from stylemamba.files.atomic import atomic_writer
from stylemamba.training.data import Record, read_records, read_rgb
from stylemamba.training.loop import log
from stylemamba.training.segmenter.teachers import Seen, Teachers
from stylemamba.training.workers import process_map

VALIDATION = (
    (25, "paintings", "genre", ("portrait", "nude_painting")),
    (25, "paintings", "genre", ("landscape", "cityscape")),
    (20, "paintings", "genre", ("genre_painting", "religious_painting")),
    (15, "paintings", "genre", ("", "still_life", "abstract_painting", "illustration")),
)
"""How many pictures of which folder, with which value of which label; photos are taken all."""
TRAINING = (
    (500, "paintings", "genre", ("portrait",)),
    (350, "paintings", "genre", ("landscape",)),
    (300, "paintings", "genre", ("genre_painting",)),
    (120, "paintings", "genre", ("cityscape",)),
    (80, "paintings", "genre", ("nude_painting",)),
    (100, "paintings", "genre", ("still_life",)),
    (120, "paintings", "genre", ("religious_painting",)),
    (60, "paintings", "genre", ("illustration",)),
    (40, "paintings", "genre", ("sketch_and_study",)),
    (60, "paintings", "genre", ("abstract_painting",)),
    (250, "paintings", "genre", ("",)),
    (120, "media", "medium", ("cartoon",)),
    (40, "media", "medium", ("pencil sketch",)),
)
CHUNK = 16  # pictures a call of a worker


def choose(data: Path, seed: int) -> dict[str, list[Record]]:
    """`train` and `validation` -> pictures: all photos, and a random choice of others.

    Raises:
        StyleMambaError: See `read_records`.
    """
    rng = random.Random(seed)
    chosen = {}
    for split, quotas in (("validation", VALIDATION), ("train", TRAINING)):
        records = read_records(data, ("paintings", "media"), split)
        chosen[split] = read_records(data, ("photos",), split)
        for count, folder, label, values in quotas:
            fitting = [
                record
                for record in records
                if record.folder == folder and record.labels.get(label) in values
            ]
            rng.shuffle(fitting)
            chosen[split] += fitting[:count]
    return chosen


def seen_by_teachers(records: Sequence[Record], teachers: Path, cache: Path) -> list[Seen]:
    """What the teachers see in pictures, half a second each; a cache keeps it from run to run.

    Args:
        records: The pictures' rows.
        teachers: Folder of the teachers' files.
        cache: Folder to keep answers in.

    Raises:
        StyleMambaError: See `Teachers`; a picture is damaged.
    """
    paths = [_answer_path(record, cache) for record in records]
    missing = [
        (record, path) for record, path in zip(records, paths, strict=True) if not path.exists()
    ]
    if missing:
        Teachers(teachers)  # fails here rather than in a process
        parts = [missing[start : start + CHUNK] for start in range(0, len(missing), CHUNK)]
        done = 0
        for count in process_map(_look, parts, initializer=_start, initargs=(teachers,)):
            done += count
            log(f"teachers: {done} of {len(missing)} pictures")
    return [_read(path) for path in paths]


def _answer_path(record: Record, cache: Path) -> Path:
    name = f"{record.path.parent.name}__{record.path.name}"
    if record.path.parent.name == record.folder:
        name = record.path.name
    return cache / record.folder / record.split / f"{name}.npz"


def _read(path: Path) -> Seen:
    with np.load(path) as stored:
        subject, person = (stored[name].astype(np.float32) / 255 for name in ("subject", "person"))
        return Seen(subject, person, stored["faces"])


_teachers: Teachers


def _start(folder: Path) -> None:
    global _teachers
    _teachers = Teachers(folder)


def _look(pictures: Sequence[tuple[Record, Path]]) -> int:
    for record, path in pictures:
        seen = _teachers.look(read_rgb(record.path))
        masks = {
            name: np.rint(mask * 255).astype(np.uint8)
            for name, mask in (("subject", seen.subject), ("person", seen.person))
        }
        encoded = BytesIO()
        np.savez_compressed(encoded, faces=seen.faces, **masks)
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_writer(path) as file:
            file.write(encoded.getbuffer())
    return len(pictures)
