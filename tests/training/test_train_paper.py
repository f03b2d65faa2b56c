"""Style fusion under SigLIP and AutoencoderKL, the paper's setting, from pictures to tables."""

from __future__ import annotations

import csv
import functools
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from stylemamba import StyleMambaPipeline
from stylemamba.cli import main, train_fusion
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.content import _content_network
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.losses import random_patch_masks
from stylemamba.models import load_frozen
from stylemamba.portable.style import Style
from stylemamba.runtime.precision import in_float32
from stylemamba.training.fusion import train as fusion
from stylemamba.training.fusion.data import FusionDataset
from stylemamba.training.fusion.objective import Painted, fusion_losses, loss_weights
from stylemamba.training.fusion.step import step_losses
from stylemamba.training.fusion.styles import StyleSampler, Texts
from stylemamba.training.fusion.teachers import Teachers

PROMPTS = "pencil sketch\nstained glass\n# none\nClaude Monet\n"
PAPER = {"directional", "masked", "second_order", "content", "total_variation"}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A small fusion, and one line of sample sheets; the working folder has prompts.txt."""
    config = functools.partial(StyleFusionConfig, width=16, depth=1, stem_width=8, head_depth=1)
    monkeypatch.setattr(fusion, "StyleFusionConfig", config)
    monkeypatch.setattr("stylemamba.training.fusion.samples.PHOTOS", 1)
    monkeypatch.setattr("stylemamba.training.fusion.samples.PROMPTS", ("pencil sketch",))
    monkeypatch.chdir(tmp_path)
    Path("prompts.txt").write_text(PROMPTS)


def command(data: Path, siglip: Path, kl: Path, *options: str) -> list[str]:
    models = ["--encoder", str(siglip), "--autoencoder", str(kl), "--device", "cpu"]
    sizes = ["--crops", "64", "--photos", "1", "--workers", "0", "--steps", "3"]
    content = ["--content", str(data / "photos"), "--prompts", "prompts.txt"]
    return ["train", "fusion", *content, *models, *sizes, "--out", "out", *options]


def losses() -> list[dict[str, str]]:
    with Path("out", "losses.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("siglip", ["tiny_siglip_dir", "tiny_siglip2_dir", "tiny_naflex_dir"])
def test_trains_with_the_papers_losses(
    siglip: str, tiny_data: Path, tiny_kl_dir: Path, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(siglip)
    assert main(command(tiny_data, folder, tiny_kl_dir)) == 0
    rows = losses()
    assert len(rows) == 3 and set(rows[0]) == {"step", "total", *PAPER}
    config = StyleFusion.from_pretrained("out").config
    assert (config.latent_channels, config.style_dim) == (4, 32)


def test_from_training_to_tables(
    tiny_data: Path, tiny_siglip_dir: Path, tiny_kl_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Trained, loaded, painted in one pass, evaluated: every step by its command."""
    models = ["--encoder", str(tiny_siglip_dir), "--autoencoder", str(tiny_kl_dir)]
    fast = ["--learning-rate", "1e-2", "--ema", "0.9"]
    assert main(command(tiny_data, tiny_siglip_dir, tiny_kl_dir, *fast)) == 0
    photos = Path("photos")
    photos.mkdir()
    Image.linear_gradient("L").resize((72, 56)).convert("RGB").save(photos / "one.png")
    preset = ["--preset", "paper", *models, "--fusion", "out"]
    capsys.readouterr()
    paint = ["stylize", "photos/one.png", "pencil sketch", *preset, "-o", "one.png", "--json"]
    assert main(paint) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["steps"] == 0 and told["size"] == [72, 56]
    with Image.open("one.png") as painted:
        assert painted.size == (72, 56)
    tables = ["evaluate", "photos", "--prompts", "prompts.txt", *preset, "-o", "tables"]
    assert main([*tables, "--judge", str(tiny_siglip_dir)]) == 0
    rows = json.loads(Path("tables", "results.json").read_text())["rows"]
    assert [row["prompt"] for row in rows] == PROMPTS.replace("# none\n", "").splitlines()

    # The same networks give the same style, condition and picture in Python.
    pipe = StyleMambaPipeline.from_pretrained(
        preset="paper", encoder=tiny_siglip_dir, autoencoder=tiny_kl_dir, fusion="out"
    )
    result = pipe(Image.open(photos / "one.png"), "pencil sketch")
    with Image.open("one.png") as painted:
        assert np.array_equal(np.asarray(result.image), np.asarray(painted.convert("RGB")))


