from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tiny_videos import Glass, write


@pytest.fixture
def glass() -> Glass:
    return Glass()


@pytest.fixture
def make_video(tmp_path: Path) -> Callable[..., Path]:
    def make(frames: Sequence[Any], name: str = "in.mp4", **options: Any) -> Path:
        return write(tmp_path / name, frames, **options)

    return make
