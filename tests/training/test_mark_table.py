"""The table of marks: of marks that there are, and the most telling label first."""

from __future__ import annotations

from pathlib import Path

import pytest

from stylemamba.portable.brushwork import MARKS
from stylemamba.training.artlip.mark_table import ARTISTS, MEDIA, MOVEMENTS, RENDERS, amounts_of
from stylemamba.training.artlip.statistics_cache import Item
from stylemamba.training.data import Record
from stylemamba.training.procedural import PROCEDURAL_STYLES


def item(style: str = "", folder: str = "paintings", **labels: str) -> Item:
    return Item(Record(Path("x.png"), folder, "train", labels), style)


def test_it_names_marks_and_styles_that_there_are() -> None:
    rows = [row for table in (MOVEMENTS, ARTISTS, MEDIA, RENDERS) for row in table.values()]
    assert {mark for row in rows for mark in row} == set(MARKS)  # and none is of no use
    assert all(0 <= amount <= 1 for row in rows for amount in row.values())
    assert set(RENDERS) <= set(PROCEDURAL_STYLES)


@pytest.mark.parametrize(
    ("labels", "mark"),
    [
        ({"movement": "baroque", "artist": "Rembrandt", "medium": ""}, "chiaroscuro"),
        ({"movement": "baroque", "artist": "Rembrandt", "medium": "sketch/study"}, "pencil"),
        ({"movement": "ukiyo e", "artist": "Hiroshige", "medium": "woodblock print"}, "ukiyo"),
        ({"movement": "ukiyo e", "artist": "Katsushika Hokusai", "medium": ""}, "waveprint"),
        ({"movement": "cubism", "artist": "Salvador Dali"}, "dream"),
        ({"movement": "post impressionism", "artist": "Vincent van Gogh"}, "starry"),
    ],
)
def test_medium_before_artist_before_movement(labels: dict[str, str], mark: str) -> None:
    assert amounts_of(item(**labels)) == {"masses": 1, mark: 1}


def test_photos_are_photographs_and_materials_are_left_as_painted() -> None:
    assert amounts_of(item(folder="photos", source="bsds500")) == {"masses": 1, "photograph": 1}
    assert amounts_of(item("stone wall", "photos")) == {"masses": 0}
    assert amounts_of(item("stained glass", "photos")) == {"masses": 1, "glass": 1}
    assert amounts_of(item(movement="unheard of")) == {"masses": 1}
