"""A tiny random CLIP, saved the way the hub has it."""

from __future__ import annotations

from pathlib import Path

import torch

EMBEDDING_DIM = 24
SIDE = 32


def save(folder: Path) -> Path:
    """CLIP of 32 px, patches of 8 px, at most 16 tokens of text."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import CLIPConfig, CLIPModel, PreTrainedTokenizerFast
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    words = ["<start>", "<end>", "<unk>", "a", "photo", "pencil", "sketch", "stained", "glass"]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", 0), ("<end>", 1)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        bos_token="<start>",
        eos_token="<end>",
        pad_token="<end>",
    ).save_pretrained(folder)
    widths = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "projection_dim": EMBEDDING_DIM,
    }
    text = {"vocab_size": len(words), "max_position_embeddings": 16, "pad_token_id": 1}
    text |= {"bos_token_id": 0, "eos_token_id": 1, **widths}
    vision = {"image_size": SIDE, "patch_size": 8, **widths}
    torch.manual_seed(0)
    CLIPModel(
        CLIPConfig(text_config=text, vision_config=vision, projection_dim=EMBEDDING_DIM)
    ).save_pretrained(folder)
    square = {"height": SIDE, "width": SIDE}
    CLIPImageProcessorPil(size={"shortest_edge": SIDE}, crop_size=square).save_pretrained(folder)
    return folder