@pytest.fixture
def teachers(tiny_siglip_dir: Path, tiny_kl_dir: Path) -> Teachers:
    return Teachers.of(*load_frozen(tiny_siglip_dir, tiny_kl_dir))


def test_losses_are_those_of_the_formulas(teachers: Teachers) -> None:
    """Against cosines in float64, view by view and pair by pair."""
    generator = torch.Generator().manual_seed(0)
    photos, pictures = torch.rand(2, 3, 40, 48), torch.rand(4, 3, 40, 48)
    bent = torch.zeros(2, 4, 5, 6)
    texts = teachers.encoder.encode_text(["pencil sketch", "stained glass", "Claude Monet", "a"])
    source = teachers.encoder.encode_text(["a photo"])
    with in_float32():
        found = fusion_losses(
            teachers,
            Painted(photos, pictures, bent, bent[:0]),
            Style(texts, texts),
            source,
            generator,
            loss_weights(teachers),
        )
    assert set(found) == {"total", *PAPER}
    grid = teachers.encoder.mask_grid(40, 48)
    masks = random_patch_masks(2, 40, 48, grid, 0.5, torch.Generator().manual_seed(0))

    def embedded(images: Tensor, mask: Tensor | None = None) -> Tensor:
        masks = None if mask is None else mask.expand(1, 1, -1, -1)
        seen = teachers.encoder.encode_image(images, masks)
        return (seen if masks is None else seen[:, 0]).double()

    def off(a: Tensor, b: Tensor) -> float:
        return 1 - float(a @ b / (a.norm() * b.norm()))

    wanted = (texts - source).double()
    whole = embedded(pictures) - embedded(photos).repeat(2, 1)
    expected = sum(off(whole[i], wanted[i]) for i in range(4)) / 4
    assert found["directional"].item() == pytest.approx(3 * expected, abs=1e-3)
    hidden = [embedded(pictures, m) - embedded(photos, m).repeat(2, 1) for m in masks[0]]
    expected = sum(off(view[i], wanted[i]) for view in hidden for i in range(4)) / 8
    assert found["masked"].item() == pytest.approx(10 * expected, abs=1e-2)
    pairs = [(0, 2), (1, 3), (2, 0), (3, 1)]  # the same photo under its two styles
    expected = sum(off(whole[i] - whole[j], wanted[i] - wanted[j]) for i, j in pairs) / 4
    assert found["second_order"].item() == pytest.approx(expected, abs=1e-3)


def test_a_step_stays_on_its_device(teachers: Teachers, request: pytest.FixtureRequest) -> None:
    """On `meta`, as with CUDA, nothing of the CPU may be mixed in; reading a value is an error."""
    request.addfinalizer(_content_network.cache_clear)  # or VGG19 would stay there
    meta = torch.device("meta")
    texts = Texts.of_prompts(("pencil sketch", "stained glass"), teachers)
    sampler = StyleSampler(texts, of_pictures=False)
    photo = Path("photo.png")
    Image.new("RGB", (80, 80), "red").save(photo)
    data = FusionDataset(
        [photo], (), sampler, photos=2, seed=0, factor=8, sides=[64], mirrored=False
    )
    moved = teachers.to(meta)
    model = StyleFusion(fusion.StyleFusionConfig(4, 32)).to(meta)
    source = torch.zeros(1, 32, device=meta)
    found = step_losses(moved, model, data[0].to(meta), source, loss_weights(moved))
    found["total"].backward()
    assert {loss.device.type for loss in found.values()} == {"meta"}


