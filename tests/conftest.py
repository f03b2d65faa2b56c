"""Tiny random models of the real architectures; those of the hub are saved the way it has them."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fake_pipeline import FakePipeline

if TYPE_CHECKING:
    from PIL import Image

    from stylemamba import StyleMambaPipeline
    from stylemamba.encoders.artlip import ArtLIP

os.environ["HF_HUB_OFFLINE"] = "1"  # before huggingface_hub is imported: no test reaches a network

TEXT_LENGTH = 16
WIDTHS = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}


def _save_tokenizer(folder: Path, *, lowercase: bool) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram())
    if lowercase:
        tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(
        ["a photo", "Pencil Sketch", "stained glass", "ukiyo-e woodblock print", "Claude Monet"],
        trainers.UnigramTrainer(
            vocab_size=60,
            special_tokens=["<unk>", "</s>"],
            unk_token="<unk>",
            show_progress=False,
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", pad_token="</s>", eos_token="</s>"
    ).save_pretrained(folder)


def _text_config() -> dict[str, Any]:
    ids = {"pad_token_id": 1, "bos_token_id": None, "eos_token_id": 1}
    return {"vocab_size": 64, "max_position_embeddings": TEXT_LENGTH, **ids, **WIDTHS}


def _save_siglip(folder: Path, *, resample: int, lowercase: bool) -> Path:
    import torch
    from transformers import SiglipConfig, SiglipModel
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    vision_config = {"image_size": 32, "patch_size": 8, **WIDTHS}
    torch.manual_seed(0)
    SiglipModel(
        SiglipConfig(text_config=_text_config(), vision_config=vision_config)
    ).save_pretrained(folder)
    SiglipImageProcessorPil(
        size={"height": 32, "width": 32},
        resample=resample,
        image_mean=[0.4, 0.5, 0.6],
        image_std=[0.5, 0.4, 0.3],
    ).save_pretrained(folder)
    _save_tokenizer(folder, lowercase=lowercase)
    return folder


@pytest.fixture(scope="session")
def tiny_siglip_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SigLIP: 32 px, a 4 x 4 grid of patches, bicubic."""
    return _save_siglip(tmp_path_factory.mktemp("siglip"), resample=3, lowercase=True)


@pytest.fixture(scope="session")
def tiny_siglip2_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SigLIP 2 of fixed resolution: the same classes, bilinear, a case-sensitive tokenizer."""
    return _save_siglip(tmp_path_factory.mktemp("siglip2"), resample=2, lowercase=False)


@pytest.fixture(scope="session")
def tiny_naflex_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SigLIP 2 NaFlex: patches of 8 px, at most 16 of them, any aspect ratio."""
    import torch
    from transformers import Siglip2Config, Siglip2Model
    from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

    folder = tmp_path_factory.mktemp("naflex")
    vision_config = {"num_patches": 16, "patch_size": 8, **WIDTHS}
    torch.manual_seed(0)
    Siglip2Model(
        Siglip2Config(text_config=_text_config(), vision_config=vision_config)
    ).save_pretrained(folder)
    Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16).save_pretrained(folder)
    _save_tokenizer(folder, lowercase=False)
    return folder


@pytest.fixture(scope="session")
def tiny_clipseg_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CLIPSeg: photos of 64 px in a 4 x 4 grid of patches."""
    import torch
    from transformers import CLIPSegConfig, CLIPSegForImageSegmentation
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    folder = tmp_path_factory.mktemp("clipseg")
    torch.manual_seed(0)
    CLIPSegForImageSegmentation(
        CLIPSegConfig(
            text_config=_text_config(),
            vision_config={"image_size": 64, "patch_size": 16, **WIDTHS},
            projection_dim=16,
            extract_layers=[0, 1],
            reduce_dim=8,
            decoder_num_attention_heads=2,
            decoder_intermediate_size=16,
            use_complex_transposed_convolution=True,
        )
    ).save_pretrained(folder)
    ViTImageProcessorPil(size={"height": 64, "width": 64}).save_pretrained(folder)
    _save_tokenizer(folder, lowercase=True)
    return folder


@pytest.fixture(scope="session")
def tiny_kl_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """AutoencoderKL with Stable Diffusion's factor 8 and 4 latent channels."""
    import torch
    from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

    folder = tmp_path_factory.mktemp("kl")
    torch.manual_seed(0)
    AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(8, 8, 8, 8),
        layers_per_block=1,
        norm_num_groups=4,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_taesd_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """AutoencoderTiny with TAESD's factor 8 and 4 latent channels."""
    import torch
    from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny

    folder = tmp_path_factory.mktemp("taesd")
    torch.manual_seed(0)
    AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def portrait() -> Image.Image:
    """A photo of a man from the docs, 120 x 180."""
    from PIL import Image

    with Image.open(Path(__file__).with_name("portrait.jpg")) as photo:
        return photo.convert("RGB")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The compiled scan is built for this run, in the first test that uses it, not the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def word_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """ArtLIP reads prompts with `embed_words`."""
    from tiny_artlip import embed_words

    monkeypatch.setattr("stylemamba.encoders.artlip.embed_sentences", embed_words)


@pytest.fixture(scope="session")
def tiny_artlip() -> ArtLIP:
    """ArtLIP with random heads; see `tiny_artlip.py`."""
    from tiny_artlip import build

    return build()


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    """In the place of the real one, for commands."""
    fake = FakePipeline()
    module = types.ModuleType("stylemamba.pipeline")
    module.__dict__.update(StyleMambaPipeline=fake)
    monkeypatch.setitem(sys.modules, "stylemamba.pipeline", module)
    return fake


@pytest.fixture
def pipe(tiny_artlip: ArtLIP, word_vectors: None) -> StyleMambaPipeline:
    """A pipeline whose fusion changes nothing, as before training."""
    import torch

    from stylemamba import StyleMambaPipeline
    from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
    from stylemamba.encoders.artlip import CODE_DIM
    from stylemamba.fusion import StyleFusion, StyleFusionConfig

    torch.manual_seed(0)
    autoencoder = EmbeddedAutoencoder(4, 16, 1)
    config = StyleFusionConfig(4, CODE_DIM, width=16, depth=1, stem_width=8)
    return StyleMambaPipeline(tiny_artlip, autoencoder, StyleFusion(config))


@pytest.fixture
def painter(pipe: StyleMambaPipeline) -> StyleMambaPipeline:
    """A pipeline whose fusion does something, as after training."""
    import torch

    assert pipe.fusion is not None
    torch.manual_seed(1)
    for name, values in pipe.fusion.named_parameters():
        if name.startswith("output") or "modulation" in name:
            torch.nn.init.normal_(values, std=0.2)
    return pipe
