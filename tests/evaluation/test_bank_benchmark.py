"""`stylemamba bench bank`: what each rule of the bank's search does."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from stylemamba.cli import main
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.evaluation.benchmarks import bank as bank_benchmark
from stylemamba.evaluation.benchmarks.bank import WITHOUT, benchmark_bank
from stylemamba.portable.retrieval import Rules

PROMPTS = ["red stripes", "blue dots", "red paint", "a photo"]


def test_every_rule_is_switched_off_once() -> None:
    rules = Rules()
    names = [name for setting in WITHOUT.values() for name in setting]
    names += ["unlike_discount", "push"]  # for photos, and for what is not wanted: there is none
    assert sorted(names) == sorted(field.name for field in fields(Rules))
    for setting in WITHOUT.values():
        assert all(getattr(rules, name) != value for name, value in setting.items())


def test_rows(tiny_artlip: ArtLIP, word_vectors: None, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"one": {"exemplars": 1}, "as before": {"candidates": 24}, "sure": {"known": 0.0}}
    monkeypatch.setattr(bank_benchmark, "WITHOUT", settings)
    whole, one, same, sure = benchmark_bank(tiny_artlip, PROMPTS)
    assert (whole.without, whole.answers, whole.coverages) == ("", 0, 0)
    assert one.answers == len(PROMPTS) and one.coverages == 0 and one.without == "one"
    assert (same.answers, same.coverages) == (0, 0) and same.cosine == whole.cosine
    assert (sure.answers, sure.coverages) == (0, 1)  # what is known wholly stays so
    assert -1 <= whole.cosine <= 1 and whole.strength > 0
    # Two pictures each have the captions, three are averaged.
    assert whole.labelled == pytest.approx(2 / 3) and one.labelled == 1


def test_command(
    tiny_artlip: ArtLIP,
    word_vectors: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(ArtLIP, "from_pretrained", lambda _: tiny_artlip)
    (tmp_path / "prompts.txt").write_text("\n".join(PROMPTS))
    command = ["bench", "bank", "--prompts", str(tmp_path / "prompts.txt")]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + len(WITHOUT) and lines[1].startswith("(all rules)")
    assert main([*command, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["without"] for row in rows] == ["", *WITHOUT]
