"""SigLIP and SigLIP 2 as style encoders; masks drop patch tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.encoders.base import StyleEncoder, checked_prompts
from stylemamba.errors import StyleMambaError
from stylemamba.runtime import model_files
from stylemamba.runtime.device import upload

if TYPE_CHECKING:
    from transformers import Siglip2Model, SiglipModel

FILES = (
    "config.json",
    "model*.safetensors",
    "model.safetensors.index.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "spiece.model",
    "tokenizer.model",
)
VOCABULARIES = ("tokenizer.json", "spiece.model", "tokenizer.model")
OPTION = "--encoder"
PIL_BICUBIC = 3


class SiglipStyleEncoder(StyleEncoder):
    """A frozen SigLIP (Zhai et al., 2023) or SigLIP 2 (Tschannen et al., 2025) model.

    Pictures are resized and normalised in torch, as the model's own image processor does it, so
    that gradients reach the pixels. A mask leaves hidden patches out of the sequence: patch and
    position embeddings are computed once for a picture, each view runs its visible tokens through
    the transformer, and the attention pooling head sees only those. Hidden pixels have no
    influence, except that resizing mixes neighbours across a patch's border. Embeddings have unit
    length.

    Args:
        model: `SiglipModel`, of fixed resolution (all of SigLIP, most of SigLIP 2), or
            `Siglip2Model` (NaFlex), which keeps the picture's aspect ratio.
        tokenizer: The model's tokenizer.
        image_processor: The model's image processor; its mean, deviation, resampling and, for
            NaFlex, number of patches are used.
    """

    model: Any
    mean: Tensor
    std: Tensor

    def __init__(
        self, model: SiglipModel | Siglip2Model, tokenizer: Any, image_processor: Any
    ) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.image_processor = image_processor
        vision = self.model.config.vision_config
        self.embedding_dim = vision.hidden_size
        self.mask_size = vision.patch_size
        self.naflex = model.config.model_type == "siglip2"
        self.interpolation = "bicubic" if image_processor.resample == PIL_BICUBIC else "bilinear"
        self.register_buffer("mean", torch.tensor(image_processor.image_mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(image_processor.image_std).view(1, 3, 1, 1))
        self.eval().requires_grad_(False)

    @classmethod
    def download(cls, name_or_folder: str | Path) -> Path:
        """The local folder of a model, downloaded if need be; see `model_files.model_folder`."""
        return model_files.model_folder(name_or_folder, FILES, OPTION)

    @classmethod
    def from_pretrained(cls, name_or_folder: str | Path) -> SiglipStyleEncoder:
        """Loads a hub repository (`google/siglip-base-patch16-224`) or a local folder.

        Raises:
            StyleMambaError: If the hub is out of reach, or the folder is not a whole SigLIP model.
        """
        folder = cls.download(name_or_folder)
        model_type = model_files.read_config(folder, OPTION).get("model_type")
        if model_type not in ("siglip", "siglip2"):
            raise StyleMambaError(
                f"{folder} holds a model of type {model_type!r}: "
                f"pass {OPTION} a SigLIP or SigLIP 2 model"
            )
        if not any((folder / name).is_file() for name in VOCABULARIES):
            raise StyleMambaError(
                f"{folder} has no tokenizer: copy {' or '.join(VOCABULARIES)} of the model to it"
            )
        # Imported only now: it takes seconds, and a hub out of reach has been refused before.
        from transformers import AutoModel

        return model_files.load_image_text_model(AutoModel, folder, OPTION, cls)

    def save_pretrained(self, folder: str | Path) -> None:
        """Saves model, tokenizer and image processor, the way the hub has them."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        self.image_processor.save_pretrained(folder)

    @torch.no_grad()
    def encode_text(self, prompts: Sequence[str]) -> Tensor:
        """Unit embeddings (n, d); text beyond the model's length (64 tokens) is cut off.

        Raises:
            StyleMambaError: If a prompt is blank.
        """
        # Training text was lower case, padded on the right and attended to padding and all;
        # not every published tokenizer is set up that way.
        tokens = self.tokenizer(
            [prompt.lower() for prompt in checked_prompts(prompts)],
            padding="max_length",
            padding_side="right",
            truncation=True,
            max_length=self.model.config.text_config.max_position_embeddings,
            return_tensors="pt",
        )
        output = self.model.text_model(input_ids=tokens["input_ids"].to(self.mean.device))
        return F.normalize(output.pooler_output, dim=-1)

    def encode_image(self, images: Tensor, masks: Tensor | None = None) -> Tensor:
        """Unit embeddings of pictures or of masked views of them.

        A patch is visible when the mean of the mask over it is at least 1/2; when none is, the
        most visible one is. Views with equally many visible patches make one batch.

        Args:
            images: (b, 3, h, w) in [0, 1], any size.
            masks: (b, k, h, w) or (1, k, h, w), 1 = visible, 0 = hidden, on any device.

        Returns:
            (b, d) without masks, (b, k, d) with them.
        """
        tokens = self._embed_patches(images)
        if masks is None:
            return F.normalize(self._pool(tokens), dim=-1)
        batch, count = images.shape[0], masks.shape[1]
        visible = self._visible_patches(masks).expand(batch, -1, -1).flatten(0, 1)
        picture = torch.arange(batch, device=masks.device).repeat_interleave(count)
        visible_count = visible.sum(1)
        groups, pooled = [], []
        for number in visible_count.unique().tolist():
            views = (visible_count == number).nonzero().squeeze(1)
            patches = visible[views].nonzero()[:, 1].view(-1, number)
            flat = upload(picture[views, None] * tokens.shape[1] + patches, tokens.device)
            pooled.append(self._pool(tokens.flatten(0, 1)[flat]))
            groups.append(views)
        in_order = torch.cat(pooled)[upload(torch.cat(groups).argsort(), tokens.device)]
        return F.normalize(in_order, dim=-1).view(batch, count, -1)

    def mask_grid(self, height: int, width: int) -> tuple[int, int]:
        """The model's patch grid for a picture of this size, at most a cell a pixel."""
        rows, cols = self._patch_grid(height, width)
        return min(rows, height), min(cols, width)

    def _input_size(self, height: int, width: int) -> tuple[int, int]:
        if not self.naflex:
            side = self.model.config.vision_config.image_size
            return side, side
        from transformers.models.siglip2.image_processing_pil_siglip2 import (
            get_image_size_for_max_num_patches,
        )

        return get_image_size_for_max_num_patches(
            height, width, self.mask_size, self.image_processor.max_num_patches
        )

    def _patch_grid(self, height: int, width: int) -> tuple[int, int]:
        rows, cols = self._input_size(height, width)
        return rows // self.mask_size, cols // self.mask_size

    def _embed_patches(self, images: Tensor) -> Tensor:
        """Patch embeddings plus position embeddings (b, n, d)."""
        size = self._input_size(*images.shape[-2:])
        pixels = F.interpolate(images, size, mode=self.interpolation, antialias=True)
        pixels = (pixels - self.mean) / self.std
        embeddings = self.model.vision_model.embeddings
        if not self.naflex:
            return embeddings(pixels)
        rows, cols = size[0] // self.mask_size, size[1] // self.mask_size
        patches = pixels.unflatten(3, (cols, self.mask_size)).unflatten(2, (rows, self.mask_size))
        patches = patches.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)
        return embeddings(patches, torch.tensor([[rows, cols]] * len(images)))

    def _pool(self, tokens: Tensor) -> Tensor:
        """Embeddings (m, d) of m sequences of patch tokens (m, n, d)."""
        vision = self.model.vision_model
        hidden = vision.encoder(inputs_embeds=tokens).last_hidden_state
        return vision.head(vision.post_layernorm(hidden))

    def _visible_patches(self, masks: Tensor) -> Tensor:
        """Which patches each mask (b, k, h, w) leaves visible, (b, k, n) bool, at least one."""
        height, width = masks.shape[-2:]
        grid, size = self._patch_grid(height, width), self._input_size(height, width)
        down, across = (
            _patch_weights(cells, self.mask_size * length / side, length).to(masks)
            for cells, side, length in zip(grid, size, (height, width), strict=True)
        )
        share = (down @ masks @ across.T).flatten(2)
        visible = share >= 0.5 - 1e-4  # rounding
        most_visible = F.one_hot(share.argmax(2), share.shape[2]).bool()
        return torch.where(visible.any(2, keepdim=True), visible, most_visible)


def _patch_weights(cells: int, step: float, length: int) -> Tensor:
    """Weights (cells, length) that average `length` pixels over intervals `step` pixels long."""
    edges = torch.arange(cells + 1).unsqueeze(1) * step
    pixels = torch.arange(length)
    overlap = torch.minimum(edges[1:], pixels + 1) - torch.maximum(edges[:-1], pixels)
    return overlap.clamp(min=0) / step
