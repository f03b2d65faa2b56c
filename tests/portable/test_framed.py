from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.geometry import Array, inset

SHEETS = ("wash", "pencil", "toned", "crayon")
"""Marks that leave the borders of the paper bare."""


def painted(mark: str, framed: bool) -> Array:
    y, x = np.mgrid[:120, :160].astype(np.float32)
    photo = np.stack([0.3 + 0 * x, 0.25 + y / 900, 0.2 + x / 900])
    return brushwork(photo, photo, {mark: 1.0}, framed=framed)


@pytest.mark.parametrize("mark", SHEETS)
def test_the_sheet_ends_at_the_border_of_a_photo_and_not_of_a_frame(mark: str) -> None:
    border = inset((120, 160)) < 2
    sheet, frame = (painted(mark, framed) for framed in (True, False))
    within = frame[:, ~(inset((120, 160)) < 25)].mean()
    assert sheet[:, border].mean() > within + 0.1  # bare paper
    assert abs(frame[:, border].mean() - within) < 0.06
