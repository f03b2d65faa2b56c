"""CLIPSeg (Lüddecke and Ecker, 2022) through transformers: finds what any words name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from stylemamba.errors import StyleMambaError
from stylemamba.files.photo import as_photo
from stylemamba.portable.segments import Found, expected_overlap, masks_of
from stylemamba.runtime import model_files

if TYPE_CHECKING:
    from transformers import CLIPSegForImageSegmentation

FILES = (
    "config.json",
    "model.safetensors",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.json",
    "merges.txt",
)
OPTION = "--segmenter"


class CLIPSeg(nn.Module):
    """Finds what any words name: a `Finder`; its confidence is not calibrated.

    Args:
        model: The transformers model.
        tokenizer: Its tokenizer.
        image_processor: Its image processor, which stretches photos to a square.
    """

    model: Any

    def __init__(
        self, model: CLIPSegForImageSegmentation, tokenizer: Any, image_processor: Any
    ) -> None:
        super().__init__()
        self.model, self.tokenizer, self.image_processor = model, tokenizer, image_processor
        self.eval().requires_grad_(False)

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path) -> CLIPSeg:
        """Loads a hub repository or a local folder.

        Raises:
            StyleMambaError: The hub is out of reach, or the folder holds no whole CLIPSeg.
        """
        folder = model_files.model_folder(name_or_folder, FILES, OPTION)
        model_type = model_files.read_config(folder, OPTION).get("model_type")
        if model_type != "clipseg":
            raise StyleMambaError(
                f"{folder} holds a model of type {model_type!r}: pass {OPTION} a CLIPSeg"
            )
        # Imported only now: it takes seconds, and a hub out of reach has been refused before.
        from transformers import CLIPSegForImageSegmentation

        return model_files.load_image_text_model(CLIPSegForImageSegmentation, folder, OPTION, cls)

    def knows(self, word: str) -> bool:
        """Whether there is a word at all."""
        return bool(word.strip())

    @torch.no_grad()
    def find(self, photo: object, word: str) -> Found:
        """Where a photo shows what a word names, see `Finder`.

        Its confidence is the overlap that the mask would have with the truth, were the likelihoods
        true: unlike the shipped segmenter's, it was not compared with masks drawn by hand.
        """
        picture = as_photo(photo).rgb
        device = self.model.device
        seen = self.image_processor(picture, return_tensors="pt")["pixel_values"].to(device)
        read = self.tokenizer(
            [word],
            truncation=True,
            max_length=self.model.config.text_config.max_position_embeddings,
            return_tensors="pt",
        )
        logits = self.model(
            pixel_values=seen,
            input_ids=read["input_ids"].to(device),
            attention_mask=read["attention_mask"].to(device),
        ).logits
        likely = logits.reshape(logits.shape[-2:]).sigmoid().float().cpu().numpy()
        (mask,) = masks_of([likely], picture)
        return Found(mask, expected_overlap(likely))
