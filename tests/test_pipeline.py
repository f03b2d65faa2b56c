from __future__ import annotations

import copy
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba import StyleMambaError, StyleMambaPipeline
from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.cli import main
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.files.images import Photo, read_image, to_pil, to_tensor
from stylemamba.models import identity_fusion
from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level
from stylemamba.painting.one_pass import OnePass
from stylemamba.portable.palette import with_palette
from stylemamba.portable.recipe import Recipe, Region, StylePart
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.progress import Cancelled, Progress


def photo(width: int = 48, height: int = 36) -> Image.Image:
    y, x = np.mgrid[:height, :width]
    disc = (y - height / 2) ** 2 + (x - width / 2) ** 2 < (height / 3) ** 2
    channels = (255 * y / height, 50 + 150 * disc, 255 - 255 * x / width)
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8))


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32)).mean())


def test_output(pipe: StyleMambaPipeline) -> None:
    heard: list[Progress] = []
    out = pipe(photo(), "red stripes", steps=8, size=48, on_progress=heard.append)
    assert out.image.size == (48, 36) and out.image.mode == "RGB"
    assert out.steps == 8 and not out.interrupted
    assert [info.step for info in heard] == list(range(9)) and len(out.trace) == 9
    assert min(losses["total"] for losses in out.trace[4:]) < out.trace[0]["total"]
    assert out.coverage == 1 and out.neighbours[0][0] == "red stripes"
    assert out.seconds > 0


def test_frames_have_the_look_that_suits_the_first(pipe: StyleMambaPipeline) -> None:
    first, second = photo(), photo().rotate(180)
    made = list(pipe.frames([first, second, first], "ukiyo-e"))
    alone = pipe(first, "ukiyo-e")
    assert [difference(each.image, alone.image) for each in made[::2]] == [0, 0]
    assert difference(made[1].image, alone.image) > 0 and made[1].recipe == alone.recipe


def test_a_photo_of_16_bits_is_painted_with_16(pipe: StyleMambaPipeline) -> None:
    rgb = photo()
    deep = np.asarray(rgb).astype(np.uint16) * 257
    made = pipe(Photo(rgb, None, Path(), deep=deep), "ukiyo-e")
    assert made.deep is not None and made.deep.shape == deep.shape
    assert np.abs(made.deep / 257 - np.asarray(made.image)).max() < 2
    assert pipe(rgb, "ukiyo-e").deep is None


def test_a_seed_makes_it_repeatable(pipe: StyleMambaPipeline) -> None:
    first, again, other = (
        pipe(photo(), "blue dots", steps=3, size=48, seed=seed) for seed in (7, 7, 8)
    )
    assert first.trace == again.trace and difference(first.image, again.image) == 0
    assert first.trace != other.trace


@pytest.mark.parametrize("steps", [0, 6])
def test_strength(painter: StyleMambaPipeline, steps: int) -> None:
    none, weak, half, whole = (
        painter(photo(), "red stripes", steps=steps, size=48, strength=strength).image
        for strength in (0.0, 0.01, 0.5, 1.0)
    )
    assert difference(none, photo()) == 0
    assert difference(weak, photo()) < 1.5
    assert 0 < difference(half, none) < difference(whole, none)


@pytest.mark.parametrize("size", [(33, 57), (57, 33), (1, 1), (1, 300), (300, 1), (3, 5)])
def test_the_size_of_the_photo_is_kept(pipe: StyleMambaPipeline, size: tuple[int, int]) -> None:
    out = pipe(photo(*size), "green noise", steps=1, size=64)
    assert out.image.size == size
    assert all(np.isfinite(value) for value in out.trace[0].values())


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "1"])
def test_other_modes_are_converted(pipe: StyleMambaPipeline, mode: str) -> None:
    assert pipe(photo().convert(mode), "red stripes", steps=1, size=32).image.mode == "RGB"


