"""The models that ship with the package, on the bundled photo."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

import stylemamba
from stylemamba import Recipe, Region, StyleMambaPipeline, StylePart
from stylemamba.cli import main
from stylemamba.evaluation.metrics import mean_absolute_laplacian, ssim
from stylemamba.files.images import fit_size, read_image, resize, to_tensor
from stylemamba.losses.style_anchor import style_anchor_loss
from stylemamba.segmentation import Segmenters

PACKAGE = Path(str(files(stylemamba)))
SAMPLE = PACKAGE / "samples" / "chelsea.png"
WEIGHTS = PACKAGE / "weights"
STYLES = ["ukiyo-e", "cubism", "pointillism", "pencil sketch", "stained glass"]


@pytest.fixture(scope="module")
def pipe() -> StyleMambaPipeline:
    return StyleMambaPipeline.from_pretrained()


def sample(long_side: int) -> torch.Tensor:
    photo = read_image(SAMPLE).rgb
    return to_tensor(resize(photo, fit_size(photo.size, long_side)))


def test_stylize_through_the_real_entry_point(tmp_path: Path) -> None:
    command = ["stylize", str(SAMPLE), "ukiyo-e woodblock print", "-o", "out.png"]
    options = ["--size", "96", "--steps", "3", "--seed", "5", "--trace", "trace.json", "--json"]
    result = subprocess.run(
        [sys.executable, "-m", "stylemamba", *command, *options],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        timeout=60,
    )
    assert result.returncode == 0 and result.stderr == ""
    summary = json.loads(result.stdout)
    with Image.open(SAMPLE) as photo, Image.open(tmp_path / "out.png") as styled:
        assert styled.size == photo.size
        change = np.asarray(styled, np.float32) - np.asarray(photo.convert("RGB"), np.float32)
        assert np.abs(change).mean() > 5
        assert summary["size"] == list(photo.size)
    assert summary["output"] == "out.png" and summary["steps"] == 3 and summary["seed"] == 5
    assert summary["coverage"] == pytest.approx(1) and summary["seconds"] > 0
    trace = json.loads((tmp_path / "trace.json").read_text())
    assert len(trace) == 4 and trace[3]["total"] < trace[0]["total"]
    assert {"anchor", "directional", "masked", "second_order", "content"} <= trace[0].keys()
    assert sorted(os.listdir(tmp_path)) == ["out.png", "trace.json"]


def test_one_pass_through_the_real_entry_point(tmp_path: Path) -> None:
    """The default, twice in processes of their own: the same bytes."""
    for name in ("one.png", "two.png"):
        result = subprocess.run(
            [sys.executable, "-m", "stylemamba", "stylize", str(SAMPLE), "fauvism", "-o", name],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
        )
        assert result.returncode == 0 and result.stderr == "" and "one pass" in result.stdout
    one, two = ((tmp_path / name).read_bytes() for name in ("one.png", "two.png"))
    assert one == two and Image.open(tmp_path / "one.png").size == Image.open(SAMPLE).size


def psnr(one: Image.Image, other: Image.Image) -> float:
    error = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return 10 * math.log10(255**2 / max(float(np.square(error).mean()), 1e-9))


@pytest.mark.parametrize("long_side", [200, 700])  # one pass, and coarse to fine
def test_strength_0_returns_the_photo(pipe: StyleMambaPipeline, long_side: int) -> None:
    photo = resize(read_image(SAMPLE).rgb, (long_side, round(long_side * 0.7)))
    assert psnr(pipe(photo, "fauvism", strength=0.0).image, photo) >= 30


@pytest.mark.parametrize("prompt", ["pencil sketch", "stained glass", "Vincent van Gogh"])
def test_strength_leads_from_the_photo_to_the_style(pipe: StyleMambaPipeline, prompt: str) -> None:
    photo = resize(read_image(SAMPLE).rgb, (192, 128))
    before = to_tensor(photo)
    style = pipe.styles(Recipe.of(prompt), before).base
    alike, far = [], []
    for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
        after = to_tensor(pipe(photo, prompt, strength=strength).image)
        alike.append(ssim(after, before).item())
        seen = pipe.encoder.observe(after).of_view(0)  # type: ignore[call-arg]
        far.append(style_anchor_loss(seen, style.statistics).item())
    assert all(weaker > stronger + 0.03 for weaker, stronger in pairwise(alike))
    assert all(weaker > 0.99 * stronger for weaker, stronger in pairwise(far))
    assert far[-1] < 0.5 * far[0] and far[0] > far[1] > far[2] > far[3]


def test_precision_does_not_show(pipe: StyleMambaPipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = read_image(SAMPLE).rgb
    fast = pipe(photo, "Vincent van Gogh").image
    monkeypatch.setenv("STYLEMAMBA_DTYPE", "float32")
    assert psnr(fast, pipe(photo, "Vincent van Gogh").image) >= 40


@pytest.mark.parametrize("prompt", STYLES)
def test_one_pass_has_the_style_and_keeps_the_photo(
    pipe: StyleMambaPipeline, prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the networks paint goes towards the text; marks are another painter's, by its photo."""
    photo = resize(read_image(SAMPLE).rgb, (256, 170))
    image, marked = (to_tensor(picture) for picture in (photo, pipe(photo, prompt).image))
    monkeypatch.setattr("stylemamba.portable.layered.brushwork", lambda picture, *others: picture)
    painted = to_tensor(pipe(photo, prompt).image)
    before, seen = (pipe.encoder.encode_image(picture) for picture in (image, painted))
    text_delta = pipe.encoder.style(prompt).embedding - pipe.encoder.encode_text(["a photo"])
    assert F.cosine_similarity(seen - before, text_delta).item() > 0.3
    assert ssim(painted, image).item() > 0.25
    assert ssim(marked, image).item() > 0.15  # cubist planes are not where the photo's are
    assert (marked - painted).abs().mean() > 0.03


