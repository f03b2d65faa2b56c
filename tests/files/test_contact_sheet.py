from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from stylemamba.files.contact_sheet import contact_sheet_size, draw_contact_sheet

COLOURS = [["red", "lime"], ["blue", "cyan"], ["magenta", "orange"]]


def cells(size: tuple[int, int] = (100, 60)) -> list[list[Image.Image]]:
    return [[Image.new("RGB", size, colour) for colour in row] for row in COLOURS]


def test_each_picture_is_whole_and_in_its_place() -> None:
    sheet = draw_contact_sheet(cells(), rows=["a", "b", "c"], columns=["x", "y"], cell=100)
    pixels = np.asarray(sheet)
    corners = []
    for row in cells():
        for picture in row:
            y, x = np.nonzero((pixels == np.asarray(picture)[0, 0]).all(-1))
            assert len(x) == 100 * 60
            corners.append((int(x.min()), int(y.min())))
    columns, rows = {x for x, _ in corners}, {y for _, y in corners}
    assert len(columns) == 2 and len(rows) == 3
    assert corners == [(x, y) for y in sorted(rows) for x in sorted(columns)]


@pytest.mark.parametrize("size", [(100, 60), (40, 3)])
@pytest.mark.parametrize("label", ["a", "浮世絵"])
def test_the_size_is_known_beforehand(size: tuple[int, int], label: str) -> None:
    sheet = draw_contact_sheet(cells(size), rows=[label] * 3, columns=[label] * 2, cell=100)
    assert sheet.size == contact_sheet_size([[size] * 2] * 3, cell=100)


def test_labels_stay_in_their_margins() -> None:
    long = "Rembrandt, dark golden light " * 50
    for text in (long, "x" * 5000, "浮世絵" * 400, "🎨", "é ж λ م", "", "a\nb"):
        grid = cells((100, 100))
        plain = draw_contact_sheet(grid, rows=[""] * 3, columns=["", ""], cell=100)
        sheet = draw_contact_sheet(grid, rows=[text] * 3, columns=[text] * 2, cell=100)
        assert sheet.size == plain.size
        coloured = np.asarray(plain).min(-1) < 255
        np.testing.assert_array_equal(np.asarray(sheet)[coloured], np.asarray(plain)[coloured])
        assert (np.asarray(sheet) != np.asarray(plain)).any() == bool(text)


def test_wrong_shapes() -> None:
    with pytest.raises(ValueError, match="3 rows of 3"):
        draw_contact_sheet(cells(), rows=["a", "b", "c"], columns=["x", "y", "z"], cell=100)
    with pytest.raises(ValueError, match="does not fit"):
        draw_contact_sheet(cells(), rows=["a", "b", "c"], columns=["x", "y"], cell=90)