def test_a_turned_or_deep_photo_is_read_as_a_file_is(
    pipe: StyleMambaPipeline, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo().save(tmp_path / "turned.png", exif=exif)
    ramp = np.linspace(0, 65535, 36 * 48).reshape(36, 48).astype(np.uint16)
    Image.fromarray(ramp).save(tmp_path / "deep.png")
    for name, size in (("turned.png", (36, 48)), ("deep.png", (48, 36))):
        out = pipe(Image.open(tmp_path / name), "red stripes", steps=1, size=48)
        read = pipe(read_image(tmp_path / name).rgb, "red stripes", steps=1, size=48)
        assert out.image.size == size and difference(out.image, read.image) == 0


def test_an_interrupt_keeps_the_best_so_far(pipe: StyleMambaPipeline) -> None:
    def interrupt(info: Progress) -> None:
        if info.step == 4:
            raise KeyboardInterrupt

    out = pipe(photo(), "red stripes", steps=8, size=48, on_progress=interrupt)
    assert out.interrupted and out.steps == 4 and len(out.trace) == 5
    assert difference(out.image, pipe(photo(), "red stripes", steps=1, size=48).image) > 0


def test_wrong_arguments(pipe: StyleMambaPipeline) -> None:
    for name, value in {
        "steps": -1,
        "strength": -0.1,
        "stroke": 0.0,
        "texture": -1.0,
        "guidance": -1.0,
        "size": 0,
        "seed": -1,
        "look": 1.5,
    }.items():
        with pytest.raises(RecipeError, match=f"^{name} should be") as caught:
            pipe(photo(), "red stripes", **{name: value})
        assert caught.value.field == name and isinstance(caught.value, ValueError)
    for prompt in ("", " \n"):
        with pytest.raises(RecipeError, match="text is empty"):
            pipe(photo(), prompt)
    with pytest.raises(RecipeError, match="strenght is no field"):
        pipe(photo(), "red stripes", strenght=1.0)
    with pytest.raises(ValueError, match="no preset 'papr'"):
        StyleMambaPipeline.from_pretrained(preset="papr")


def test_coverage(pipe: StyleMambaPipeline) -> None:
    report = pipe.coverage("blue dots")
    assert report.coverage == 1 and report.neighbours[0][0] == "blue dots"
    assert pipe.coverage("qwx zzyzx").coverage < 0.05


def test_a_call_changes_neither_the_pipeline_nor_the_random_state(
    pipe: StyleMambaPipeline,
) -> None:
    assert pipe.fusion is not None
    before = {name: values.clone() for name, values in pipe.fusion.state_dict().items()}
    state = torch.get_rng_state()
    pipe(photo(), "red stripes", steps=2, size=32)
    for name, values in pipe.fusion.state_dict().items():
        assert torch.equal(values, before[name])
    assert torch.equal(torch.get_rng_state(), state)


# --- one pass ------------------------------------------------------------------------------------


def test_one_pass_is_the_default(painter: StyleMambaPipeline) -> None:
    out = painter(photo(), "red stripes")
    assert out.image.size == (48, 36) and out.steps == 0 and out.trace == []
    assert not out.interrupted and out.coverage == 1
    content = to_tensor(photo())
    layers = Layers.of(painter.encoder.style("red stripes", photo=content[0].numpy()))
    assert painter.fusion is not None
    one_pass = OnePass(Level(painter.autoencoder, painter.fusion), layers)
    painted = one_pass.paint(content)[0].numpy()
    coloured = with_palette(painted, content[0].numpy(), layers.base.paintings)
    assert difference(out.image, to_pil(torch.from_numpy(coloured)[None])) == 0
    assert difference(out.image, painter(photo(), "blue dots").image) > 0


@pytest.mark.parametrize("steps", [0, 2])
def test_a_style_with_marks_gets_brushwork(painter: StyleMambaPipeline, steps: int) -> None:
    def paint(**settings: Any) -> Image.Image:
        return painter(photo(), "red stripes", steps=steps, size=48, **settings).image

    smooth, plain, photo_again = paint(), paint(texture=0), paint(strength=0)
    painter.encoder = copy.deepcopy(painter.encoder)  # the fixture's is everyone's
    painter.encoder.bank.mark_amounts[:, 0] = 200  # type: ignore[index, union-attr]
    whole = difference(paint(), smooth)
    assert whole > 2
    assert difference(paint(strength=0.1), paint(strength=0.1, texture=0)) < whole / 2
    assert paint(texture=0) == plain
    assert paint(strength=0) == photo_again
    assert difference(paint(stroke=2), paint()) > 1


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (333, 190), (90, 400)])
def test_any_size_and_stroke(painter: StyleMambaPipeline, size: tuple[int, int]) -> None:
    assert painter(photo(*size), "red stripes", stroke=4.0).image.size == size