def test_strokes_grow_with_the_photo(pipe: StyleMambaPipeline) -> None:
    """Twice the size, the picture is the same from twice the distance, not a finer one."""
    photo = read_image(SAMPLE).rgb
    small, large = (
        pipe(resize(photo, size), "Vincent van Gogh").image for size in ((480, 320), (960, 640))
    )
    far = to_tensor(resize(large, (480, 320)))
    assert ssim(far, to_tensor(small)).item() > 0.7


def smooth_photo() -> Image.Image:
    """As of a sky over sand, 192 x 128."""
    y, x = np.mgrid[:128, :192] / np.array([128, 192])[:, None, None]
    channels = (120 + 100 * y, 140 + 60 * x, 220 - 120 * y)
    return Image.fromarray(np.stack(channels, -1).astype(np.uint8))


def steps_across(picture: Image.Image) -> np.ndarray:
    """What nine of ten steps from each column of pixels to the next do not exceed, 0 to 1."""
    pixels = np.asarray(picture, np.float32) / 255
    return np.quantile(np.abs(np.diff(pixels, axis=1)).max(2), 0.9, axis=0)


@pytest.mark.parametrize("smooth", [True, False])
@pytest.mark.parametrize(
    ("left", "right"), [("pop art", "ink wash"), ("watercolour", "Vincent van Gogh")]
)
def test_styles_meet_without_a_seam(
    pipe: StyleMambaPipeline, left: str, right: str, smooth: bool
) -> None:
    """Steps on the border are those of the styles, and of one colour fading into the other."""
    photo = smooth_photo() if smooth else resize(read_image(SAMPLE).rgb, (192, 128))
    whole = [np.asarray(pipe(photo, prompt).image, np.float32) / 255 for prompt in (left, right)]
    border, inside = slice(84, 108), (slice(16, 76), slice(116, 176))
    apart = np.quantile(np.abs(whole[0] - whole[1])[:, border].max(2), 0.9)

    def excess(feather: float) -> float:
        half = Region((StylePart(right),), box=(0.5, 0, 0.5, 1), feather=feather)
        steps = steps_across(pipe(photo, left, regions=(half,)).image)
        return float(steps[border].max() - max(steps[part].max() for part in inside))

    # A Gaussian of 1 % of the longer side, 1.9 pixels, rises by 0.21 from one to the next.
    assert excess(0.02) < 0.21 * apart
    if smooth:
        assert excess(0.0) > 0.4 * apart  # a hard border would have been seen


def test_protected_faces_stay_nearer_to_the_photo(portrait: Image.Image, tmp_path: Path) -> None:
    portrait.save(tmp_path / "photo.png")
    command = ["stylize", str(tmp_path / "photo.png"), "pop art", "--quiet", "-o"]
    off = {}
    for name, options in {"plain": [], "faces": ["--protect", "faces"]}.items():
        assert main([*command, str(tmp_path / f"{name}.png"), *options]) == 0
        picture = read_image(tmp_path / f"{name}.png").rgb
        off[name] = np.abs(np.asarray(picture, np.float32) - np.asarray(portrait, np.float32))
    face = Segmenters().find(portrait, "face").mask > 0.9
    far = Segmenters().find(portrait, "person").mask < 0.05
    assert off["faces"][face].mean() < 0.7 * off["plain"][face].mean()
    assert abs(off["faces"][far].mean() / off["plain"][far].mean() - 1) < 0.1


