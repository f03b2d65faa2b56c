from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.animation import write_animation

FRAMES = [Image.new("RGB", (12, 8), colour) for colour in ("red", "lime", "blue")]


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_frames_and_their_time(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_animation(FRAMES, path, 0.25)
    with Image.open(path) as image:
        assert image.n_frames == 3 and image.info["loop"] == 0
        for place, frame in enumerate(FRAMES):
            image.seek(place)
            image.load()
            assert image.info["duration"] == 250
            close = zip(image.convert("RGB").getpixel((6, 4)), frame.getpixel((6, 4)), strict=True)
            assert all(abs(a - b) < 12 for a, b in close)


def test_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StyleMambaError, match=r"animations are \.gif or \.webp"):
        write_animation(FRAMES, tmp_path / "a.mp4", 0.2)