@pytest.mark.usefixtures("word_vectors")
def test_an_anchor_beside_the_directions(
    tiny_data: Path, tiny_siglip_dir: Path, tiny_kl_dir: Path, tiny_artlip: ArtLIP
) -> None:
    tiny_artlip.save_pretrained("artlip-tiny")
    given = command(tiny_data, tiny_siglip_dir, tiny_kl_dir, "--anchor", "artlip-tiny")
    more = ["--weight", "anchor=2", "--weight", "mirror=15", "--without", "second_order"]
    assert main([*given, *more]) == 0
    names = {"step", "total", "anchor", "mirror", *PAPER} - {"second_order"}
    assert set(losses()[0]) == names
    assert float(losses()[0]["anchor"]) > 0


def test_options_of_a_file_and_of_the_command_line(
    tiny_data: Path,
    tiny_siglip_dir: Path,
    tiny_kl_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = {
        "content": [str(tiny_data / "photos")],
        "encoder": str(tiny_siglip_dir),
        "autoencoder": str(tiny_kl_dir),
        "prompts": "prompts.txt",
        "crops": "64",
        "photos": 1,
        "workers": 0,
        "steps": 9,
        "without": ["masked"],
        "device": "cpu",
        "out": "out",
    }
    config = Path("run.json")
    config.write_text(json.dumps(options))
    assert main(["train", "fusion", "--config", "run.json", "--steps", "2"]) == 0
    assert len(losses()) == 2 and "masked" not in losses()[0]
    capsys.readouterr()
    for content, problem in (
        ({"crop": "64"}, "run.json: there is no option crop"),
        ({"steps": [1]}, "run.json: steps takes one value"),
        ({"content": "a"}, "run.json: content takes a list"),
        ({"steps": "many"}, "'many' is not a valid integer"),
        ([], "run.json: is no object of options"),
    ):
        config.write_text(json.dumps(content))
        assert main(["train", "fusion", "--config", "run.json"]) != 0
        assert problem in capsys.readouterr().err
    config.write_text("{")
    assert main(["train", "fusion", "--config", "run.json"]) == 1
    assert "run.json: is not JSON" in capsys.readouterr().err


def test_the_shipped_configuration_is_valid(tiny_data: Path, tmp_path: Path) -> None:
    """All but the weights, which the hub has: `configs/paper.json` as it is."""
    config = Path(__file__).parents[2] / "configs" / "paper.json"
    if not config.exists():
        pytest.skip("not in this distribution")
    arguments = ["--content", str(tiny_data / "photos"), "--config", str(config)]
    context = train_fusion.fusion.make_context("fusion", arguments)
    settings = train_fusion._settings(context.params)
    assert settings.crops == (512,) and settings.average == context.params["ema"]
    assert str(context.params["encoder"]) == "siglip"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--weight", "code=1"], "code: needs ArtLIP as the encoder"),
        (["--weight", "anchor=1"], "anchor: needs ArtLIP as the anchor"),
        (["--weight", "masked=0"], "no loss with a weight above 0"),
        (["--weight", "masked=1", "--without", "masked"], "decide for one of them"),
        (["--weight", "style=1"], "style: is no loss; they are anchor, "),
        (["--crops", "60"], "multiples of 8; use 56"),
    ],
)
def test_what_does_not_go_together(
    options: list[str],
    problem: str,
    tiny_data: Path,
    tiny_siglip_dir: Path,
    tiny_kl_dir: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(command(tiny_data, tiny_siglip_dir, tiny_kl_dir, *options)) != 0
    assert problem in capsys.readouterr().err
    assert not Path("out").exists()
