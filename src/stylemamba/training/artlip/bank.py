"""What the bank knows of its pictures: captions, colours, parts and marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.bank import StyleBank
from stylemamba.encoders.minilm import embed_sentences
from stylemamba.errors import StyleMambaError
from stylemamba.portable.brushwork import MARKS
from stylemamba.portable.retrieval import PAD
from stylemamba.training.artlip.bank_looks import BankLook, bank_looks
from stylemamba.training.artlip.mark_table import amounts_of
from stylemamba.training.artlip.statistics_cache import Item, list_items
from stylemamba.training.checkpoint import make_run_folder

NOT_FOUND = frozenset({"Adolf Hitler"})
"""Artists whose pictures no prompt is to find."""


def found_by(
    items: Sequence[Item], looks: Sequence[BankLook], captions: Sequence[Sequence[str]]
) -> list[list[str]]:
    """The captions that pictures are found by: none of mounted ones, nor of `NOT_FOUND`."""
    return [
        list(own) if _is_found(item, look) else []
        for item, look, own in zip(items, looks, captions, strict=True)
    ]


@torch.no_grad()
def fill_bank(
    bank: StyleBank,
    items: Sequence[Item],
    looks: Sequence[BankLook],
    captions: Sequence[Sequence[str]],
) -> None:
    """Stores all but the codes of the pictures.

    Args:
        bank: With as many pictures, and with these captions.
        items: The pictures.
        looks: Of the pictures.
        captions: That each of them is found by.
    """
    index = {caption: number for number, caption in enumerate(bank.captions)}
    indices = [[index[caption] for caption in own] for own in captions]
    bank.set_captions(indices, embed_sentences(bank.captions))
    describe_bank(bank, items, looks)


@torch.no_grad()
def describe_bank(bank: StyleBank, items: Sequence[Item], looks: Sequence[BankLook]) -> None:
    """Stores what is seen in the pictures, and which marks they show."""
    bank.set_colourfulness(torch.tensor([look.colourfulness for look in looks]))
    bank.set_parts(torch.from_numpy(np.stack([look.parts for look in looks])))
    shown = [amounts_of(item) for item in items]
    rows = [[amounts.get(mark, 0.0) for mark in bank.marks] for amounts in shown]
    bank.set_marks(torch.tensor(rows))


@torch.no_grad()
def describe_anew(encoder: ArtLIP, data: Path, out: Path, seed: int = 0) -> ArtLIP:
    """An ArtLIP whose bank's pictures are described anew, saved to `out`; nothing is trained.

    It takes minutes: the table of marks can change without another training.

    Args:
        encoder: Trained on the pictures of `data`.
        data: Folder with `paintings`, `media` and `photos`.
        out: Folder to write to; what is measured is kept in `out/cache`.
        seed: Of that training.

    Raises:
        StyleMambaError: The bank is of other pictures; `out` cannot be written to.
    """
    items = list_items(data, "train", seed)
    old = encoder.bank
    if len(items) != len(old.codes):
        raise StyleMambaError(
            f"{data}: has {len(items)} training pictures, and this ArtLIP was trained on "
            f"{len(old.codes)}; choose the data of its training"
        )
    make_run_folder(out)
    (out / "cache").mkdir(exist_ok=True)
    looks = bank_looks(items, out / "cache" / "bank-looks.txt")
    indices = old.caption_indices.clone()
    found = [_is_found(item, look) for item, look in zip(items, looks, strict=True)]
    indices[~torch.tensor(found)] = PAD
    used = indices[indices != PAD].long().unique()
    hidden = encoder.text_head[0]
    assert isinstance(hidden, nn.Linear)
    model = ArtLIP(
        embedding_dim=encoder.embedding_dim,
        hidden_dim=hidden.out_features,
        bank_size=len(items),
        captions=[old.captions[number] for number in used.tolist()],
        captions_per_picture=indices.shape[1],
        marks=MARKS,
    )
    kept = {k: v for k, v in encoder.state_dict().items() if not k.startswith("bank.")}
    model.load_state_dict(kept, strict=False)
    numbers = torch.full((len(old.captions) + 1,), PAD, dtype=torch.int16)  # the last one of PAD
    numbers[used] = torch.arange(len(used), dtype=torch.int16)
    model.bank.codes.copy_(old.codes)
    model.bank.caption_indices.copy_(numbers[indices.long()])
    model.bank.caption_embeddings.copy_(old.caption_embeddings[used])
    describe_bank(model.bank, items, looks)
    model.save_pretrained(out)
    return model.eval()


def _is_found(item: Item, look: BankLook) -> bool:
    return not look.mounted and item.record.labels.get("artist") not in NOT_FOUND
