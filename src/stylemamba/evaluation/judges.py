"""Judges: encoders that score results, best another one than the results were made with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.encoders import siglip
from stylemamba.encoders.base import StyleEncoder, checked_prompts
from stylemamba.errors import StyleMambaError
from stylemamba.files.images import to_pil
from stylemamba.runtime import model_files
from stylemamba.runtime.shipped import WEIGHTS

OPTION = "--judge"
CLIP_L14 = "openai/clip-vit-large-patch14"
FILES = (*siglip.FILES, "vocab.json", "merges.txt")


class ImageTextEncoder(Protocol):
    """What a judge needs: pictures and prompts in one embedding space."""

    embedding_dim: int

    def encode_text(self, prompts: Sequence[str]) -> Tensor:
        """Embeddings (n, d) of n prompts."""

    def encode_image(self, images: Tensor) -> Tensor:
        """Embeddings (b, d) of pictures (b, 3, h, w) in [0, 1]."""


@dataclass(frozen=True)
class Judge:
    """An encoder that scores.

    Attributes:
        name: As the tables show it.
        encoder: The encoder.
        digest: Of its weights.
        optimised: It is the encoder that the results were optimised with.
        note: Why it is this one, for the tables; empty where the user named it.
    """

    name: str
    encoder: ImageTextEncoder
    digest: str
    optimised: bool
    note: str = ""

    @property
    def device(self) -> torch.device:
        """Where the encoder is; the CPU where it has no weights."""
        weights = self.encoder.parameters() if isinstance(self.encoder, nn.Module) else iter(())
        return next((weight.device for weight in weights), torch.device("cpu"))


class ClipEncoder(nn.Module):
    """A frozen CLIP (Radford et al., 2021); embeddings of unit length.

    Pictures are prepared by the model's own image processor: the shorter side is resized, and the
    ends of the longer one are cropped.
    """

    def __init__(self, model: Any, tokenizer: Any, image_processor: Any) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.image_processor = image_processor
        self.embedding_dim: int = model.config.projection_dim
        self.eval().requires_grad_(False)

    @classmethod
    def from_pretrained(cls, folder: Path) -> ClipEncoder:
        """Loads a folder with a whole CLIP model.

        Raises:
            StyleMambaError: Files are missing or damaged.
        """
        from transformers import CLIPModel

        return model_files.load_image_text_model(CLIPModel, folder, OPTION, cls)

    @torch.no_grad()
    def encode_text(self, prompts: Sequence[str]) -> Tensor:
        """Unit embeddings (n, d); text beyond the model's length (77 tokens) is cut off.

        Raises:
            StyleMambaError: A prompt is blank.
        """
        tokens = self.tokenizer(
            checked_prompts(prompts),
            padding=True,
            truncation=True,
            max_length=self.model.config.text_config.max_position_embeddings,
            return_tensors="pt",
        )
        output = self.model.get_text_features(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        )
        return F.normalize(output.pooler_output, dim=-1)

    @torch.no_grad()
    def encode_image(self, images: Tensor) -> Tensor:
        """Unit embeddings (b, d) of pictures (b, 3, h, w) in [0, 1]."""
        pictures = [to_pil(image) for image in images]
        inputs = self.image_processor(pictures, return_tensors="pt")
        output = self.model.get_image_features(pixel_values=inputs["pixel_values"])
        return F.normalize(output.pooler_output, dim=-1)


def load_judge(name: str | None, optimised: StyleEncoder) -> Judge:
    """The judge of an evaluation.

    Args:
        name: `artlip` for the encoder in this package; a folder or a hub name of a CLIP, SigLIP or
            SigLIP 2 model, which may be downloaded, as it was asked for; None for CLIP ViT-L/14 if
            it is in the local cache, else `optimised`.
        optimised: The encoder that the results are made with.

    Raises:
        StyleMambaError: The model cannot be had or is of another kind.
    """
    own_digest = model_files.fingerprint(optimised)
    note = ""
    if name is None:
        folder = _cached(CLIP_L14)
        if folder is None:
            note = f"{CLIP_L14} is not in the local cache, and {OPTION} names no other"
            return Judge(type(optimised).__name__, optimised, own_digest, True, note)
        name = CLIP_L14
        encoder: Any = ClipEncoder.from_pretrained(folder)
    elif name == "artlip":
        from stylemamba.encoders.artlip import ArtLIP

        encoder = ArtLIP.from_pretrained(WEIGHTS / "artlip")
        name = "ArtLIP"
    else:
        encoder = _load_encoder(model_files.model_folder(name, FILES, OPTION))
        name = Path(name).name if Path(name).expanduser().is_dir() else name
    digest = model_files.fingerprint(encoder)
    return Judge(name, encoder, digest, digest == own_digest, note)


def _load_encoder(folder: Path) -> nn.Module:
    model_type = model_files.read_config(folder, OPTION).get("model_type")
    if model_type == "clip":
        return ClipEncoder.from_pretrained(folder)
    if model_type not in ("siglip", "siglip2"):
        raise StyleMambaError(
            f"{folder} holds a model of type {model_type!r}: "
            f"pass {OPTION} a CLIP, SigLIP or SigLIP 2 model, or artlip"
        )
    try:
        return siglip.SiglipStyleEncoder.from_pretrained(folder)
    except StyleMambaError as error:
        raise StyleMambaError(str(error).replace(siglip.OPTION, OPTION)) from error


def _cached(name: str) -> Path | None:
    """The snapshot of a hub repository in the local cache, if its weights are there."""
    from huggingface_hub import try_to_load_from_cache

    paths = [try_to_load_from_cache(name, file) for file in ("config.json", "model.safetensors")]
    if not all(isinstance(path, str) for path in paths):
        return None
    return Path(str(paths[0])).parent
