from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip("onnx", reason="the extra `onnx` is not installed")
pytest.importorskip("onnxscript", reason="the extra `onnx` is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder  # noqa: E402
from stylemamba.cli import main  # noqa: E402
from stylemamba.encoders.artlip import ArtLIP  # noqa: E402
from stylemamba.errors import StyleMambaError  # noqa: E402
from stylemamba.export import ExportReport, check_folder, folder, new_folder  # noqa: E402
from stylemamba.export.folder import write_export  # noqa: E402
from stylemamba.export.models import PaintGraph  # noqa: E402
from stylemamba.export.scan import exportable_scan, onnx_scan  # noqa: E402
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig  # noqa: E402
from stylemamba.painting.region_specs import as_text  # noqa: E402
from stylemamba.pipeline import StyleMambaPipeline  # noqa: E402
from stylemamba.portable import pyramid  # noqa: E402
from stylemamba.portable.pyramid import COARSEST, levels  # noqa: E402
from stylemamba.portable.recipe import Recipe, Region, StylePart  # noqa: E402
from stylemamba.portable.recipe_fields import flags_of, numbers_of  # noqa: E402
from stylemamba.runtime.precision import in_float32  # noqa: E402
from stylemamba.scan import BACKENDS, default_backend  # noqa: E402
from stylemamba.scan.reference import reference_scan  # noqa: E402
from stylemamba.segmentation.segmenter import Segmenter  # noqa: E402

WEIGHTS = Path(folder.__file__).parents[1] / "weights"
BLOCKED = """
import os, runpy, sys
sys.modules.update(dict.fromkeys(["torch", "transformers", "stylemamba"]))  # importing them fails
sys.argv = sys.argv[1:]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def encoder() -> ArtLIP:
    return ArtLIP.from_pretrained(WEIGHTS / "artlip")


@pytest.fixture(scope="module")
def models() -> tuple[EmbeddedAutoencoder, StyleFusion]:
    torch.manual_seed(0)
    autoencoder = EmbeddedAutoencoder(latent_channels=4, width=8, depth=1).eval()
    config = StyleFusionConfig(
        latent_channels=4, style_dim=512, width=16, depth=1, stem_width=8, head_depth=1
    )
    fusion = StyleFusion(config).eval()
    torch.nn.init.normal_(fusion.output.weight, std=0.3)
    for block in fusion.blocks:  # so that the scan counts, and the prompt in it
        torch.nn.init.normal_(block.mixer.style_offsets.weight, std=0.1)
    return autoencoder, fusion


@pytest.fixture(scope="module")
def exported(
    encoder: ArtLIP,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    tmp_path_factory: pytest.TempPathFactory,
) -> ExportReport:
    return write_export(encoder, *models, tmp_path_factory.mktemp("export") / "out")


@pytest.fixture(scope="module")
def script(exported: ExportReport) -> Any:
    """The models of the export, as a program that has its folder on the path would load them."""
    sys.path.insert(0, str(exported.folder))
    try:
        return importlib.import_module("stylize").Models(exported.folder)
    finally:
        sys.path.remove(str(exported.folder))


@pytest.mark.parametrize("size", [(1, 1), (3, 17), (37, 50), (64, 40), (45, 101)])
def test_pictures_are_those_of_pytorch(
    exported: ExportReport,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    size: tuple[int, int],
) -> None:
    session = onnxruntime.InferenceSession(exported.folder / "stylize.onnx")
    generator = torch.Generator().manual_seed(1)
    photo = torch.rand(1, 3, *size, generator=generator)
    cells = [-(-side // 4) for side in size]
    inputs = {
        "photo": photo,
        "style": torch.randn(1, 512, generator=generator),
        "strokes": StyleFusion.strokes_of(photo, 4),
        "weights": torch.rand(1, 1, *cells, generator=generator),
        "bent": torch.randn(1, 4, *cells, generator=generator),
    }
    pictures = {}
    for strength in (0.0, 1.0):
        inputs["strength"] = torch.full((1, 1, *cells), strength)
        found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        with torch.no_grad():
            expected = PaintGraph(*models)(**inputs)
        for ours, theirs in zip(found, expected, strict=True):
            torch.testing.assert_close(torch.from_numpy(ours), theirs, atol=1e-4, rtol=1e-4)
        pictures[strength] = torch.from_numpy(found[0])
    if min(size) > 4:  # else the latent is its own mean, which the fusion normalises away
        assert torch.dist(pictures[0.0], pictures[1.0]) > 1e-3


def test_report(exported: ExportReport) -> None:
    assert len(exported.differences) == 2
    assert max(*exported.differences.values(), exported.text_difference) < 1e-4
    assert exported.likelihood_difference < 1e-4
    names = {path.name for path in exported.folder.iterdir()}
    assert names == {*exported.sizes, "README.md"}
    readme = (exported.folder / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in exported.sizes)


@pytest.mark.parametrize("seed", [0, 2])
@pytest.mark.parametrize(
    "prompt",
    [
        "ukiyo-e woodblock print",
        "  Gothic Cyberpunk ",
        "fauvism",
        "pop art",
        "impressionism",
        "oil painting, dark blue and orange palette, by Rembrandt",
        "a,b,c,d,e,f,g,h,i,j",
        "浮世絵, été 🎨",
        "thick paint " * 300,
    ],
)
def test_styles_are_those_of_artlip(script: Any, encoder: ArtLIP, prompt: str, seed: int) -> None:
    style, expected = (
        script.styles(Recipe.of(prompt, seed=seed))[0],
        encoder.style(prompt, mode=seed),
    )
    np.testing.assert_allclose(style.condition, expected.condition.numpy(), atol=1e-5)
    assert style.coverage == pytest.approx(expected.coverage, abs=1e-4)
    assert style.marks == pytest.approx(expected.marks, abs=1e-4)
    assert [name for name, _ in style.neighbours] == [name for name, _ in expected.neighbours]


def test_parts_of_a_recipe_are_mixed_by_weight(script: Any) -> None:
    parts = (StylePart("fauvism", 3.0), StylePart("mosaic", 1.0, look=2))
    mixed = script.styles(Recipe(parts))[0].condition
    fauvism, mosaic = (
        script.styles(Recipe.of(part.text, look=part.look))[0].condition for part in parts
    )
    np.testing.assert_allclose(mixed, 0.75 * fauvism + 0.25 * mosaic, atol=1e-5)


def test_styles_of_pictures_are_those_of_artlip(script: Any, encoder: ArtLIP) -> None:
    learnt = encoder.learn([torch.rand(1, 3, 64, 80, generator=torch.manual_seed(0))])
    part = StylePart("mine", learnt=learnt.to_text())
    style, expected = script.styles(Recipe((part,)))[0], encoder.learnt_style(learnt)
    np.testing.assert_allclose(style.condition, expected.condition.numpy(), atol=1e-5)
    assert style.marks == expected.marks and style.coverage == 1


@pytest.mark.parametrize(("strength", "stroke", "texture"), [(1.0, 1.0, 1.0), (1.2, 3.0, 4.0)])
def test_large_photos_are_painted_coarse_to_fine(
    script: Any,
    encoder: ArtLIP,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    strength: float,
    stroke: float,
    texture: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STYLEMAMBA_DTYPE", "float32")
    noise = np.random.default_rng(0).integers(0, 256, (40, 61, 3), np.uint8)
    photo = Image.fromarray(noise).resize((611, 401))
    look = {"strength": strength, "stroke": stroke, "texture": texture, "seed": 2}
    recipe = Recipe.of("fauvism", **look)
    found = script.stylize(photo, script.styles(recipe, photo), recipe)
    pipe = StyleMambaPipeline(encoder, *models)
    expected = pipe(photo, "fauvism", **look).image  # type: ignore[arg-type]
    error = np.abs(np.asarray(found, np.float32) - np.asarray(expected, np.float32))
    assert error.mean() < 0.2 and error.max() <= 3


@pytest.mark.parametrize("size", [None, 90])
def test_photos_beyond_what_is_painted_whole(
    script: Any,
    encoder: ArtLIP,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    size: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STYLEMAMBA_DTYPE", "float32")
    for module in (pyramid, sys.modules["portable.pyramid"]):
        monkeypatch.setattr(module, "LARGEST", 64)
    noise = np.random.default_rng(0).integers(0, 256, (20, 31, 3), np.uint8)
    photo = Image.fromarray(noise).resize((121, 80))
    recipe = Recipe.of("fauvism", size=size)
    found = script.stylize(photo, script.styles(recipe, photo), recipe)
    expected = StyleMambaPipeline(encoder, *models)(photo, recipe).image
    error = np.abs(np.asarray(found, np.float32) - np.asarray(expected, np.float32))
    assert found.size == photo.size
    assert np.quantile(error, 0.98) < 3  # of two examples about as good, rounding chooses


def test_people_are_found_as_by_the_package(
    script: Any, exported: ExportReport, portrait: Image.Image
) -> None:
    assert exported.sizes["segmenter.onnx"] < 25e6  # VGG19 alone has 80 MB of float32
    pixels = np.asarray(portrait, np.float32).transpose(2, 0, 1) / 255
    with in_float32():
        expected = Segmenter.shipped().people(pixels)
    found = script.segmenter.people(pixels)
    assert expected is not None and expected.faces.mean() > 0.02 and expected.persons.mean() > 0.2
    np.testing.assert_allclose(found.faces, expected.faces, atol=1e-3)
    np.testing.assert_allclose(found.persons, expected.persons, atol=1e-3)


def test_pictures_of_people_are_those_of_the_package(
    script: Any,
    encoder: ArtLIP,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    portrait: Image.Image,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STYLEMAMBA_DTYPE", "float32")
    recipe = Recipe.of("ukiyo-e woodblock print", look=0)
    found = script.stylize(portrait, script.styles(recipe, portrait), recipe)
    expected = StyleMambaPipeline(encoder, *models)(portrait, recipe).image
    assert difference(found, expected) < 0.02
    monkeypatch.setattr(type(script.segmenter), "people", lambda *_: None)
    without = script.stylize(portrait, script.styles(recipe, portrait), recipe)
    assert difference(without, expected) > 0.2


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean, in levels."""
    return float(np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32)).mean())


