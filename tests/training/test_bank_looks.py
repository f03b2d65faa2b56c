"""What the bank knows of a picture besides its style."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from stylemamba.training.artlip.bank_looks import look_at


def painting(side: int = 120) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 120, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def test_grey_has_no_colour_and_vivid_opponents_have_much() -> None:
    assert look_at(painting().convert("L").convert("RGB")).colourfulness == 0
    halves = Image.new("RGB", (100, 100), "red")
    halves.paste("blue", (0, 0, 50, 100))
    # R - G is 255 or 0, (R + G) / 2 - B is 127.5 or -255: all on one line.
    assert look_at(halves).colourfulness == pytest.approx(np.hypot(127.5, 191.25), rel=1e-4)
    halves.paste("yellow", (0, 0, 100, 50))
    assert look_at(halves).colourfulness > np.hypot(127.5, 191.25)


def test_one_colour_is_no_variety() -> None:
    assert look_at(Image.new("RGB", (100, 100), "gold")).colourfulness == pytest.approx(0, abs=1e-3)


def test_an_oval_on_a_plain_ground_is_mounted() -> None:
    mask = Image.new("L", (120, 120), 0)
    ImageDraw.Draw(mask).ellipse((2, 2, 117, 117), fill=255)
    mounted = Image.composite(painting(), Image.new("RGB", (120, 120), "white"), mask)
    assert look_at(mounted).mounted
    assert not look_at(painting()).mounted


def test_a_drawing_on_plain_paper_is_not() -> None:
    paper = Image.new("RGB", (120, 120), "white")
    ImageDraw.Draw(paper).line((20, 20, 100, 100), fill="black", width=3)
    assert not look_at(paper).mounted
