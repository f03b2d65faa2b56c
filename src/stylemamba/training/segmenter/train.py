"""Training of the segmenter from teachers' masks and labels of whole photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from stylemamba.portable.geometry import Array
from stylemamba.segmentation.network import MaskHead
from stylemamba.segmentation.segmenter import WORDS, Segmenter
from stylemamba.training.checkpoint import make_run_folder
from stylemamba.training.data import Record, read_rgb
from stylemamba.training.loop import log
from stylemamba.training.segmenter.calibration import calibrated, overlap
from stylemamba.training.segmenter.features import WHOLE, FeatureCache, View, views_of
from stylemamba.training.segmenter.fit import answers, fit_head
from stylemamba.training.segmenter.labels import OURS, Labels
from stylemamba.training.segmenter.pictures import choose, seen_by_teachers
from stylemamba.training.segmenter.sky import first_targets, next_targets
from stylemamba.training.segmenter.targets import SIDE, Targets, targets_of
from stylemamba.training.segmenter.teachers import MASK_SIDE, Seen

VIEWS = {"photos": 4, "paintings": 1, "media": 1}
HELD_OUT = 10  # one in so many training pictures is kept for the calibration
SKY_WIDTHS = (48, 64, 96)
SKY_ROUNDS = 3  # heads that only find training masks of the sky, each taught by the one before
SKY_STEPS = 100  # of each of them
FACE_EMPHASIS = 3.0  # faces are one place in fifty
LEAST_KNOWN = 0.8  # share of a picture that is certain, from which answers are measured
LEAST_TRUTH = 0.002  # share of a picture, below which there is no mask to measure with


@dataclass(frozen=True)
class Corpus:
    """Views of the training pictures, and what to answer.

    Attributes:
        views: The n views, those of a picture in a row, the whole one first.
        features: Of them.
        values: (n, words, 64, 64), uint8, 255 where the word's thing is.
        weights: Likewise, how much each place counts.
        whole: Numbers of the views of whole pictures, in the pictures' order.
        held_out: Whether a view's picture is kept for the calibration, (n,).
    """

    views: list[View]
    features: FeatureCache
    values: Array
    weights: Array
    whole: list[int]
    held_out: Array


def train_segmenter(
    data: Path,
    teachers: Path,
    out: Path,
    *,
    labels: Path = OURS,
    steps: int = 2400,
    seed: int = 0,
) -> Segmenter:
    """Trains the segmenter and saves it to `out`; logs how it does on validation pictures.

    What the teachers see is kept in `out/cache` and taken from there by the next run.

    Args:
        data: Folder with `paintings`, `media` and `photos` (see training/data.py).
        teachers: Folder with their files (see teachers.py).
        out: Folder to write config.json and model.safetensors to.
        labels: What whole photos show: see labels.py.
        steps: Of the optimiser.
        seed: Of the choice of pictures and parts, of batches and weights.

    Raises:
        StyleMambaError: Pictures, labels, teachers or their runtimes are missing or damaged; `out`
            cannot be written to.
    """
    make_run_folder(out)
    known = Labels.read(labels)
    chosen = choose(data, seed)
    seen = {
        split: seen_by_teachers(records, teachers, out / "cache" / "teachers")
        for split, records in chosen.items()
    }
    torch.manual_seed(seed)
    corpus = _corpus(chosen["train"], seen["train"], known, out / "cache", seed)
    segmenter = Segmenter()
    training = np.flatnonzero(~corpus.held_out).tolist()
    emphasis = torch.tensor([FACE_EMPHASIS if word == "face" else 1.0 for word in WORDS])
    fit_head(
        segmenter.head,
        corpus.features,
        training,
        corpus.values,
        corpus.weights,
        steps,
        seed,
        emphasis,
    )
    segmenter.half().float().eval()  # calibrated as it will be stored
    calibrate(segmenter, corpus)
    segmenter.half().save_pretrained(out)
    segmenter.float()
    report(segmenter, chosen["validation"], seen["validation"], known)
    return segmenter


def _corpus(
    records: Sequence[Record], seen: Sequence[Seen], labels: Labels, cache: Path, seed: int
) -> Corpus:
    rng = np.random.default_rng(seed)
    views: list[View] = []
    whole: list[int] = []
    picture_of: list[int] = []
    for number, record in enumerate(records):
        whole.append(len(views))
        views += views_of(record, VIEWS[record.folder], rng)
        picture_of += [number] * (len(views) - whole[-1])
    held_out = rng.permutation(len(records)) % HELD_OUT == 0
    features = FeatureCache(cache / "features", views)
    skies = sky_targets(records, labels, features, whole, seed)
    values = np.empty((len(views), len(WORDS), SIDE, SIDE), dtype=np.uint8)
    weights = np.empty_like(values)
    for number, (record, sky) in enumerate(zip(records, skies, strict=True)):
        targets = targets_of(seen[number], labels.answer("person", record), sky)
        for index in np.flatnonzero(np.array(picture_of) == number):
            part = targets.cut(views[index].box, views[index].mirrored)
            values[index], weights[index] = _in_bytes(part)
    return Corpus(views, features, values, weights, whole, held_out[picture_of])


def _in_bytes(targets: Targets) -> tuple[Array, Array]:
    values, weights = (
        np.rint(maps * 255).astype(np.uint8) for maps in (targets.values, targets.weights)
    )
    return values, weights


def sky_targets(
    records: Sequence[Record],
    labels: Labels,
    features: FeatureCache,
    whole: Sequence[int],
    seed: int,
) -> list[Targets]:
    """Masks of the sky (1, 128, 128) of pictures: by heads, each taught by the one before."""
    parts = [first_targets(record, labels) for record in records]
    for _ in range(SKY_ROUNDS):
        head = MaskHead(1, SKY_WIDTHS)
        maps = [_in_bytes(part) for part in parts]
        values, weights = (
            np.zeros((max(whole) + 1, 1, SIDE, SIDE), dtype=np.uint8) for _ in range(2)
        )
        for place, (value, weight) in zip(whole, maps, strict=True):
            values[place], weights[place] = value, weight
        photos = [
            place
            for place, record in zip(whole, records, strict=True)
            if record.folder == "photos" and weights[place].any()
        ]
        fit_head(head, features, photos, values, weights, SKY_STEPS, seed, torch.ones(1))
        likely = answers(head, features, whole)[:, 0]
        found = [
            next_targets(record, labels, answer, read_rgb(record.path))
            for record, answer in zip(records, likely, strict=True)
        ]
        parts = [target.cut(WHOLE, False) for target in found]
    return found


def calibrate(segmenter: Segmenter, corpus: Corpus) -> None:
    """Sets the segmenter's confidence from the pictures that were held out, in place."""
    places = [place for place in corpus.whole if corpus.held_out[place]]
    likely = answers(segmenter.head, corpus.features, places)
    for row, word in enumerate(WORDS):
        measured, overlaps = [], []
        for place, answer in zip(places, likely[:, row], strict=True):
            value, weight = corpus.values[place, row] / 255, corpus.weights[place, row] / 255
            got = overlap(answer, value, weight)
            if _is_known(weight) and not np.isnan(got):
                measured.append(answer)
                overlaps.append(got)
        curve = calibrated(measured, overlaps)
        segmenter.calibration[row] = torch.from_numpy(curve)
        log(f"{word}: confidence {' '.join(f'{value:.2f}' for value in curve)}")


