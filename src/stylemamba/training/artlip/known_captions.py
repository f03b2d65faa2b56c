"""The captions by which a prompt finds a picture: every name that the picture's style goes by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stylemamba.training.artlip.captions import facets
from stylemamba.training.artlip.vocabulary import CLASS_PROMPTS, SYNONYMS

LOOKS = 3
UNNAMED = ("Adolf Hitler",)
"""Artists of the data whose names no prompt should find."""
SHOWN = {"pencil sketch": ("line drawing", "outline drawing", "sketch")}
"""What the pictures of a medium show, where its name promises more: outlines of animals and things,
without shade, are no pencil sketch to those who ask for one."""


def known_captions(labels: Mapping[str, str], looks: Sequence[str]) -> list[str]:
    """Short captions of one picture, each once, the most telling first.

    Args:
        labels: A row of a metadata.csv.
        looks: What `measurement.describe` says of the picture; the first three are used.
    """
    known = facets(labels)
    captions: list[str] = []
    if "artist" in known and known["artist"] not in UNNAMED:
        artist, surname = known["artist"], known["surname"]
        captions += [artist, surname]
        if "movement" in known:
            captions.append(f"{known['movement']} by {artist}")
        if "title" in known:
            captions.append(f"{artist}, {known['title']}")
        if "genre" in known:
            captions.append(f"{known['genre']} by {surname}")
    for label in (known.get("movement"), known.get("medium")):
        if label:
            captions += SHOWN.get(label, (label, *SYNONYMS.get(label, ())[:2]))
    if known.get("class") == "photo":
        captions += CLASS_PROMPTS["photo"][:2]
    elif "style" in known and "genre" in known:
        captions.append(f"{known['style']} {known['genre']}")
    for look in looks[:LOOKS]:
        captions.append(f"a painting, {look}" if "movement" in known else look)
    return list(dict.fromkeys(captions))
