"""`stylemamba bench coverage`: how far coverage can be trusted."""

from __future__ import annotations

import json

import pytest
import torch
from tiny_artlip import embed_words

from stylemamba.cli import main
from stylemamba.encoders import artlip as artlip_module
from stylemamba.encoders.artlip import CODE_DIM, ArtLIP
from stylemamba.evaluation.benchmarks.coverage import (
    BINS,
    Trial,
    caption_trials,
    name_trials,
    reliability,
    unknown_coverages,
)


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> ArtLIP:
    """Of an artist, and of a style that has two names, or three words of one."""
    monkeypatch.setattr(artlip_module, "embed_sentences", embed_words)
    captions = ["Claude Monet", "mosaic tiles", "tiles", "in blue", "mosaic by Claude Monet"]
    torch.manual_seed(0)
    model = ArtLIP(16, 32, 12, captions, 2, artists={"Claude Monet": "Monet"}).eval()
    model.bank.set_codes(torch.eye(12, CODE_DIM))
    model.bank.set_captions([[0]] * 6 + [[1, 2]] * 6, embed_words(captions))
    return model


def test_names_are_found_however_they_are_written(encoder: ArtLIP) -> None:
    trials = list(name_trials(encoder))
    assert {trial.label for trial in trials} == {"Claude Monet"} and len(trials) == 6
    assert len({trial.prompt for trial in trials}) == 6
    assert all(trial.right and trial.coverage == 1 for trial in trials)


def test_captions_are_found_by_others_of_their_pictures(encoder: ArtLIP) -> None:
    trials = list(caption_trials(encoder))
    assert [(trial.prompt, trial.label) for trial in trials] == [
        ("mosaic tiles", "tiles"),
        ("tiles", "mosaic tiles"),
    ]
    assert all(trial.right and trial.coverage < 1 for trial in trials)


def test_unknown_prompts(encoder: ArtLIP) -> None:
    unknown = unknown_coverages(encoder)
    assert len(unknown) > 100 and not any(prompt.startswith("#") for prompt in unknown)
    assert max(unknown.values()) < 0.5


def test_reliability_is_by_coverage() -> None:
    answers = ((0, False), (0.9, True), (1, False))
    trials = [Trial("a", "a", value, right) for value, right in answers]
    rows = reliability(trials)
    assert len(rows) == len(BINS) - 1 and sum(row.prompts for row in rows) == 3
    assert (rows[0].right, rows[1].right, rows[-1].right) == (0, None, 0.5)
    assert rows[-1].coverage == pytest.approx(0.95)


def test_command(
    encoder: ArtLIP, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ArtLIP, "from_pretrained", lambda folder: encoder)
    assert main(["bench", "coverage", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert set(report["reliability"]) == {"names", "captions", "all"}
    assert sum(row["prompts"] for row in report["reliability"]["all"]) == 8
    assert main(["bench", "coverage"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("names") and lines[-1].startswith("0 of ")
