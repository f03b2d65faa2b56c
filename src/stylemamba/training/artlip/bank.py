"""What the bank knows of its pictures: captions, colours, parts and marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.bank import StyleBank
from stylemamba.encoders.minilm import embed_sentences
from stylemamba.errors import StyleMambaError
from stylemamba.portable.brushwork import MARKS
from stylemamba.portable.retrieval import PAD, TEXT_STEP
from stylemamba.training.artlip.bank_looks import BankLook, bank_looks
from stylemamba.training.artlip.captions import facets
from stylemamba.training.artlip.mark_table import SURREALISTS, amounts_of
from stylemamba.training.artlip.statistics_cache import Item, list_items
from stylemamba.training.checkpoint import make_run_folder

BANK_CAPTIONS_PER_PICTURE = 12
NOT_FOUND = frozenset({"Adolf Hitler"})
"""Artists whose pictures no prompt is to find."""
ALSO_KNOWN: Mapping[str, str] = {
    **dict.fromkeys(SURREALISTS, "surrealism"),
    "black and white photograph": "black and white",
}
"""Artist or procedural style -> what else people type for it: no label says so."""


def found_by(
    items: Sequence[Item], looks: Sequence[BankLook], captions: Sequence[Sequence[str]]
) -> list[list[str]]:
    """The captions that pictures are found by: none of mounted ones, nor of `NOT_FOUND`."""
    return [
        _with_known(item, own) if _is_found(item, look) else []
        for item, look, own in zip(items, looks, captions, strict=True)
    ]


def artists_of(items: Sequence[Item], captions: Sequence[str]) -> dict[str, str]:
    """Artists among captions -> the names by which they are known for short."""
    labels = (facets(item.record.labels) for item in items if not item.style)
    artists = {known["artist"]: known["surname"] for known in labels if "artist" in known}
    there = set(captions)
    return {name: artists[name] for name in sorted(artists) if name in there}


@torch.no_grad()
def fill_bank(
    bank: StyleBank,
    items: Sequence[Item],
    looks: Sequence[BankLook],
    captions: Sequence[Sequence[str]],
    embeddings: Tensor,
) -> None:
    """Stores all but the codes of the pictures.

    Args:
        bank: With as many pictures, and with these captions.
        items: The pictures.
        looks: Of the pictures.
        captions: That each of them is found by.
        embeddings: (n, 384), unit-norm, of the bank's captions.
    """
    index = {caption: number for number, caption in enumerate(bank.captions)}
    indices = [[index[caption] for caption in own] for own in captions]
    bank.set_captions(indices, embeddings)
    bank.set_colourfulness(torch.tensor([look.colourfulness for look in looks]))
    bank.set_parts(torch.from_numpy(np.stack([look.parts for look in looks])))
    shown = [amounts_of(item) for item in items]
    rows = [[amounts.get(mark, 0.0) for mark in bank.marks] for amounts in shown]
    bank.set_marks(torch.tensor(rows))


@torch.no_grad()
def describe_anew(encoder: ArtLIP, data: Path, out: Path, seed: int = 0) -> ArtLIP:
    """An ArtLIP whose bank's pictures are described anew, saved to `out`; nothing is trained.

    It takes minutes: the table of marks can change without another training. Captions are those
    of the old bank: pictures that it had left out stay so.

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
    captions = found_by(
        items,
        looks,
        [[old.captions[n] for n in row if n != PAD] for row in old.caption_indices.tolist()],
    )
    known = sorted({caption for own in captions for caption in own})
    hidden = encoder.text_head[0]
    assert isinstance(hidden, nn.Linear)
    model = ArtLIP(
        embedding_dim=encoder.embedding_dim,
        hidden_dim=hidden.out_features,
        bank_size=len(items),
        captions=known,
        captions_per_picture=old.caption_indices.shape[1],
        marks=MARKS,
        artists=artists_of(items, known),
    )
    kept = {k: v for k, v in encoder.state_dict().items() if not k.startswith("bank.")}
    missing, unexpected = model.load_state_dict(kept, strict=False)
    assert not unexpected and all(name.startswith("bank.") for name in missing)
    model.bank.codes.copy_(old.codes)
    fill_bank(model.bank, items, looks, captions, _embeddings(old, known))
    model.save_pretrained(out)
    return model.eval()


def _embeddings(bank: StyleBank, captions: Sequence[str]) -> Tensor:
    """Of captions, those that a bank has as it has them."""
    place = {caption: number for number, caption in enumerate(bank.captions)}
    new = [caption for caption in captions if caption not in place]
    known = bank.caption_embeddings.float() * TEXT_STEP
    rows = dict(zip(new, embed_sentences(new), strict=True)) if new else {}
    return torch.stack([rows[c] if c in rows else known[place[c]] for c in captions])


def _with_known(item: Item, captions: Sequence[str]) -> list[str]:
    """The captions of a picture with what else it is known as, which takes the last one's place."""
    also = ALSO_KNOWN.get(item.style or item.record.labels.get("artist", ""))
    if also is None or also in captions:
        return list(captions)
    return [*captions[: BANK_CAPTIONS_PER_PICTURE - 1], also]


def _is_found(item: Item, look: BankLook) -> bool:
    return not look.mounted and item.record.labels.get("artist") not in NOT_FOUND
