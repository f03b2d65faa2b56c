"""The graphs of an export: the one pass from photo to picture, the prompt's sentences, and what a
photo shows."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.minilm import EMBEDDING_DIM, MiniLM
from stylemamba.errors import StyleMambaError
from stylemamba.export.any_size import take_any_size
from stylemamba.export.codebook import store_as_codes
from stylemamba.export.scan import exportable_scan
from stylemamba.export.sort import sort_translation
from stylemamba.fusion.network import StyleFusion
from stylemamba.painting.level import Level, towards
from stylemamba.portable.segments import SIDE
from stylemamba.runtime.precision import in_float32
from stylemamba.segmentation.network import LAYERS, compressed
from stylemamba.segmentation.segmenter import Segmenter

OPSET = 18
TRACED_LATENT_SIZE = (11, 15)


class PaintGraph(nn.Module):
    """Photo, styles, strengths and strokes to picture: one `painting.level.Level`.

    Several styles go through it one after the other, each with what those before it came to.

    Args:
        autoencoder: Photo to latent and back.
        fusion: Bends the latent.
    """

    def __init__(self, autoencoder: ImageAutoencoder, fusion: StyleFusion) -> None:
        super().__init__()
        self.autoencoder, self.fusion = autoencoder, fusion
        self.level = Level(autoencoder, fusion)

    def forward(
        self,
        photo: Tensor,
        style: Tensor,
        strokes: Tensor,
        weights: Tensor,
        bent: Tensor,
        strength: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """One picture, in float32; maps are of the size of the latent, (h', w').

        Args:
            photo: (1, 3, h, w) in [0, 1], of any size.
            style: (1, s), the style code.
            strokes: The photo's stroke fields, `StyleFusion.strokes_of`.
            weights: (1, 1, h', w'), how much this style counts where.
            bent: (1, c, h', w'), what the styles before it made of the latent; 0 for none.
            strength: (1, 1, h', w'), 1 for the whole change of the latent, 0 for none.

        Returns:
            The picture (1, 3, h, w) in about [0, 1], not clamped, of the last of the styles, with
            which their weights come to one at every place; and `bent` with this style.
        """
        with in_float32():
            own = self.fusion(self.level.simplified_latents(photo), style, strokes, weights)
            bent = bent + weights * own
            latent = towards(self.level.encode(photo), bent, strength)
            return self.level.decode_padded(latent, photo), bent


class PromptText(nn.Module):
    """Tokens of sentences to what ArtLIP's bank is searched with.

    Args:
        sentence_encoder: MiniLM.
        encoder: ArtLIP, for its projection of sentences into the joint embedding.
    """

    def __init__(self, sentence_encoder: MiniLM, encoder: ArtLIP) -> None:
        super().__init__()
        self.sentence_encoder, self.text_head = sentence_encoder, encoder.text_head

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Embeddings of n sentences of up to t tokens.

        Args:
            input_ids: (n, t), int64.
            attention_mask: (n, t), int64: 1 for a token, 0 for padding.

        Returns:
            Unit-norm sentence embeddings (n, 384), as `embed_sentences` gives them, and E_T (n, d)
            of the same.
        """
        sentences: Tensor = self.sentence_encoder(input_ids, attention_mask)
        return sentences, self.text_head(sentences * EMBEDDING_DIM**0.5)


class LikelihoodGraph(nn.Module):
    """Pictures to how likely they show each word of a segmenter where.

    Args:
        segmenter: The shipped one.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        super().__init__()
        self.vgg, self.head = segmenter.vgg, segmenter.head
        self.words, self.calibration = segmenter.words, segmenter.calibration

    def forward(self, images: Tensor) -> Tensor:
        """`Segmenter.likelihoods` in float32: (b, 3, 256, 256) to (b, words, 64, 64)."""
        likely: Tensor = self.head(compressed(self.vgg(images, LAYERS))).sigmoid()
        return likely


def write_one_pass(model: PaintGraph, path: Path) -> None:
    """Writes the graph of a `PaintGraph` -> (picture, bent_further), with h and w dynamic.

    Raises:
        StyleMambaError: This PyTorch cannot export it.
    """
    factor = model.autoencoder.factor
    # Traced for sides that are multiples of the factor: torch cannot solve for symbolic sizes
    # through a padding to one. What other sides need is put around the graph afterwards.
    photo = torch.rand(1, 3, *(factor * side for side in TRACED_LATENT_SIZE))
    height, width = (torch.export.Dim(name) for name in ("latent_h", "latent_w"))
    maps = dict.fromkeys((2, 3), torch.export.Dim.AUTO)
    channels = model.fusion.config.latent_channels
    with exportable_scan():
        _write(
            model,
            {
                "photo": photo,
                "style": torch.randn(1, model.fusion.config.style_dim),
                "strokes": model.fusion.strokes_of(photo, factor),
                "weights": torch.rand(1, 1, *TRACED_LATENT_SIZE),
                "bent": torch.randn(1, channels, *TRACED_LATENT_SIZE),
                "strength": torch.rand(1, 1, *TRACED_LATENT_SIZE),
            },
            {
                "photo": {2: factor * height, 3: factor * width},
                "style": None,
                **dict.fromkeys(("strokes", "weights", "bent", "strength"), maps),
            },
            ["picture", "bent_further"],
            path,
        )
    take_any_size(path, factor)


def write_prompt_text(model: PromptText, path: Path) -> None:
    """Writes the graph (input_ids, attention_mask) -> (sentences, texts), with n and t dynamic.

    Raises:
        StyleMambaError: This PyTorch cannot export it.
    """
    tokens = torch.ones(3, 7, dtype=torch.int64)
    sizes = {0: torch.export.Dim("n"), 1: torch.export.Dim("t")}
    _write(
        model,
        {"input_ids": tokens, "attention_mask": tokens.clone()},
        {"input_ids": sizes, "attention_mask": sizes},
        ["sentences", "texts"],
        path,
    )


def write_likelihoods(model: LikelihoodGraph, path: Path) -> None:
    """Writes the graph images -> likelihoods, with b dynamic; its metadata say the words, and how
    far to trust it.

    Raises:
        StyleMambaError: This PyTorch cannot export it.
    """
    images = {"images": torch.rand(2, 3, SIDE, SIDE)}
    _write(model, images, {"images": {0: torch.export.Dim("b")}}, ["likelihoods"], path)
    store_as_codes(path)
    of_words = {"words": model.words, "calibration": model.calibration.tolist()}
    _describe(path, {name: json.dumps(value) for name, value in of_words.items()})


def _describe(path: Path, metadata: dict[str, str]) -> None:
    import onnx
    from onnx import helper

    model = onnx.load(path)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)


def _write(
    model: nn.Module,
    inputs: dict[str, Tensor],
    dynamic_shapes: dict[str, Any],
    outputs: list[str],
    path: Path,
) -> None:
    try:
        with torch.no_grad(), _quiet():
            program = torch.onnx.export(
                model,
                kwargs=inputs,
                input_names=list(inputs),
                output_names=outputs,
                dynamic_shapes=dynamic_shapes,
                dynamo=True,
                opset_version=OPSET,
                custom_translation_table=sort_translation(),
                verbose=False,
            )
            assert program is not None
            program.save(path)
    except OSError:
        raise
    except Exception as error:
        raise StyleMambaError(
            f"PyTorch {torch.__version__} cannot export {path.name} "
            f"({type(error).__name__}): update torch, onnx and onnxscript"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter warns of its own deprecations, of torchvision and of shared dimensions."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
