from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stylemamba.errors import StyleMambaError
from stylemamba.training.checkpoint import load_checkpoint, make_run_folder, save_checkpoint


def test_there_and_back_without_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"step": 1})
    state = {"model": {"w": torch.arange(3.0)}, "step": 2}
    save_checkpoint(path, state)
    loaded = load_checkpoint(path)
    assert loaded["step"] == 2 and torch.equal(loaded["model"]["w"], torch.arange(3.0))
    assert list(tmp_path.iterdir()) == [path]


def test_damaged_or_missing_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, {"step": 1})
    for broken in (path.read_bytes()[:100], b"", b"cos\nsystem\n(S'exit'\ntR."):
        path.write_bytes(broken)
        with pytest.raises(StyleMambaError, match="checkpoint.pt") as caught:
            load_checkpoint(path)
        assert "\n" not in str(caught.value)
    path.unlink()
    with pytest.raises(StyleMambaError, match="checkpoint.pt"):
        load_checkpoint(path)


def test_run_folders(tmp_path: Path) -> None:
    make_run_folder(tmp_path / "a" / "b")
    make_run_folder(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(StyleMambaError, match="file"):
        make_run_folder(tmp_path / "file" / "b")