@pytest.mark.parametrize(
    "settings",
    [{}, {"texture": 3.0}, {"seed": 5}, {"stroke": 4.0, "size": 300}, {"size": 640}],
    ids=str,
)
def test_a_fit_starts_from_exactly_the_one_pass_picture(
    painter: StyleMambaPipeline, settings: dict[str, Any]
) -> None:
    settings = {"size": 48, **settings}
    heard: list[Progress] = []
    painter(photo(), "red stripes", steps=1, **settings, on_progress=heard.append)
    one_pass: list[Progress] = []
    painter(photo(), "red stripes", steps=0, **settings, on_progress=one_pass.append)
    start = next(event for event in heard if event.stage == "fit")
    assert start.step == 0 and start.image is not None and one_pass[-1].image is not None
    assert torch.equal(start.image, one_pass[-1].image)


def test_size_bounds_a_fit(painter: StyleMambaPipeline) -> None:
    """With a size, nothing larger is painted; without, the fit is and its passes go on."""
    sides: dict[str, set[int]] = {"fit": set(), "pass": set()}

    def hear(event: Progress) -> None:
        assert event.image is not None
        sides[event.stage].add(max(event.image.shape[-2:]))

    large = photo(800, 20)
    assert painter(large, "red stripes", steps=1, size=64, on_progress=hear).image.size == (800, 20)
    assert sides == {"fit": {64}, "pass": set()}
    painter(large, "red stripes", steps=1, on_progress=hear)
    assert sides == {"fit": {64, 384}, "pass": {400, 800}}


def test_the_stroke_is_not_the_resolution_of_a_fit(painter: StyleMambaPipeline) -> None:
    heard: list[Progress] = []
    painter(photo(400, 20), "red stripes", steps=1, stroke=2.0, on_progress=heard.append)
    fits = [event.image for event in heard if event.stage == "fit"]
    assert {max(image.shape[-2:]) for image in fits if image is not None} == {384}


def test_a_fit_of_a_large_photo_is_painted_over(painter: StyleMambaPipeline) -> None:
    """The finest details of the photo are in the result, though the fit did not see them."""
    assert painter.fusion is not None
    painter.fusion.output.weight.zero_()
    # 768 px wide, so that each block of the palette sees as much black as white.
    stripes = Image.fromarray(np.tile(np.uint8([[[0] * 3, [255] * 3]]), (20, 384, 1)))
    result = np.asarray(painter(stripes, "red stripes", steps=1).image, np.float32)
    plain = StyleMambaPipeline(painter.encoder, painter.autoencoder)
    soft = np.asarray(plain(stripes, "red stripes", steps=1).image, np.float32)
    assert np.abs(np.diff(result, axis=1)).mean() > 2 * np.abs(np.diff(soft, axis=1)).mean()


def test_without_a_trained_fusion_photos_are_fitted(
    tiny_artlip: ArtLIP, word_vectors: None
) -> None:
    pipe = StyleMambaPipeline(tiny_artlip, EmbeddedAutoencoder(4, 16, 1))
    with pytest.raises(StyleMambaError, match="--steps 40"):
        pipe(photo(), "red stripes", steps=0)
    assert pipe(photo(), "red stripes", steps=2, size=32).steps == 2


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("size", [None, 32, 96])
def test_tiles(painter: StyleMambaPipeline, steps: int, size: int | None) -> None:
    ramp = Image.linear_gradient("L").rotate(90).resize((64, 48))

    def border(**settings: Any) -> tuple[float, float]:
        out = painter(ramp, "red stripes", steps=steps, size=size, **settings)
        assert out.image.size == (64, 48)
        pixels = np.asarray(out.image, float)
        around = np.concatenate([pixels, pixels[:, :1]], 1)
        *inside, across = np.abs(np.diff(around, axis=1)).mean((0, 2))
        return across, np.quantile(inside, 0.98)

    for settings in ({}, {"seed": 4, "strength": 0.5}, {"strength": 0}):
        across, inside = border(tile=True, **settings)
        assert across <= inside + 5
    across, inside = border()
    assert across > inside + 50