def _is_known(weight: Array) -> bool:
    """Whether enough of a picture is certain for an answer to be right or wrong."""
    return bool((weight >= 0.5).mean() > LEAST_KNOWN)


def report(
    segmenter: Segmenter, records: Sequence[Record], seen: Sequence[Seen], labels: Labels
) -> None:
    """Logs the overlap of masks with the teachers', and the sky's with what was drawn by hand."""
    for folder in ("photos", "paintings"):
        found: dict[str, list[tuple[float, float, bool]]] = {word: [] for word in WORDS}
        for record, view in zip(records, seen, strict=True):
            if record.folder == folder:
                for word, row in _measured(segmenter, record, view, labels).items():
                    found[word].append(row)
        for word, rows in found.items():
            log(f"{folder}, {word}: {_summary(rows)}")


def _measured(
    segmenter: Segmenter, record: Record, seen: Seen, labels: Labels
) -> dict[str, tuple[float, float, bool]]:
    """Word -> overlap, confidence, and whether its thing is there, where that is known."""
    outline = labels.outline(record, MASK_SIDE)
    known = outline is not None or labels.answer("sky", record) == "no"
    shape = (1, MASK_SIDE, MASK_SIDE)
    sky = np.zeros(shape) if outline is None else outline[None]
    targets = targets_of(
        seen, labels.answer("person", record), Targets(sky, np.full(shape, float(known)))
    )
    picture = read_rgb(record.path)
    rows = {}
    for row, (word, found) in enumerate(segmenter.find_all(picture).items()):
        value, weight = targets.values[row], targets.weights[row]
        image = Image.fromarray(found.mask).resize(value.shape[::-1], Image.Resampling.BOX)
        if _is_known(weight):
            there = bool(((value > 0.5) & (weight >= 0.5)).mean() > LEAST_TRUTH)
            rows[word] = (overlap(np.asarray(image), value, weight), found.confidence, there)
    return rows


def _summary(rows: Sequence[tuple[float, float, bool]]) -> str:
    there = np.array([(got, sure) for got, sure, is_there in rows if is_there]).reshape(-1, 2)
    absent = np.array([sure for _, sure, is_there in rows if not is_there])
    sure = there[:, 1] >= 0.5
    mean, best = (
        part.mean() if len(part) else float("nan") for part in (there[:, 0], there[sure, 0])
    )
    return (
        f"{len(there)} pictures with one, IoU {mean:.3f}; {sure.sum()} of them sure, {best:.3f}; "
        f"{(absent >= 0.5).sum()} of {len(absent)} pictures without one mistaken"
    )
