from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.segmentation import Found, Segmenters
from stylemamba.segmentation.clipseg import CLIPSeg
from stylemamba.segmentation.segmenter import Segmenter

PHOTO = Image.new("RGB", (8, 6))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Which segmenter was asked for which word."""
    asked = []
    for kind in (Segmenter, CLIPSeg):

        def find(self: object, photo: object, word: str, kind: type = kind) -> Found:
            asked.append((kind.__name__, word))
            return Found(np.zeros((6, 8), np.float32), 0.0)

        monkeypatch.setattr(kind, "find", find)
    return asked


def test_each_word_goes_to_the_one_that_knows_it(
    tiny_clipseg_dir: Path, asked: list[tuple[str, str]]
) -> None:
    segmenters = Segmenters(tiny_clipseg_dir)
    assert all(segmenters.knows(word) for word in ("sky", "dog"))
    for word in ("sky", "dog", "subject"):
        segmenters.find(PHOTO, word)
    assert asked == [("Segmenter", "sky"), ("CLIPSeg", "dog"), ("Segmenter", "subject")]


def test_without_another_one_other_words_are_refused(asked: list[tuple[str, str]]) -> None:
    segmenters = Segmenters()
    assert segmenters.knows("sky") and not segmenters.knows("dog")
    with pytest.raises(StyleMambaError, match="no mask for dog: subject, person, face, sky .* hub"):
        segmenters.find(PHOTO, "dog")
    assert asked == []


def test_a_hub_out_of_reach_is_one_line(asked: list[tuple[str, str]]) -> None:
    """No test reaches a network: see HF_HUB_OFFLINE in conftest.py."""
    segmenters = Segmenters("hub")
    segmenters.find(PHOTO, "sky")
    with pytest.raises(StyleMambaError, match=r"CIDAS/clipseg-rd64-refined.*--segmenter DIR"):
        segmenters.find(PHOTO, "dog")
    assert asked == [("Segmenter", "sky")]