# --- recipes, layers, batches --------------------------------------------------------------------


def test_a_recipe_makes_its_picture_again(painter: StyleMambaPipeline) -> None:
    out = painter(photo(), "red stripes", seed=4, stroke=2.0, steps=2, size=48)
    recipe, _ = Recipe.from_json(out.recipe.to_json())
    again = painter(photo(), recipe)
    assert difference(again.image, out.image) == 0 and again.recipe == out.recipe
    assert difference(painter(photo(), recipe, seed=5).image, out.image) > 0


def test_look_and_seed_are_apart(painter: StyleMambaPipeline) -> None:
    asked: list[int] = []
    find = painter.encoder.style

    def style(prompt: str, mode: int = 0, photo: Any = None) -> Any:
        asked.append(mode)
        return find(prompt, mode, photo)

    painter.encoder = copy.deepcopy(painter.encoder)
    painter.encoder.style = style  # type: ignore[method-assign]
    seed, other_look, other_seed = (
        painter(photo(), "red stripes", **values).image
        for values in ({"seed": 3}, {"seed": 3, "look": 1}, {"seed": 4, "look": 3})
    )
    assert asked == [3, 1, 3]
    assert difference(seed, other_seed) > 0  # the strokes


def test_parts_are_mixed_by_weight(painter: StyleMambaPipeline) -> None:
    def layers(*parts: StylePart) -> Layers:
        return painter.styles(Recipe(parts))

    red, blue = (layers(StylePart(text)).base for text in ("red stripes", "blue dots"))
    mixed = layers(StylePart("red stripes", 3.0), StylePart("blue dots")).base
    torch.testing.assert_close(mixed.condition, 0.75 * red.condition + 0.25 * blue.condition)
    pushed = layers(StylePart("red stripes", 2.0), StylePart("blue dots", -1.0)).base
    torch.testing.assert_close(pushed.condition, 2 * red.condition - blue.condition)


def test_a_region_over_everything_is_a_picture_in_its_style(painter: StyleMambaPipeline) -> None:
    whole = Region((StylePart("blue dots"),), box=(0, 0, 1, 1), feather=0)
    out = painter(photo(), "red stripes", regions=(whole,))
    assert difference(out.image, painter(photo(), "blue dots").image) < 0.5
    assert difference(out.image, painter(photo(), "red stripes").image) > 1


@pytest.mark.parametrize("steps", [0, 2])
def test_a_region_is_where_it_should_be(painter: StyleMambaPipeline, steps: int) -> None:
    def paint(prompt: str) -> np.ndarray:
        right = Region((StylePart(prompt),), box=(0.5, 0, 0.5, 1))
        out = painter(
            photo(128, 64), "red stripes", steps=steps, size=128, texture=0, regions=(right,)
        )
        assert all(np.isfinite(list(losses.values())).all() for losses in out.trace)
        return np.asarray(out.image, float)

    change = np.abs(paint("blue dots") - paint("green noise")).mean((0, 2))
    assert change[96:].mean() > 1.5 * change[:32].mean()


def test_a_region_left_alone_stays_the_photo(painter: StyleMambaPipeline) -> None:
    right = Region((StylePart("red stripes"),), box=(0.5, 0, 0.5, 1), strength=0, feather=0)
    out = painter(photo(128, 64), "red stripes", regions=(right,), size=128)
    change = np.abs(np.asarray(out.image, float) - np.asarray(photo(128, 64), float))
    assert change[:, 72:].max() <= 2 < change[:, :56].mean()


@pytest.mark.parametrize("steps", [0, 1])
def test_batches_of_tensors(painter: StyleMambaPipeline, steps: int) -> None:
    photos = torch.cat([to_tensor(photo()), to_tensor(photo()).flip(-1)])
    recipe = Recipe.of("red stripes", steps=steps, size=48)
    layers = painter.styles(recipe)
    painting = painter.paint(photos, layers, recipe)
    assert painting.pictures.shape == (2, 3, 36, 48) and len(painting.traces) == 2 * steps
    for place in range(2):
        alone = painter.paint(photos[place : place + 1], layers, recipe).pictures
        torch.testing.assert_close(painting.pictures[place : place + 1], alone, atol=8e-3, rtol=0)


