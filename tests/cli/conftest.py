from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo in the working directory, which is `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    path = Path("cat.png")
    Image.new("RGB", (30, 20), (250, 100, 0)).save(path)
    return path
