from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_clip import EMBEDDING_DIM

from stylemamba.cli import main


def test_paper_setting_with_clip_as_the_judge(
    tiny_siglip_dir: Path,
    tiny_kl_dir: Path,
    tiny_clip_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).integers(0, 256, (50, 56, 3), np.uint8)
    Path("photos").mkdir()
    Image.fromarray(noise).save("photos/noise.png")
    torch.save({"weight": torch.ones(1, EMBEDDING_DIM), "bias": torch.ones(1)}, "head.pth")
    models = ["--encoder", str(tiny_siglip_dir), "--autoencoder", str(tiny_kl_dir)]
    arguments = ["evaluate", "photos", "--prompt", "stained glass", "-o", "out", "--quiet"]
    arguments += ["--preset", "paper", *models, "--steps", "1", "--size", "32", "--place"]
    assert main([*arguments, "--judge", str(tiny_clip_dir), "--aesthetic", "head.pth"]) == 0
    by_clip = json.loads(Path("out/results.json").read_text())
    assert not by_clip["judge"]["optimised"]
    (row,) = by_clip["rows"]
    assert row.pop("ground_spread") is None  # there is none in noise
    assert all(np.isfinite(row[name]) for name in by_clip["metrics"] if name in row)
    assert {"score", "directional", "ssim", "vgg_content", "aesthetic"} < by_clip["metrics"].keys()
    assert row["mirror_error"] > 0 and row["crop_error"] > 0
    # The encoder that made the pictures is known by its weights, whatever its name.
    assert main([*arguments, "--judge", str(tiny_siglip_dir)]) == 0
    by_siglip = json.loads(Path("out/results.json").read_text())
    assert by_siglip["judge"]["optimised"] and "aesthetic" in by_siglip["left_out"]
    (again,) = by_siglip["rows"]
    assert again["picture"] == row["picture"] and again["seconds"] == row["seconds"]
    assert again["ssim"] == row["ssim"] and again["score"] != row["score"]
