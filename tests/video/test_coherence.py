"""Painted frames hold together: measured as Lai et al. (2018) do, with motion that is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason="needs pip install 'stylemamba[video]'")
pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")

from tiny_videos import HEIGHT, WIDTH, Glass, panned, texture  # noqa: E402

from stylemamba.video.canvas import Canvas  # noqa: E402
from stylemamba.video.clip import Frame  # noqa: E402
from stylemamba.video.film import groups, painted, steps  # noqa: E402

STEP = 1.5


class Shown:
    """A clip of frames."""

    def __init__(self, frames: Sequence[Any]) -> None:
        self.shown = frames

    def frames(self, after: int | None = None) -> list[Frame]:
        return [Frame(frame, time, 1) for time, frame in enumerate(self.shown)]


def film_of(frames: Sequence[Any], painter: Glass, every: int = 1) -> list[Any]:
    """Frames, painted."""
    canvas, result = Canvas(), []
    for group in groups(steps(Shown(frames)), every):  # type: ignore[arg-type]
        if group[0].way is None:
            painter.begin(group[0].frame.picture)
        result += [frame.picture for frame in painted(group, canvas, painter)]
    return result


def warping_error(frames: Sequence[Any], step: float = STEP) -> float:
    """Mean squared difference of frames and those before, moved, where these are seen."""
    errors = []
    move = np.array([[1, 0, step], [0, 1, 0]], np.float32)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    for before, after in zip(frames, frames[1:], strict=False):
        moved = cv2.warpAffine(before.astype(np.float32), move, (WIDTH, HEIGHT), flags=flags)
        seen = slice(2, WIDTH - int(step) - 3)
        errors.append(np.square(after.astype(np.float32) - moved)[4:-4, seen].mean())
    return float(np.mean(errors))


def sharpness(frames: Sequence[Any]) -> float:
    lumas = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    return float(np.mean([np.abs(cv2.Laplacian(luma, cv2.CV_32F)).mean() for luma in lumas]))


@pytest.mark.parametrize("every", [1, 4])
def test_marks_move_with_the_photo_and_stay_sharp(every: int, glass: Glass) -> None:
    photos = panned(0, 12, STEP)
    alone = [glass.paint(photo) for photo in photos]
    together = film_of(photos, Glass(), every)
    # Half a pixel between frames takes from what is one pixel wide, on either side.
    still = film_of(panned(0, 12, 1), Glass(), every)
    single = [glass.paint(photo) for photo in panned(0, 12, 1)]
    assert warping_error(together) < 0.5 * warping_error(alone)
    assert warping_error(still, 1) < 0.5 * warping_error(single, 1)
    assert sharpness(still) > 0.95 * sharpness(single)


def test_a_still_camera_makes_a_still_picture(glass: Glass) -> None:
    photo = panned(1, 1)[0]
    frames = film_of([photo] * 5, glass)
    assert len(glass.painted) == 1
    assert all(np.array_equal(frame, frames[0]) for frame in frames)


def test_what_a_thing_hid_is_painted_anew(glass: Glass) -> None:
    ground, thing = texture(2)[:HEIGHT, :WIDTH], np.full((24, 20, 3), (200, 40, 40), np.uint8)
    photos = []
    for time in range(8):
        photo = ground.copy()
        photo[12:36, 4 + 4 * time : 24 + 4 * time] = thing
        photos.append(photo)
    last = film_of(photos, glass)[-1]
    hidden = np.s_[14:34, 6:18]  # at first
    wanted = Glass().paint(ground)
    assert np.abs(last[hidden].astype(float) - wanted[hidden]).mean() < 20
    assert len(glass.painted) > 1 and len(glass.shots) == 1


def test_what_comes_in_at_the_border_is_painted_and_not_smeared(glass: Glass) -> None:
    """On flat ground the border, repeated, looks like what comes in."""
    rows = np.linspace(60, 64, WIDTH)[None, :, None] + np.zeros((HEIGHT, 1, 3))
    ground = rows.astype(np.uint8)
    ground[10:20, 20:30] = 220  # by which motion is seen
    photos = [np.roll(ground, -4 * time, axis=1) for time in range(4)]
    frames = film_of(photos, glass)
    assert np.abs(np.diff(frames[-1][30:, -8:].astype(float), axis=1)).mean() > 3


def test_what_paintings_have_at_their_borders_does_not_add_up_in_a_pan() -> None:
    class Dark(Glass):
        """Its pictures are darker at the border."""

        def paint(self, frame: Any) -> Any:
            picture = np.full_like(frame, 200)
            picture[:, :6] = picture[:, -6:] = 180
            return picture

    photo = texture(7, HEIGHT, 3 * WIDTH)
    photos = [np.ascontiguousarray(photo[:, x : x + WIDTH]) for x in range(0, 2 * WIDTH, 2)]
    last = film_of(photos, Dark())[-1]
    assert last.min() > 150


def test_a_cut_begins_a_shot_with_a_painting_of_its_own(glass: Glass) -> None:
    second = [255 - frame // 2 for frame in panned(4, 5)]
    frames = film_of([*panned(3, 5), *second], glass, every=4)
    assert len(glass.shots) == 2
    assert np.array_equal(glass.shots[1], second[0])
    assert np.array_equal(frames[5], Glass().paint(second[0]))
