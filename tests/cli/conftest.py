from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest
from fake_pipeline import FakePipeline
from PIL import Image


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    fake = FakePipeline()
    module = types.ModuleType("stylemamba.pipeline")
    module.__dict__.update(StyleMambaPipeline=fake)
    monkeypatch.setitem(sys.modules, "stylemamba.pipeline", module)
    return fake


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A photo in the working directory, which is `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    path = Path("cat.png")
    Image.new("RGB", (30, 20), (250, 100, 0)).save(path)
    return path
