from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageColor

from stylemamba.evaluation.line_plot import (
    COLOURS,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Panel,
    _LinearAxis,
    _LogarithmicAxis,
    draw_panels,
)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([0.0, 200.0], [0, 50, 100, 150, 200]),
        ([0.31, 0.97], [0.2, 0.4, 0.6, 0.8, 1.0]),
        ([0.5], [0.5, 0.5002]),
    ],
)
def test_linear_ticks_are_round_and_hold_the_values(
    values: list[float], ticks: list[float]
) -> None:
    axis = _LinearAxis(values)
    assert axis.ticks == pytest.approx(ticks)
    assert axis.share(axis.ticks[0]) == 0 and axis.share(axis.ticks[-1]) == 1


def test_logarithmic_ticks() -> None:
    axis = _LogarithmicAxis([0.3, 40.0])
    assert axis.ticks == [0.2, 0.5, 1, 2, 5, 10, 20, 50]
    assert axis.share(0.2) == 0 and axis.share(10**0.5) == pytest.approx(0.5)
    assert _LogarithmicAxis([2.0]).ticks == [2, 5]


def test_a_line_goes_where_its_points_are() -> None:
    panel = Panel("title", "x", {"falling": [(0.0, 1.0), (10.0, 0.0)], "point": [(5.0, 1.0)]})
    image = draw_panels([panel, panel], columns=2)
    assert image.size == (2 * WIDTH, HEIGHT)
    pixels = np.asarray(image).astype(int)
    half = (LEFT + WIDTH - RIGHT) // 2

    def is_near(colour: str, x: int, y: int) -> bool:
        patch = pixels[y - 4 : y + 5, x - 4 : x + 5]
        return bool((np.abs(patch - ImageColor.getrgb(colour)).sum(-1) < 30).any())

    second = WIDTH  # panel: the first one has the legend
    assert is_near(COLOURS[0], second + LEFT + 4, TOP + 4)
    assert is_near(COLOURS[1], second + half, TOP)
    assert not is_near(COLOURS[0], second + half, TOP)


def test_a_panel_without_points_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        draw_panels([Panel("title", "x", {"a": []})], columns=1)
    with pytest.raises(ValueError, match="should be one of"):
        draw_panels([Panel("", "", {"a": [(1, 1)]}), Panel("", "", {"b": [(1, 1)]})], columns=1)
