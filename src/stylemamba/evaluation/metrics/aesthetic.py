"""LAION's aesthetic score: a linear head on CLIP ViT-L/14."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.errors import StyleMambaError

HEAD_FILE = "sa_0_4_vit_l_14_linear.pth"
MLP_FILE = "sac+logos+ava1-l14-linearMSE.pth"
MLP_LAYERS = (0, 2, 4, 6, 7)  # dropout is between the others


class AestheticHead:
    """Predicts how people rate a picture, from 1 to 10, from E_I(Y) of unit length.

    V1 is linear, w . E_I(Y) + b; V2 is five linear layers, with dropout in training and nothing
    between them in use.

    Source: LAION's aesthetic predictors V1 (github.com/LAION-AI/aesthetic-predictor) and V2
    (github.com/christophschuhmann/improved-aesthetic-predictor), fitted to embeddings of OpenAI's
    CLIP ViT-L/14.

    Args:
        path: The head, `HEAD_FILE` or `MLP_FILE`.
        embedding_dim: Length of the judge's embeddings.

    Attributes:
        definition: For the tables.

    Raises:
        StyleMambaError: The file is missing, damaged, or for embeddings of another length.
    """

    def __init__(self, path: Path, embedding_dim: int) -> None:
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            linear = "weight" in state
            prefixes = [""] if linear else [f"layers.{number}." for number in MLP_LAYERS]
            self._layers = [
                (state[f"{prefix}weight"].float(), state[f"{prefix}bias"].float())
                for prefix in prefixes
            ]
            length = self._layers[0][0].shape[1]
            self(torch.zeros(1, length))
        except Exception as error:  # missing and foreign files raise a dozen types
            raise StyleMambaError(
                f"{path}: cannot be read as an aesthetic head; give LAION's {HEAD_FILE} or "
                f"{MLP_FILE}"
            ) from error
        if length != embedding_dim:
            raise StyleMambaError(
                f"{path}: is for embeddings of length {length}, the judge's have "
                f"{embedding_dim}; use the judge that the head was made for"
            )
        kind = "V1: a linear head" if linear else "V2: five linear layers"
        self.definition = f"LAION-Aesthetics {kind} on CLIP ViT-L/14, 1 to 10"

    def __call__(self, embeddings: Tensor) -> Tensor:
        """Scores (b,) of CLIP image embeddings (b, d)."""
        x = F.normalize(embeddings.float(), dim=-1)
        for weight, bias in self._layers:
            x = F.linear(x, weight, bias)
        return x.squeeze(1)
