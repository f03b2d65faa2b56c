"""Training on several processes, and in several parts of a step."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn

from stylemamba.cli import main
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.training.average import MovingAverage
from stylemamba.training.loop import Feed, grouped


def losses(out: Path) -> NDArray[np.float64]:
    with (out / "losses.csv").open(newline="") as file:
        return np.array([[float(value) for value in row.values()] for row in csv.DictReader(file)])


def test_two_processes_do_what_one_does_in_two_parts(
    tiny_data: Path, tiny_siglip_dir: Path, tiny_kl_dir: Path, tmp_path: Path
) -> None:
    """The command as it is, over gloo: losses, weights and their average are the same."""
    (tmp_path / "prompts.txt").write_text("pencil sketch\nstained glass\nClaude Monet\n")
    torch.manual_seed(0)
    small = StyleFusion(StyleFusionConfig(4, 32, width=16, depth=1, stem_width=8, head_depth=1))
    small.save_pretrained(tmp_path / "small")
    command = ["train", "fusion", "--content", str(tiny_data / "photos"), "--photos", "1"]
    command += ["--encoder", str(tiny_siglip_dir), "--autoencoder", str(tiny_kl_dir)]
    command += ["--prompts", str(tmp_path / "prompts.txt"), "--crops", "32,64", "--steps", "3"]
    command += ["--init", str(tmp_path / "small"), "--learning-rate", "0.1"]
    command += ["--ema", "0.5", "--workers", "0", "--device", "cpu", "--precision", "float32"]
    # `accelerate launch` begins several processes on a CPU with MPI only.
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    result = subprocess.run(
        [sys.executable, *launch, "-m", "stylemamba", *command, "--out", str(tmp_path / "two")],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    for parts, out in (("2", "one"), ("1", "less")):
        assert main([*command, "--accumulate", parts, "--out", str(tmp_path / out)]) == 0
    two, one, less = (losses(tmp_path / out) for out in ("two", "one", "less"))
    np.testing.assert_allclose(two, one, rtol=2e-3, atol=2e-3)
    assert np.abs(two - less).max() > 0.02  # it is no step of one process alone
    assert not np.allclose(one[0], one[2], rtol=2e-3, atol=2e-3)
    # Adam makes as much of a gradient that is rounding as of others: weights differ here and there.
    two, one, less = (weights(tmp_path / out) for out in ("two", "one", "less"))
    assert np.linalg.norm(two - one) < 0.05 * np.linalg.norm(two - less)


def weights(folder: Path) -> NDArray[np.float32]:
    """All that a saved style fusion has, in a row."""
    saved = load_file(folder / "model.safetensors")
    return np.concatenate([saved[name].float().numpy().ravel() for name in sorted(saved)])


def test_an_average_of_weights() -> None:
    torch.manual_seed(0)
    model = nn.Linear(3, 2, dtype=torch.float64)
    average = MovingAverage(model, 0.3)
    expected = model.weight.detach().clone()
    for step in range(6):
        nn.init.normal_(model.weight)
        average.update(model)
        decay = min(0.3, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * model.weight.detach()
    torch.testing.assert_close(average.model.weight, expected)
    assert average.model.weight.requires_grad is False


def test_a_feed_knows_how_long_it_was_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("stylemamba.training.loop.time.monotonic", lambda: now[0])

    def loader() -> object:
        for number in range(5):
            now[0] += 100 if number == 0 else 1  # the first takes long: processes begin
            yield number

    feed = Feed(loader())
    seen = []
    for group in grouped(feed, 2):
        now[0] += 6  # the work on two items
        seen.append(group)
    assert seen == [[0, 1], [2, 3]]
    assert feed.waited == 4 and feed.items == 4  # the fifth was taken, and left out
    rate, waiting = feed.rate()
    assert rate == pytest.approx(4 / 16) and waiting == pytest.approx(4 / 16)
