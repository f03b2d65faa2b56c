"""What the segmenter is to answer: the teachers' masks where they are sure, and our own labels.

What nobody is sure of weighs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import label

from stylemamba.portable.geometry import Array
from stylemamba.segmentation.segmenter import WORDS
from stylemamba.training.segmenter.labels import Answer
from stylemamba.training.segmenter.teachers import MASK_SIDE, Seen

SIDE = 64
"""Of the maps that the head answers with, in cells."""
SURE_FACE = 0.75  # score of a face that is one
VOTES = 3  # views of the detectors that must agree on it
GROWTH = np.array([1.15, 1.35])  # of their boxes, to whole faces with foreheads and chins
RAISE = 0.06  # of the box's height
MATTE = (0.15, 0.85)  # between these, a teacher is not sure
CLEAR = 0.5  # share of a subject's mask beyond them, from which it counts


@dataclass(frozen=True)
class Targets:
    """Of a picture, or a part of it.

    Attributes:
        values: (words, r, c), 0 to 1.
        weights: (words, r, c), 0 to 1.
    """

    values: Array
    weights: Array

    def cut(self, box: tuple[float, float, float, float], mirrored: bool) -> Targets:
        """Those of a part: left, top, right, bottom in shares; (words, 64, 64)."""
        planes = np.concatenate([self.values * self.weights, self.weights]).astype(np.float32)
        height, width = planes.shape[1:]
        place = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
        parts = np.stack([_shrunk(plane, place) for plane in planes])
        values, weights = np.split(parts[:, :, ::-1] if mirrored else parts, 2)
        return Targets(values / np.maximum(weights, 1e-6), weights)


def targets_of(seen: Seen, person: Answer, sky: Targets) -> Targets:
    """All maps (words, 128, 128) of a picture.

    Args:
        seen: What the teachers see in it.
        person: Whether it shows a person, as far as is known.
        sky: Of the sky alone, (1, 128, 128).
    """
    sure, doubtful = _faces(seen, person)
    parts = {
        "subject": _subject(seen),
        "person": _person(seen, sure, person),
        "face": (sure, 1 - doubtful * (sure == 0)),
        "sky": (sky.values[0], sky.weights[0]),
    }
    values, weights = zip(*(parts[word] for word in WORDS), strict=True)
    return Targets(np.stack(values).astype(np.float32), np.stack(weights).astype(np.float32))


def _shrunk(plane: Array, box: tuple[float, float, float, float]) -> Array:
    image = Image.fromarray(plane)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX, box=box))


def clearness(mask: Array) -> float:
    """How sure a soft mask (h, w) is: of what it covers, the share that it covers fully, 0 to 1."""
    return float((mask > MATTE[1]).sum() / max(1, (mask > MATTE[0]).sum()))


def _subject(seen: Seen) -> tuple[Array, Array]:
    """Pictures that U2-Netp is not sure of weigh nothing: nothing in them stands out, or all."""
    clear = clearness(seen.subject)
    counts = clear > CLEAR and 0.01 < seen.subject.mean() < 0.85
    return seen.subject, np.full_like(seen.subject, clear if counts else 0.0)


def _person(seen: Seen, faces: Array, known: Answer) -> tuple[Array, Array]:
    """The selfie segmentation where a face, or U2-Netp in a peopled picture, speaks for it."""
    if known == "no":
        return np.zeros_like(seen.person), np.ones_like(seen.person)
    likely = np.maximum(seen.person, faces)
    backed = _parts_with(likely > 0.5, faces > 0.5)
    if known == "yes":
        backed |= (seen.person > 0.5) & (seen.subject > 0.5)
    # What one of the two takes for a person, or for a subject, may be more of it.
    open_question = ~backed & (np.maximum(seen.person, seen.subject) > MATTE[0])
    return np.where(backed, likely, 0), 1.0 - open_question


def _parts_with(mask: Array, marks: Array) -> Array:
    """The connected parts of a mask in which there is a mark."""
    numbers, _ = label(mask)
    marked: Array = np.isin(numbers, np.setdiff1d(numbers[marks & mask], [0]))
    return marked


def _faces(seen: Seen, person: Answer) -> tuple[Array, Array]:
    """Faces that are certain, and where there may be others, as maps (128, 128)."""
    sure, doubtful = np.zeros((2, MASK_SIDE, MASK_SIDE))
    if person == "no":
        return sure, doubtful
    for *box, score, votes in seen.faces:
        certain = score >= SURE_FACE and votes >= VOTES and person == "yes"
        target = sure if certain else doubtful
        np.maximum(target, ellipse(np.array(box), 1.0 if certain else 1.5), out=target)
    if person == "yes" and not sure.any():  # turned away, or not painted as in photos
        doubtful = np.maximum(doubtful, np.maximum(seen.subject, seen.person) > MATTE[0])
    return sure, doubtful


def ellipse(box: Array, growth: float = 1.0) -> Array:
    """A face (128, 128), 0 to 1: the ellipse in a detector's box (left, top, right, bottom)."""
    centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * GROWTH * growth
    centre = centre - (0, RAISE * (box[3] - box[1]))
    line = (np.arange(MASK_SIDE) + 0.5) / MASK_SIDE
    distance = np.hypot((line - centre[0]) / half[0], ((line - centre[1]) / half[1])[:, None])
    # Half a cell wide, its border is soft.
    soft: Array = ((1 - distance) * half.min() * MASK_SIDE + 0.5).clip(0, 1)
    return soft
