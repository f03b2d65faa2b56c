from __future__ import annotations

from pathlib import Path

import pytest

from stylemamba import models
from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.autoencoders.pretrained import DiffusersAutoencoder
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.siglip import SiglipStyleEncoder
from stylemamba.errors import StyleMambaError
from stylemamba.models import load_frozen, load_models
from stylemamba.painting.settings import PAPER_WEIGHTS, WARM_START


def test_a_folder_is_what_it_holds(
    tiny_siglip_dir: Path, tiny_naflex_dir: Path, tiny_kl_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "vae").symlink_to(tiny_kl_dir)  # a whole diffusion pipeline's
    for encoder in (tiny_siglip_dir, tiny_naflex_dir):
        for autoencoder in (tiny_kl_dir, tmp_path / "pipeline"):
            found = load_frozen(encoder, autoencoder)
            assert isinstance(found[0], SiglipStyleEncoder)
            assert isinstance(found[1], DiffusersAutoencoder)
    EmbeddedAutoencoder(4, 16, 1).save_pretrained(tmp_path / "ours")
    mixed = load_models("paper", tiny_siglip_dir, tmp_path / "ours")
    assert isinstance(mixed.autoencoder, EmbeddedAutoencoder) and mixed.fusion is None
    assert mixed.config is not None and mixed.config.weights == PAPER_WEIGHTS
    for preset in models.PRESETS:  # a preset is names, no more
        again = load_models(preset, tiny_siglip_dir, tiny_kl_dir)
        assert again.config == mixed.config and again.fusion is None


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = load_frozen("artlip", "embedded")
    assert isinstance(shipped[0], ArtLIP) and isinstance(shipped[1], EmbeddedAutoencoder)
    with pytest.raises(StyleMambaError, match="google/siglip2-base-patch16-224.* --encoder DIR"):
        load_frozen("siglip2", "embedded")
    with pytest.raises(StyleMambaError, match="stabilityai/sd-vae-ft-mse.* --autoencoder DIR"):
        load_frozen("artlip", "sd-vae")
    monkeypatch.chdir(tmp_path)
    Path("artlip").mkdir()  # a folder comes before a name, as `train artlip` makes one
    with pytest.raises(StyleMambaError, match="artlip has no readable config.json"):
        load_frozen("artlip", "embedded")


def test_a_fit_from_trained_weights_has_their_rates(
    tiny_siglip_dir: Path, tiny_kl_dir: Path, tmp_path: Path
) -> None:
    from stylemamba.fusion import StyleFusion, StyleFusionConfig

    StyleFusion(StyleFusionConfig(4, 32, width=16, depth=1)).save_pretrained(tmp_path)
    config = load_models("paper", tiny_siglip_dir, tiny_kl_dir, tmp_path).config
    assert config is not None and config.learning_rate == WARM_START.learning_rate
    assert config.weights == PAPER_WEIGHTS