REGIONS = (
    Region((StylePart("fauvism"),), box=(0.5, 0, 0.5, 1)),
    Region((StylePart("mosaic", 2), StylePart("pop art")), box=(0, 0.5, 0.6, 0.5), strength=0.5),
)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe.of("ukiyo-e", regions=REGIONS, strength=0.8, palette=0.3),
        Recipe.of("ukiyo-e", regions=REGIONS[:1], colours=("#1d3557", "#f1faee", "#e63946")),
        Recipe((), REGIONS[1:], stroke=0.7),
    ],
)
def test_regions_are_those_of_the_package(
    script: Any,
    encoder: ArtLIP,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    portrait: Image.Image,
    recipe: Recipe,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STYLEMAMBA_DTYPE", "float32")
    photo = portrait.resize((401, 611))  # coarse to fine
    mask = Region((StylePart("pencil sketch"),), mask=as_text(Image.linear_gradient("L")))
    recipe = replace(recipe, regions=(*recipe.regions, mask))
    found = script.stylize(photo, script.styles(recipe, photo), recipe)
    expected = StyleMambaPipeline(encoder, *models)(photo, recipe).image
    assert difference(found, expected) < 0.02
    alone = replace(recipe, regions=(mask,), parts=recipe.parts or REGIONS[0].parts)
    other = script.stylize(photo, script.styles(alone, photo), alone)
    assert difference(other, expected) > 2


def test_tiles_are_those_of_the_pipeline(
    script: Any,
    encoder: ArtLIP,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STYLEMAMBA_DTYPE", "float32")
    y, x = np.mgrid[:60, :90] / 90
    photo = Image.fromarray(np.uint8(255 * np.stack([x, y, x * y], -1)))
    recipe = Recipe.of("fauvism", tile=True, size=45, strength=0.8)
    found = script.stylize(photo, script.styles(recipe, photo), recipe)
    expected = StyleMambaPipeline(encoder, *models)(photo, recipe).image
    error = np.abs(np.asarray(found, np.float32) - np.asarray(expected, np.float32))
    # Where two paths are about as good, rounding decides.
    assert found.size == photo.size and np.quantile(error, 0.9) < 3


def test_strength_below_one_keeps_what_the_autoencoder_would_lose(script: Any) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (30, 41, 3), np.uint8)
    photo = Image.fromarray(noise)

    def stylized(strength: float, stroke: float = 1.0) -> Any:
        recipe = Recipe.of("fauvism", strength=strength, stroke=stroke)
        return np.asarray(script.stylize(photo, script.styles(recipe, photo), recipe), np.float32)

    assert np.array_equal(stylized(0.0), noise)
    steps = [np.abs(stylized(strength) - noise).mean() for strength in (0.1, 0.5, 1.0)]
    assert 0 < steps[0] < 0.3 * steps[2] and steps[0] < steps[1] < steps[2]


def test_strength_zero_leaves_large_photos(script: Any) -> None:
    """Through the passes from coarse to fine, too."""
    noise = np.random.default_rng(0).integers(0, 256, (20, 150, 3), np.uint8)
    recipe = Recipe.of("fauvism", strength=0.0, stroke=10.0)
    assert len(levels(20, 150, COARSEST / recipe.stroke)) == 2
    found = script.stylize(Image.fromarray(noise), script.styles(recipe), recipe)
    assert np.array_equal(np.asarray(found), noise)


def test_script_runs_without_torch(exported: ExportReport, script: Any, tmp_path: Path) -> None:
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 41, 3), np.uint8))
    photo.save(tmp_path / "photo.png")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", BLOCKED, str(exported.folder / "stylize.py"), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env=dict(os.environ)
        )

    done = run("photo.png", "fauvism", "-o", "out.png")
    assert done.returncode == 0, done.stderr
    recipe = Recipe.of("fauvism")
    expected = script.stylize(photo, script.styles(recipe, photo), recipe)
    with Image.open(tmp_path / "out.png") as picture:
        assert picture.size == (41, 30) and picture.tobytes() == expected.tobytes()
    for name in ("photo.png", "out.png"):
        kept = (tmp_path / name).read_bytes()
        refused = run("photo.png", "cubism", "-o", name)
        assert refused.returncode == 2 and "--overwrite" in refused.stderr
        assert (tmp_path / name).read_bytes() == kept
    failed = run("missing.png", "fauvism", "-o", "other.png")
    assert failed.returncode == 1 and failed.stderr.count("\n") == 1
    assert not (tmp_path / "other.png").exists()
    refused = run("photo.png", "fauvism", "-o", "other.png", "--stroke", "20")
    assert refused.returncode == 2
    assert "--stroke should be from 0.1 to 10, not 20" in refused.stderr
    options = set(re.findall(r"--[\w-]+", run("--help").stdout))
    own = {f"--{item.name}" for item in numbers_of(Recipe)} - {"--steps", "--guidance"}
    own |= {f"--{no}{item.name}" for item in flags_of(Recipe) for no in ("", "no-")}
    assert options == own | {"--help", "--output", "--overwrite", "--recipe"}
    regions = Recipe.of("fauvism", regions=REGIONS, seed=3)
    (tmp_path / "recipe.json").write_text(regions.to_json())
    done = run("photo.png", "--recipe", "recipe.json", "--seed", "4", "-o", "regions.png")
    assert done.returncode == 0, done.stderr
    regions = replace(regions, seed=4)
    expected = script.stylize(photo, script.styles(regions, photo), regions)
    with Image.open(tmp_path / "regions.png") as picture:
        assert picture.tobytes() == expected.tobytes()
    (tmp_path / "recipe.json").write_text(replace(regions, steps=3).to_json())
    refused = run("photo.png", "--recipe", "recipe.json", "-o", "other.png")
    assert refused.returncode == 1 and "steps need stylemamba itself" in refused.stderr
    for recipe, said in (("no.json", "no.json: No such file"), ("photo.png", "is not JSON")):
        refused = run("photo.png", "--recipe", recipe, "-o", "other.png")
        assert refused.returncode == 2 and said in refused.stderr
    assert "give a prompt" in run("photo.png", "-o", "other.png").stderr
    unknown = run("photo.png", "qwxz vbnmf kjhgf", "-o", "far.png", "--seed", "1")
    assert unknown.returncode == 0 and "far from the styles known here" in unknown.stderr