def test_the_autoencoder_keeps_the_photo(pipe: StyleMambaPipeline) -> None:
    photo = sample(256)
    with torch.no_grad():
        again = pipe.autoencoder.decode(pipe.autoencoder.encode(photo), tuple(photo.shape[-2:]))  # type: ignore[arg-type]
    assert -10 * math.log10((again.clamp(0, 1) - photo).square().mean()) >= 30
    assert sum(parameter.numel() for parameter in pipe.autoencoder.parameters()) < 3_000_000


def test_a_photo_is_seen_as_a_photo(pipe: StyleMambaPipeline) -> None:
    seen = pipe.encoder.encode_image(sample(256))
    cosine = F.cosine_similarity(seen, pipe.encoder.encode_text(["a photo", *STYLES]))
    assert cosine.argmax() == 0 and cosine[0] - cosine[1:].max() > 0.05


def test_coverage_tells_known_from_unknown(pipe: StyleMambaPipeline) -> None:
    for style in STYLES:
        assert pipe.coverage(style).coverage > 0.9
    assert pipe.coverage("qwxz vbnmf kjhgf").coverage < 0.35
    assert pipe.coverage("浮世絵").coverage > 0.9


@pytest.mark.parametrize("prompt", ["ukiyo-e woodblock print", "Vincent van Gogh"])
def test_the_style_arrives_without_noise(pipe: StyleMambaPipeline, prompt: str) -> None:
    photo = sample(128)
    out = pipe(read_image(SAMPLE).rgb, prompt, steps=12, size=128)
    styled = to_tensor(resize(out.image, (photo.shape[-1], photo.shape[-2])))
    # Black lines of a print, a pixel wide at this size, are as much as 2.6 times the photo's own.
    assert mean_absolute_laplacian(styled) <= 3 * mean_absolute_laplacian(photo)
    assert 0.35 <= ssim(styled, photo).item() <= 0.95
    text = pipe.encoder.encode_text([prompt])
    before, after = (
        F.cosine_similarity(pipe.encoder.encode_image(image), text).item()
        for image in (photo, styled)
    )
    assert after > before + 0.08


def broken(folder: Path, damage: str) -> Path:
    weights = folder / "model.safetensors"
    if damage == "truncated":
        weights.write_bytes(weights.read_bytes()[:100_000])
    elif damage == "empty":
        weights.write_bytes(b"")
    elif damage == "no weights":
        weights.unlink()
    elif damage == "no config":
        (folder / "config.json").unlink()
    elif damage == "no folder":
        shutil.rmtree(folder)
    return folder


@pytest.mark.parametrize("model", ["artlip", "autoencoder", "fusion"])
@pytest.mark.parametrize("damage", ["truncated", "empty", "no weights", "no config", "no folder"])
def test_broken_weights_are_one_line(
    model: str, damage: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = broken(Path(shutil.copytree(WEIGHTS / model, tmp_path / model)), damage)
    options = {"artlip": "--encoder", "autoencoder": "--autoencoder", "fusion": "--fusion"}
    option = options[model]
    output = tmp_path / "out.png"
    assert main(["stylize", str(SAMPLE), "fauvism", "-o", str(output), option, str(folder)]) == 1
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert str(folder) in captured.err and f"{option} DIR" in captured.err
    assert not output.exists()


def test_models_in_each_others_place_are_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    swapped = ["--encoder", str(WEIGHTS / "autoencoder"), "--autoencoder", str(WEIGHTS / "artlip")]
    assert main(["stylize", str(SAMPLE), "x", "-o", str(tmp_path / "out.png"), *swapped]) == 1
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1 and "--encoder" in captured.err


def test_the_package_stays_small() -> None:
    for model in ("artlip", "autoencoder", "fusion", "segmenter"):
        names = {"config.json", "model.safetensors", "README.md"}
        assert names == {path.name for path in (WEIGHTS / model).iterdir()}
    assert sum(path.stat().st_size for path in WEIGHTS.rglob("*.*")) < 48e6
