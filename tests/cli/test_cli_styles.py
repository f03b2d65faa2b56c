from __future__ import annotations

import json

import pytest
from fake_pipeline import FakePipeline

from stylemamba.cli import main


def test_lists_neighbours(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["styles", "japanese print"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "japanese print: coverage 0.80, known",
        "   0.90  ukiyo-e",
        "   0.70  woodcut",
        "   0.40  etching",
    ]
    pipeline.coverage_value, pipeline.remarks = 0.2, ('"gothic" is not known',)
    assert main(["styles", "gothic cyberpunk"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert "far from" in first and second == '  "gothic" is not known'


def test_json(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["styles", "浮世絵", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "prompt": "浮世絵",
        "coverage": 0.8,
        "remarks": [],
        "neighbours": [
            {"style": "ukiyo-e", "similarity": 0.9},
            {"style": "woodcut", "similarity": 0.7},
            {"style": "etching", "similarity": 0.4},
        ],
    }