def test_notes(painter: StyleMambaPipeline) -> None:
    assert painter(photo(), "red stripes").notes == ()
    (far,) = painter(photo(), "qwx zzyzx").notes
    assert far.startswith('warning: "qwx zzyzx" is far from the styles known here')
    read, *_ = painter(photo(), "qwx zzyzx, no blue dots").notes
    assert (
        read == '"qwx zzyzx, no blue dots": "qwx zzyzx" is not known; keeps away from "blue dots"'
    )
    (ignored,) = painter(photo(), "red stripes", guidance=4).notes
    assert "guidance" in ignored
    assert painter(photo(2200, 3), "red stripes").notes == ()
    (small,) = painter(photo(2200, 3), "red stripes", tile=True).notes
    assert "2048 px" in small


def test_cancelled_before_there_is_a_picture_comes_out(painter: StyleMambaPipeline) -> None:
    def stop(event: Progress) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        painter(photo(), "red stripes", on_progress=stop)
    out = painter(photo(), "red stripes", steps=3, size=48, on_progress=stop)
    assert out.interrupted and out.steps == 0


def test_a_cancelled_fit_keeps_its_picture_though_it_is_enlarged(
    painter: StyleMambaPipeline,
) -> None:
    """A server's flag stays set: the passes after the fit must not lose the picture."""

    def stop(event: Progress) -> None:
        if event.stage == "pass" or event.step >= 1:
            raise Cancelled

    out = painter(photo(500, 20), "red stripes", steps=5, on_progress=stop)
    assert out.interrupted and out.steps == 1 and out.image.size == (500, 20)

    def stop_late(event: Progress) -> None:
        if event.stage == "pass":
            raise Cancelled

    out = painter(photo(500, 20), "red stripes", steps=1, on_progress=stop_late)
    assert out.interrupted and out.steps == 1 and out.image.size == (500, 20)


def test_a_stopped_batch_keeps_what_is_finished(painter: StyleMambaPipeline) -> None:
    photos = to_tensor(photo()).repeat(3, 1, 1, 1)
    recipe = Recipe.of("red stripes", steps=2)
    heard: list[int] = []

    def stop(event: Progress) -> None:
        heard.append(event.photo)
        if event.photo == 1:
            raise KeyboardInterrupt if event.step == 0 else Cancelled

    painting = painter.paint(photos, painter.styles(recipe), recipe, stop)
    assert painting.interrupted and 1 <= len(painting.pictures) <= 2
    assert heard == [0, 0, 0, 1]


@pytest.mark.parametrize("steps", [0, 2])
def test_inference_mode_is_no_hindrance(painter: StyleMambaPipeline, steps: int) -> None:
    plain = painter(photo(), "red stripes", steps=steps, size=48).image
    with torch.inference_mode():
        assert difference(painter(photo(), "red stripes", steps=steps, size=48).image, plain) == 0


def test_an_autocast_around_it_does_not_reach_the_fusion(painter: StyleMambaPipeline) -> None:
    plain = painter(photo(), "red stripes").image
    with torch.autocast("cpu", torch.bfloat16):
        assert difference(painter(photo(), "red stripes").image, plain) < 0.5


@pytest.mark.parametrize("texture", [0.0, 1.0])
def test_pictures_are_in_range(painter: StyleMambaPipeline, texture: float) -> None:
    recipe = Recipe.of("red stripes", strength=3.0, texture=texture)
    photos = to_tensor(photo())
    pictures = painter.paint(photos, painter.styles(recipe), recipe).pictures
    assert pictures.min() >= 0 and pictures.max() <= 1


def test_size_bounds_what_tensors_are_painted_at(painter: StyleMambaPipeline) -> None:
    sides = set()

    def hear(event: Progress) -> None:
        assert event.image is not None
        sides.add(max(event.image.shape[-2:]))

    for steps in (0, 1):
        recipe = Recipe.of("red stripes", size=40, steps=steps)
        painting = painter.paint(torch.rand(1, 3, 60, 90), painter.styles(recipe), recipe, hear)
        assert painting.pictures.shape == (1, 3, 60, 90)
    assert sides == {40}