def test_command(
    encoder: ArtLIP,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    written: list[Path] = []

    def write(_encoder: Any, _autoencoder: Any, _fusion: Any, folder: Path) -> ExportReport:
        written.append(folder)
        return ExportReport(folder, {"stylize.onnx": 10}, {(61, 90): 1e-6}, 1e-7, 1e-5)

    autoencoder, fusion = models
    pipe = SimpleNamespace(encoder=encoder, autoencoder=autoencoder, fusion=fusion)
    monkeypatch.setattr("stylemamba.pipeline.StyleMambaPipeline.from_pretrained", lambda **_: pipe)
    monkeypatch.setattr("stylemamba.export.folder.write_export", write)
    assert main(["export", str(tmp_path / "a")]) == 0
    assert "90 x 61: 1.0e-06" in capsys.readouterr().out
    assert main(["export", str(tmp_path / "b"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["differences"][0]["difference"] == 1e-6
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").touch()
    assert main(["export", str(tmp_path / "full")]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "no" / "where")]) == 1
    assert written == [tmp_path / "a", tmp_path / "b"]


def test_missing_packages_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["export", str(tmp_path / "out")]) == 1
    assert "pip install onnx onnxscript onnxruntime" in capsys.readouterr().err


def test_wrong_pictures_are_not_left_behind(
    encoder: ArtLIP,
    models: tuple[EmbeddedAutoencoder, StyleFusion],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("write_one_pass", "write_prompt_text", "write_likelihoods"):
        monkeypatch.setattr(folder, name, lambda *_: None)
    for name in ("prompt_text_difference", "picture_likelihood_difference"):
        monkeypatch.setattr(folder, name, lambda *_: 0.0)
    for difference in (0.01, float("nan")):
        monkeypatch.setattr(folder, "one_pass_difference", lambda *_, value=difference: value)
        with pytest.raises(StyleMambaError, match="differ from PyTorch's"):
            write_export(encoder, *models, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_new_folder(tmp_path: Path) -> None:
    check_folder(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "out").mkdir()
    with new_folder(tmp_path / "out") as temporary:
        (temporary / "file").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "file"]
    with pytest.raises(StyleMambaError, match="not empty"), new_folder(tmp_path / "out"):
        pass


@pytest.mark.parametrize("length", [1, 70])
def test_scan(length: int) -> None:
    generator = torch.Generator().manual_seed(0)
    b, g, d, n = 2, 2, 3, 4
    u, B, C = (torch.randn(b, g, k, length, generator=generator) for k in (d, n, n))
    delta = torch.rand(b, g, d, length, generator=generator) * 4
    A, D = -torch.rand(g, d, n, generator=generator) * 8, torch.randn(g, d, generator=generator)
    with torch.no_grad():
        y = onnx_scan(u, delta, A, B, C, D)
    torch.testing.assert_close(y, reference_scan(u, delta, A, B, C, D), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("chosen", [None, "streamed"])
def test_the_scan_is_lent_only(monkeypatch: pytest.MonkeyPatch, chosen: str | None) -> None:
    monkeypatch.delenv("STYLEMAMBA_SCAN", raising=False)
    if chosen is not None:
        monkeypatch.setenv("STYLEMAMBA_SCAN", chosen)
    before = dict(BACKENDS)
    with pytest.raises(KeyError), exportable_scan():
        assert BACKENDS[default_backend(torch.zeros(1))] is onnx_scan
        raise KeyError
    assert before == BACKENDS and os.environ.get("STYLEMAMBA_SCAN") == chosen
