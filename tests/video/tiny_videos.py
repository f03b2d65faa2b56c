"""Tiny videos with sound, and a painter that costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEIGHT, RATE, SOUND = 64, 48, 12, 16000


def texture(seed: int, height: int = 96, width: int = 160) -> Any:
    """A photo (h, w, 3) with detail of several sizes."""
    import cv2

    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for size in (1.5, 4, 12):
        blobs = cv2.GaussianBlur(rng.standard_normal(total.shape, dtype=np.float32), (0, 0), size)
        total += blobs / blobs.std()
    return (128 + 30 * total).clip(0, 255).astype(np.uint8)


def panned(seed: int, count: int, step: float = 1.5) -> list[Any]:
    """Frames of a camera that moves to the right, `step` pixels a frame."""
    import cv2

    photo = texture(seed)
    frames = []
    for time in range(count):
        move = np.array([[1, 0, 5 + step * time], [0, 1, 9]], np.float32)
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        frames.append(cv2.warpAffine(photo, move, (WIDTH, HEIGHT), flags=flags))
    return frames


def write(
    path: Path,
    frames: Sequence[Any],
    times: Sequence[int] | None = None,
    rotation: int = 0,
    sound: bool = True,
    matrix: int = 1,
) -> Path:
    """A video of frames (h, w, 3), with a second or so of sound.

    Args:
        path: Its file.
        frames: Its pictures.
        times: Of each, in hundredths; even ones if None.
        rotation: Counterclockwise, in degrees.
        sound: Whether there is any.
        matrix: Of its colours, FFmpeg's number.
    """
    import av

    with av.open(str(path), "w") as file:
        pictures = file.add_stream("libx264", rate=RATE, options={"crf": "5"})
        pictures.height, pictures.width = frames[0].shape[:2]
        pictures.pix_fmt = "yuv420p"
        context = pictures.codec_context
        context.colorspace = context.color_trc = context.color_primaries = matrix
        context.color_range = 1
        if times is not None:
            context.time_base = pictures.time_base = Fraction(1, 100)
        if rotation:
            pictures.set_display_rotation(rotation)
        voice = file.add_stream("aac", rate=SOUND) if sound else None
        for place, frame in enumerate(frames):
            whole = av.VideoFrame.from_ndarray(frame, format="rgb24")
            whole = whole.reformat(format="yuv420p", dst_colorspace=1)
            if times is not None:
                whole.pts, whole.time_base = times[place], Fraction(1, 100)
            file.mux(pictures.encode(whole))
        file.mux(pictures.encode())
        if voice is not None:
            hum = np.sin(np.arange(SOUND) * 0.2).astype(np.float32)[None]
            for start in range(0, SOUND - 1024, 1024):
                part = np.ascontiguousarray(hum[:, start : start + 1024])
                heard = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
                heard.sample_rate, heard.pts = SOUND, start
                file.mux(voice.encode(heard))
            file.mux(voice.encode())
    return path


class Glass:
    """A painter whose marks stay on the screen: it looks through a structured pane."""

    seen = rest = None

    def __init__(self) -> None:
        import cv2

        rough = np.random.default_rng(3).standard_normal((HEIGHT, WIDTH))
        smooth = cv2.GaussianBlur(rough, (0, 0), 1.2)
        self.pane = 40 * (smooth / smooth.std())[..., None]
        self.shots: list[Any] = []
        self.painted: list[Any] = []
        self.stop_after: int | None = None

    def begin(self, first: Any) -> None:
        self.shots.append(first)

    def paint(self, frame: Any) -> Any:
        if self.stop_after is not None and len(self.painted) >= self.stop_after:
            raise KeyboardInterrupt
        self.painted.append(frame)
        return (0.5 * frame + 64 + self.pane).clip(0, 255).astype(np.uint8)