@pytest.mark.parametrize(
    "photos", [torch.rand(3, 8, 8), torch.rand(1, 1, 8, 8), torch.ones(1, 3, 8, 8).byte()], ids=str
)
def test_other_tensors_are_refused(painter: StyleMambaPipeline, photos: torch.Tensor) -> None:
    recipe = Recipe.of("red stripes")
    with pytest.raises(ValueError, match="floating point"):
        painter.paint(photos, painter.styles(recipe), recipe)


def test_photos_that_are_not_numbers_are_refused(painter: StyleMambaPipeline) -> None:
    recipe = Recipe.of("red stripes")
    photos = torch.rand(1, 3, 8, 8)
    layers = painter.styles(recipe, photos)
    photos[0, 1, 2, 3] = float("nan")
    for refused in (
        lambda: painter.styles(recipe, photos),
        lambda: painter.paint(photos, layers, recipe),
    ):
        with pytest.raises(ValueError, match="NaN"):
            refused()


@pytest.mark.parametrize("steps", [0, 2])
def test_the_rest_is_kept_to_the_bit(painter: StyleMambaPipeline, steps: int) -> None:
    left = Region((StylePart("red stripes"),), box=(0, 0, 0.4, 1), feather=0.02)
    original = photo(120, 60)
    out = painter(original, Recipe((), (left,)), steps=steps, size=96)
    before, after = (np.asarray(image) for image in (original, out.image))
    assert np.array_equal(before[:, 60:], after[:, 60:])
    assert np.abs(before[:, :40].astype(int) - after[:, :40]).mean() > 1
    assert out.recipe.prompt == "red stripes"


def test_styles_of_pictures(painter: StyleMambaPipeline, tmp_path: Path) -> None:
    stripes = np.zeros((300, 40, 3), np.uint8)
    stripes[::8] = (255, 120, 0)
    Image.fromarray(stripes).save(tmp_path / "quilt.png")
    quilt = painter.learn([tmp_path / "quilt.png", stripes[:100]], "quilt", 2)
    assert (quilt.text, quilt.weight) == ("quilt", 2)
    alone = painter(photo(), [quilt])
    assert alone.coverage == 1 and not alone.notes
    again = painter(photo(), Recipe.from_json(alone.recipe.to_json())[0])
    assert difference(alone.image, again.image) == 0
    mixed = painter(photo(), [quilt, StylePart("red stripes")])
    assert difference(mixed.image, alone.image) > 0.1
    fitted = painter(photo(), [quilt], steps=2, size=48)
    assert fitted.trace[0].keys() >= {"anchor", "directional", "masked"}
    for pictures in ([], [stripes] * 21):
        with pytest.raises(StyleMambaError, match="is learnt from 1 to 20 pictures"):
            painter.learn(pictures, "quilt")


def test_other_words_are_found_by_another_segmenter(tiny_clipseg_dir: Path) -> None:
    pipe = StyleMambaPipeline.from_pretrained(segmenter=tiny_clipseg_dir, device="cpu")
    assert pipe.segmenters.find(photo(), "dog").mask.shape == (36, 48)


def test_prompts_of_regions_are_warned_of_too(painter: StyleMambaPipeline) -> None:
    region = Region((StylePart("qwx zzyzx"),), box=(0, 0, 0.5, 1))
    (note,) = painter(photo(), "red stripes", regions=(region,)).notes
    assert '"qwx zzyzx" is far' in note
    with pytest.raises(ValueError, match="shape"):
        painter.styles(Recipe.of("red stripes", regions=(region,)))


# --- devices -------------------------------------------------------------------------------------


def test_a_device_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(StyleMambaError, match="no cuda device"):
        StyleMambaPipeline.from_pretrained(device="cuda")
    with pytest.raises(StyleMambaError, match="'gpu' is no device"):
        StyleMambaPipeline.from_pretrained(device="gpu")


# --- the paper's setting -------------------------------------------------------------------------


