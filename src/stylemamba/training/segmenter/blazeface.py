"""BlazeFace's answers to boxes: anchors, decoding, and one box a face.

Source: Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs"
(2019), and the graphs of MediaPipe's face detection modules.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stylemamba.portable.geometry import Array

OVERLAP = 0.3
"""Intersection over union from which two boxes are of one face."""


@dataclass(frozen=True)
class Detector:
    """How one of the detectors lays its anchors.

    Attributes:
        side: Of the square picture that it sees, in pixels.
        grids: Stride in pixels and anchors a cell of each of its layers.
    """

    side: int
    grids: tuple[tuple[int, int], ...]

    def anchors(self) -> Array:
        """Centres (n, 2), x and y in shares of the side."""
        centres = []
        for stride, count in self.grids:
            line = (np.arange(self.side // stride) + 0.5) * stride / self.side
            y, x = np.meshgrid(line, line, indexing="ij")
            centres.append(np.repeat(np.stack([x, y], -1).reshape(-1, 2), count, axis=0))
        return np.concatenate(centres)


FULL_RANGE = Detector(192, ((4, 1),))
BACK_CAMERA = Detector(256, ((16, 2), (32, 6)))


def decode(detector: Detector, regressors: Array, scores: Array, least: float) -> Array:
    """Boxes (n, 5) of faces: left, top, right, bottom in shares of the side, and a score.

    Args:
        detector: Whose answers they are.
        regressors: (a, 16) for its a anchors: the box's centre and size in pixels, then landmarks.
        scores: (a,), logits.
        least: Score from which a box counts, 0 to 1.
    """
    likely = 1 / (1 + np.exp(-scores.clip(-80, 80)))
    kept = likely > least
    centre = regressors[kept, :2] / detector.side + detector.anchors()[kept]
    half = regressors[kept, 2:4] / detector.side / 2
    return one_a_face(np.hstack([centre - half, centre + half, likely[kept, None]]))


def one_a_face(boxes: Array) -> Array:
    """Boxes (n, 5) that overlap, averaged by their scores; the best score of each group is kept."""
    rest = boxes[np.argsort(-boxes[:, 4])]
    faces = []
    while len(rest):
        same = overlaps(rest[0], rest) > OVERLAP
        same[0] = True
        mean = np.average(rest[same, :4], axis=0, weights=rest[same, 4])
        faces.append(np.append(mean, rest[0, 4]))
        rest = rest[~same]
    return np.array(faces).reshape(-1, 5)


def overlaps(box: Array, boxes: Array) -> Array:
    """Intersection over union (n,) of a box (4 or more) and boxes (n, 4 or more)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:4], boxes[:, 2:4])
    common = (high - low).clip(0).prod(-1)
    areas = (boxes[:, 2:4] - boxes[:, :2]).prod(-1)
    union = (box[2:4] - box[:2]).prod() + areas - common
    shares: Array = common / union.clip(1e-12)
    return shares
