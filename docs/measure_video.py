"""Measures how painted videos hold together, on three clips whose motion is known: docs/video.md.

    python docs/measure_video.py 0420.jpg 0444.jpg 0048.jpg "oil painting, impressionism" --every 4

A camera moves, turns and zooms over the first photo; a piece of the third moves over the second;
and a cut leads from the one to the other. Each is painted frame by frame, every frame as a photo of
its own, and as `stylemamba video` does.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from stylemamba import Recipe, StyleMambaPipeline
from stylemamba.video.canvas import Canvas
from stylemamba.video.clip import Frame
from stylemamba.video.film import groups, painted, steps
from stylemamba.video.shot_painter import ShotPainter

Array = NDArray[np.float32]
Picture = NDArray[np.uint8]
INVERSE = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP


@dataclass
class Scene:
    """Frames, and for each but the first: where its places were before, and which were seen."""

    shown: list[Picture]
    ways: list[tuple[Array, NDArray[np.bool_]]]

    def frames(self, after: int | None = None) -> Iterator[Frame]:
        """As `Clip.frames`."""
        for number, frame in enumerate(self.shown):
            yield Frame(frame, number, 1)


def camera(photo: Picture, size: tuple[int, int], count: int) -> Scene:
    """A camera over a photo: 0.9 % of the width a frame, 0.15 degrees, 0.4 % nearer."""
    width, height = size
    large = covering(photo, (round(1.3 * width), round(1.3 * height)))
    views = []
    for number in range(count):
        angle, zoom = np.deg2rad(0.15 * number), 1 - 0.004 * number
        turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        start = np.array([20 + 7.3 * number, 20 + 2.6 * number]) * width / 854
        views.append((turn, start))
    shown = [cv2.warpAffine(large, np.c_[view], size, flags=INVERSE) for view in views]
    ways = []
    for (turn, start), (turn_before, start_before) in zip(views[1:], views, strict=False):
        places = (grid(size) @ turn.T + start - start_before) @ np.linalg.inv(turn_before).T
        x, y = places[..., 0], places[..., 1]
        seen = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
        ways.append((places.astype(np.float32), seen))
    return Scene(shown, ways)


def cutout(ground: Picture, thing: Picture, size: tuple[int, int], count: int) -> Scene:
    """A piece of one photo that moves over another: 2 % of the width a frame."""
    ground, thing = covering(ground, size), covering(thing, (300, 300))
    y, x = np.mgrid[:300, :300] - 150
    edge = np.hypot(y, 1.2 * x) + 12 * np.sin(5 * np.arctan2(y, x))
    shape = ((125 - edge) / 3).clip(0, 1).astype(np.float32)
    scale = size[0] / 854
    starts, masks, shown = [], [], []
    for number in range(count):
        start = scale * np.array([60 + 17.4 * number, 80 + 40 * np.sin(number / 6)])
        move = np.array([[scale, 0, start[0]], [0, scale, start[1]]])
        mask = cv2.warpAffine(shape, move, size)
        piece = cv2.warpAffine(thing, move, size, borderMode=cv2.BORDER_REPLICATE)
        mixed = ground + mask[..., None] * (piece.astype(np.float32) - ground)
        starts.append(start)
        masks.append(mask)
        shown.append(mixed.round().astype(np.uint8))
    ways = []
    for number in range(1, count):
        on = masks[number] > 0.999
        back = grid(size) + (starts[number - 1] - starts[number])
        places = np.where(on[..., None], back, grid(size)).astype(np.float32)
        before = cv2.remap(masks[number - 1], places, None, cv2.INTER_LINEAR)
        seen = np.where(on, before > 0.99, (masks[number] < 0.001) & (before < 0.001))
        ways.append((places, seen))
    return Scene(shown, ways)


def joined(first: Scene, second: Scene) -> Scene:
    """A cut between two."""
    places, seen = first.ways[0]
    cut = (places, np.zeros_like(seen))
    return Scene(first.shown + second.shown, [*first.ways, cut, *second.ways])


def covering(photo: Picture, size: tuple[int, int]) -> Picture:
    """A photo scaled and cut to a size (w, h)."""
    scale = max(size[0] / photo.shape[1], size[1] / photo.shape[0])
    large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(large[: size[1], : size[0]])


def grid(size: tuple[int, int]) -> Array:
    """Every place of a picture (w, h), (h, w, 2), x before y."""
    y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
    return np.stack([x, y], axis=-1)


def warping_error(frames: Sequence[Picture], scene: Scene) -> float:
    """Of Lai et al. (2018): mean squared difference from the frame before, moved, where seen."""
    errors = []
    for before, after, (places, seen) in zip(frames, frames[1:], scene.ways, strict=False):
        if seen.any():
            moved = cv2.remap(before.astype(np.float32), places, None, cv2.INTER_CUBIC)
            errors.append(np.square((after - moved)[seen] / 255).mean())
    return float(np.mean(errors))


def sharpness(frames: Sequence[Picture]) -> float:
    """Mean |Laplacian| of the luma."""
    lumas = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in frames]
    return float(np.mean([np.abs(cv2.Laplacian(luma, cv2.CV_32F)).mean() for luma in lumas]))


def frame_by_frame(scene: Scene, painter: ShotPainter) -> list[Picture]:
    """Every frame as a photo of its own."""
    result = []
    for frame in scene.shown:
        painter.begin(frame)
        result.append(painter.paint(frame))
    return result


def together(scene: Scene, painter: ShotPainter, every: int) -> list[Picture]:
    """As `stylemamba video` paints."""
    canvas, result = Canvas(), []
    for group in groups(steps(scene), every):  # type: ignore[arg-type]
        if group[0].way is None:
            painter.begin(group[0].frame.picture)
        result += [frame.picture for frame in painted(group, canvas, painter)]
    return result


def timed(paint: Callable[[], list[Picture]]) -> tuple[list[Picture], float, float]:
    """Frames, and the seconds and seconds of processors that each took."""
    wall, busy = time.perf_counter(), time.process_time()
    frames = paint()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    return frames, wall / len(frames), busy / len(frames)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs=3)
    parser.add_argument("prompt")
    parser.add_argument("--every", type=int, default=4)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--size", type=int, nargs=2, default=(854, 480))
    asked = parser.parse_args()
    photos = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in asked.photos]
    size, half = tuple(asked.size), asked.frames // 2
    scenes = {
        "camera": camera(photos[0], size, asked.frames),
        "cut-out": cutout(photos[1], photos[2], size, asked.frames),
        "cut": joined(camera(photos[1], size, half), cutout(photos[0], photos[2], size, half)),
    }
    pipe = StyleMambaPipeline.from_pretrained()
    painter = ShotPainter(pipe, pipe.resolved(Recipe.of(asked.prompt)))
    painter.begin(scenes["camera"].shown[0])
    painter.paint(scenes["camera"].shown[0])  # warm
    for name, scene in scenes.items():
        alone, *of_alone = timed(lambda scene=scene: frame_by_frame(scene, painter))
        held, *of_held = timed(lambda scene=scene: together(scene, painter, asked.every))
        errors = [warping_error(frames, scene) for frames in (alone, held)]
        detail = [sharpness(frames) for frames in (alone, held)]
        print(
            f"{name}: warping error {errors[0]:.5f} -> {errors[1]:.5f} "
            f"({errors[1] / errors[0] - 1:+.0%}), sharpness {detail[0]:.2f} -> {detail[1]:.2f} "
            f"({detail[1] / detail[0] - 1:+.1%}), seconds a frame {of_alone[0]:.2f} -> "
            f"{of_held[0]:.2f}, of processors {of_alone[1]:.2f} -> {of_held[1]:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
