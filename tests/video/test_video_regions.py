"""Regions of videos: found in every frame that is painted, steady, and found again by a recipe."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")
pytest.importorskip("cv2", reason="needs pip install 'stylemamba[video]'")

import torch  # noqa: E402
from fake_pipeline import FakePipeline  # noqa: E402
from PIL import Image  # noqa: E402
from tiny_videos import texture  # noqa: E402

from stylemamba.cli import main  # noqa: E402
from stylemamba.files.images import as_photo  # noqa: E402
from stylemamba.painting.layers import Layers  # noqa: E402
from stylemamba.painting.region_specs import RegionSpec  # noqa: E402
from stylemamba.portable.layered import strengths_of  # noqa: E402
from stylemamba.portable.recipe import Recipe, StylePart  # noqa: E402
from stylemamba.portable.style import Style  # noqa: E402
from stylemamba.segmentation import Found  # noqa: E402
from stylemamba.video.places import Places  # noqa: E402

PAINTS = {"ink": (40, 40, 200), "gold": (220, 200, 20)}
SIDE, WIDTH, HEIGHT = 24, 96, 64


class Red:
    """Finds red things, calls them a subject, and never finds a face."""

    def __init__(self) -> None:
        self.noise = np.random.default_rng(0)
        self.rough, self.sure = 0.0, True

    def to(self, device: Any) -> Red:
        return self

    def knows(self, word: str) -> bool:
        return word in ("subject", "face")

    def find(self, photo: Any, word: str) -> Found:
        rgb = np.asarray(as_photo(photo).rgb).astype(np.float32)
        mask = (rgb[..., 0] - rgb[..., 1] > 60).astype(np.float32)
        mask += self.rough * self.noise.standard_normal(mask.shape).astype(np.float32)
        return Found(
            mask.clip(0, 1), 0.9 if self.sure and word == "subject" and mask.any() else 0.1
        )


class Flat(FakePipeline):
    """Paints every style as one colour; the look at a photo goes through `Red`."""

    segmenters = Red()
    fusion = None

    def styles(self, recipe: Recipe, photo: Any) -> Layers:
        parts = [recipe.parts or recipe.regions[0].parts, *(r.parts for r in recipe.regions)]
        self.paints = [PAINTS[part[0].text] for part in parts]
        styles = tuple(Style(torch.zeros(1, 2), torch.zeros(1, 3)) for _ in parts)
        maps = torch.ones(1, len(parts), 1, 1) / len(parts) if recipe.regions else None
        return Layers(styles, maps, strengths_of(recipe))

    def paint(self, photos: Any, layers: Layers, recipe: Recipe) -> Any:
        paints = torch.tensor(self.paints, dtype=torch.float32)[:, :, None, None] / 255
        maps = layers.maps_at(*photos.shape[-2:])
        assert maps is not None
        strengths = torch.tensor(layers.strengths)[:, None, None, None]
        each = strengths * paints + (1 - strengths) * photos
        return SimpleNamespace(pictures=(maps[0][:, None] * each).sum(0, keepdim=True))


def moving(count: int = 8) -> list[Any]:
    """A red square that goes over a grey texture, 4 px a frame."""
    grey = texture(3, HEIGHT, WIDTH).mean(2, keepdims=True).repeat(3, 2).astype(np.uint8)
    frames = []
    for time in range(count):
        frame = grey.copy()
        frame[20 : 20 + SIDE, 8 + 4 * time : 8 + 4 * time + SIDE] = (220, 40, 40)
        frames.append(frame)
    return frames


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Flat:
    fake = Flat()
    module = types.ModuleType("stylemamba.pipeline")
    module.__dict__.update(StyleMambaPipeline=fake)
    monkeypatch.setitem(sys.modules, "stylemamba.pipeline", module)
    monkeypatch.setattr("stylemamba.segmentation.Segmenters", lambda other: Red())
    return fake


@pytest.fixture
def clip(make_video: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_video(moving())
    monkeypatch.chdir(tmp_path)


def shown(path: str) -> list[Any]:
    with av.open(path) as file:
        return [frame.to_ndarray(format="rgb24").astype(float) for frame in file.decode(video=0)]


def is_paint(pixels: Any, name: str) -> bool:
    return float(np.abs(np.median(pixels, (0, 1)) - PAINTS[name]).max()) < 25


def square(time: int, margin: int = 5) -> Any:
    left = 8 + 4 * time
    return np.s_[20 + margin : 20 + SIDE - margin, left + margin : left + SIDE - margin]


def test_a_region_moves_with_what_it_is_and_its_recipe_finds_it_again(
    clip: None, pipe: Flat, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["video", "in.mp4", "ink", "--region", "subject=gold", "--every", "2"]
    assert main([*command, "-o", "out.mp4"]) == 0
    frames = shown("out.mp4")
    assert len(frames) == 8
    for time, frame in enumerate(frames):
        assert is_paint(frame[square(time)], "gold"), time
        assert is_paint(frame[:12], "ink") and is_paint(frame[52:], "ink")
    with av.open("out.mp4") as file:
        kept = json.loads(file.metadata["comment"])
    assert kept["made_with"]["places"] == ["subject"] and kept["regions"][0]["mask"]
    again = ["video", "in.mp4", "--recipe", "out.mp4", "--every", "2", "-o", "again.mp4"]
    assert main(again) == 0
    assert Path("again.mp4").read_bytes() == Path("out.mp4").read_bytes()


def test_the_rest_is_that_of_each_frame(clip: None, pipe: Flat) -> None:
    assert main(["video", "in.mp4", "--keep-rest", "--region", "subject=gold", "-o", "o.mp4"]) == 0
    for time, (frame, photo) in enumerate(zip(shown("o.mp4"), shown("in.mp4"), strict=True)):
        assert is_paint(frame[square(time)], "gold"), time
        assert np.abs(frame[:12] - photo[:12]).mean() < 3
        assert np.abs(frame[52:] - photo[52:]).mean() < 3


def test_a_still_mask_stays_and_words_that_are_nowhere_are_refused(
    clip: None, pipe: Flat, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = Image.new("L", (WIDTH, HEIGHT))
    mask.paste(255, (0, 0, WIDTH // 2, HEIGHT))
    mask.save("mask.png")
    command = ["video", "in.mp4", "ink", "-o", "out.mp4", "--protect", "faces"]
    assert main([*command, "--region", "mask.png=gold", "--json"]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert any("no face is found in" in note for note in notes)
    for frame in shown("out.mp4"):
        assert is_paint(frame[:, :40], "gold") and is_paint(frame[:, 56:], "ink")
    assert main([*command, "--region", "unicorn=gold", "--overwrite"]) == 1
    said = capsys.readouterr().err
    assert "--region unicorn" in said and said.count("\n") == 1


def test_a_run_that_was_stopped_ends_with_the_same_bytes(
    clip: None, pipe: Flat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylemamba.video.film.SEGMENT", 3)
    command = ["video", "in.mp4", "--keep-rest", "--region", "subject=gold", "--every", "2"]
    assert main([*command, "-o", "whole.mp4"]) == 0
    paint, left = pipe.paint, [3]

    def stopping(*values: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return paint(*values)

    monkeypatch.setattr(pipe, "paint", stopping)
    assert main([*command, "-o", "parts.mp4"]) == 130
    monkeypatch.setattr(pipe, "paint", paint)
    assert main([*command, "-o", "parts.mp4"]) == 0
    assert Path("parts.mp4").read_bytes() == Path("whole.mp4").read_bytes()


def test_masks_are_steadier_than_what_is_found(pipe: Flat) -> None:
    finder = Red()
    finder.rough = 0.3
    recipe = Recipe((StylePart("ink"),), (RegionSpec.of("subject=gold").sought_region,))
    places = Places(recipe, ("subject",), finder)
    frame, seen = moving(1)[0], None
    alone, together = [], []
    for _ in range(8):
        seen = places.find(frame, seen)
        together.append(seen.masks[0])
        alone.append(places.find(frame, None).masks[0])
    deviation = [np.std(masks[2:], axis=0).mean() for masks in (together, alone)]
    assert deviation[0] < 0.7 * deviation[1]
    finder.sure = False  # it is where it was
    assert places.find(moving(2)[1], seen).masks[0][square(1)].mean() > 0.8
    assert not list(places.notes)
    assert not places.find(frame, None).masks.any()
    assert list(places.notes) == ["no subject is found in 1 of 18 painted frames"]