@pytest.mark.parametrize("autoencoder", ["tiny_kl_dir", "tiny_taesd_dir"])
def test_paper_setting(
    tiny_siglip_dir: Path, autoencoder: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(autoencoder)
    pipe = StyleMambaPipeline.from_pretrained(
        preset="paper", encoder=tiny_siglip_dir, autoencoder=folder
    )
    out = pipe(photo(45, 33), "pencil sketch", steps=8, size=64)
    assert out.image.size == (45, 33) and out.steps == 8
    assert out.coverage is None and out.neighbours == []
    assert out.trace[0].keys() >= {"directional", "masked", "second_order", "content", "total"}
    # A fit gives its best step, which may be its start: eight steps of any machine lead beyond it.
    assert min(row["total"] for row in out.trace) < out.trace[0]["total"]
    assert difference(out.image, pipe(photo(45, 33), "x", steps=1, size=64).image) > 0
    with pytest.raises(StyleMambaError, match="embedded encoder"):
        pipe.coverage("pencil sketch")
    with pytest.raises(StyleMambaError, match="only the embedded encoder learns"):
        pipe.learn([photo()], "mine")


def test_a_fusion_for_the_papers_setting_is_fitted_from_its_one_pass(
    tiny_siglip_dir: Path, tiny_kl_dir: Path, tmp_path: Path
) -> None:
    models: dict[str, Any] = {
        "preset": "paper",
        "encoder": tiny_siglip_dir,
        "autoencoder": tiny_kl_dir,
    }
    plain = StyleMambaPipeline.from_pretrained(**models)
    fusion = identity_fusion(plain.encoder, plain.autoencoder)
    torch.nn.init.normal_(fusion.output.weight, std=0.1)
    fusion.save_pretrained(tmp_path)
    pipe = StyleMambaPipeline.from_pretrained(**models, fusion=tmp_path)
    assert pipe.config.weights == plain.config.weights
    heard: list[Progress] = []
    fitted = pipe(photo(), "pencil sketch", steps=1, size=48, on_progress=heard.append)
    one_pass: list[Progress] = []
    pipe(photo(), "pencil sketch", steps=0, size=48, on_progress=one_pass.append)
    assert heard[0].image is not None and one_pass[0].image is not None
    assert torch.equal(heard[0].image, one_pass[0].image) and fitted.steps == 1


def test_paper_setting_on_the_command_line(
    tiny_siglip_dir: Path,
    tiny_kl_dir: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photo(45, 33).save(tmp_path / "photo.png")
    output = tmp_path / "out.png"
    models = ["--encoder", str(tiny_siglip_dir), "--autoencoder", str(tiny_kl_dir)]
    command = ["stylize", str(tmp_path / "photo.png"), "pencil sketch", "-o", str(output)]
    fit = ["--steps", "2", "--size", "64", "--json"]
    assert main([*command, "--preset", "paper", *models, *fit]) == 0
    captured = capsys.readouterr()
    summary = json.loads(captured.out)
    assert captured.err == "" and summary["coverage"] is None and summary["steps"] == 2
    assert Image.open(output).size == (45, 33)


def test_mismatched_models_are_one_line(
    tiny_siglip_dir: Path, tiny_kl_dir: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    photo().save(tmp_path / "photo.png")
    command = ["stylize", str(tmp_path / "photo.png"), "x", "-o", str(tmp_path / "out.png")]
    swapped = ["--encoder", str(tiny_kl_dir), "--autoencoder", str(tiny_siglip_dir)]
    assert main([*command, "--preset", "paper", *swapped]) == 1
    captured = capfd.readouterr()
    assert captured.err.startswith("stylemamba: error: ") and captured.err.count("\n") == 1
    assert "--encoder" in captured.err and captured.out == ""
    assert os.listdir(tmp_path) == ["photo.png"]


def test_a_silent_hub_is_one_line_within_ten_seconds(tmp_path: Path) -> None:
    """The worst case: something accepts the connection and never answers."""
    photo().save(tmp_path / "photo.png")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = {
            **os.environ,
            "HF_ENDPOINT": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "HF_HOME": str(tmp_path / "cache"),
            "HF_HUB_OFFLINE": "0",
            "NO_PROXY": "127.0.0.1",
        }
        begin = time.perf_counter()
        result = subprocess.run(
            [sys.executable, "-m", "stylemamba", "stylize", "photo.png", "x", "--preset", "paper"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            timeout=60,
        )
        seconds = time.perf_counter() - begin
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.stderr
    assert "google/siglip-base-patch16-224" in result.stderr and "--encoder DIR" in result.stderr
    assert seconds < 10
    assert not list(tmp_path.glob("photo-*"))
