"""LAION's aesthetic score: a linear head on CLIP ViT-L/14."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.errors import StyleMambaError

HEAD_FILE = "sa_0_4_vit_l_14_linear.pth"


class AestheticHead:
    """Predicts how people rate a picture, from 1 to 10: w . E_I(Y) + b, E_I of unit length.

    Source: LAION-Aesthetics predictor V1 (github.com/LAION-AI/aesthetic-predictor), which was
    fitted to embeddings of OpenAI's CLIP ViT-L/14.

    Args:
        path: The head, `sa_0_4_vit_l_14_linear.pth`.
        embedding_dim: Length of the judge's embeddings.

    Raises:
        StyleMambaError: The file is missing, damaged, or for embeddings of another length.
    """

    def __init__(self, path: Path, embedding_dim: int) -> None:
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            weight, bias = state["weight"].float(), state["bias"].float()
        except Exception as error:  # missing and foreign files raise a dozen types
            raise StyleMambaError(
                f"{path}: cannot be read as an aesthetic head; give LAION's {HEAD_FILE}"
            ) from error
        if weight.shape != (1, embedding_dim) or bias.shape != (1,):
            raise StyleMambaError(
                f"{path}: is for embeddings of length {weight.shape[-1]}, the judge's have "
                f"{embedding_dim}; use the judge that the head was made for"
            )
        self.weight, self.bias = weight, bias

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Scores (b,) of CLIP image embeddings (b, d)."""
        return F.linear(F.normalize(embeddings.float(), dim=-1), self.weight, self.bias)[:, 0]
