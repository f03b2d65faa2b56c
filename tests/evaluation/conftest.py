from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_clip_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CLIP of 32 px; see `tiny_clip.py`."""
    import tiny_clip

    return tiny_clip.save(tmp_path_factory.mktemp("clip"))
