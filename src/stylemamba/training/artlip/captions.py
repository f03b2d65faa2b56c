"""Captions for the training pictures, written the way people write prompts.

The metadata of a picture (artist, movement, medium, genre, title) is first normalised into
*facets*, then templates that mention one or several facets are drawn and filled in. Measured
phrases (palette, contrast, grain: see measurement.py) are one more facet.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from string import Formatter

from stylemamba.training.artlip.vocabulary import (
    ADJECTIVES,
    ARTIST_SPELLINGS,
    ARTIST_SURNAMES,
    CLASS_PROMPTS,
    GENRES,
    MEDIUM_SPELLINGS,
    MOVEMENT_SPELLINGS,
    SYNONYMS,
)

__all__ = ["CLASS_PROMPTS", "captions_for", "facets"]

PAINTING_TEMPLATES: tuple[str, ...] = (
    # one facet
    "{artist}",
    "in the style of {artist}",
    "{artist} style",
    "a painting by {artist}",
    "by {artist}",
    "a work by {artist}",
    "{artist} painting",
    "art by {artist}",
    "{movement}",
    "{movement} style",
    "in the style of {movement}",
    "{synonym}",
    "{synonym} style",
    "{style} style",
    "a {style} painting",
    "{style} painting",
    "{style} art",
    "{medium}",
    "a {medium}",
    "{medium} style",
    "{genre}",
    "a {genre}",
    "{title}",
    "a painting of {title}",
    "{look}",
    "a painting, {look}",
    # two facets
    "{movement} by {artist}",
    "{artist}, {movement}",
    "{synonym} by {artist}",
    "a {style} painting by {artist}",
    "{artist}, {title}",
    "{title} by {artist}",
    "{title} in the style of {artist}",
    "a {genre} by {artist}",
    "a {genre} in the style of {artist}",
    "a {medium} by {artist}",
    "{medium} in the style of {artist}",
    "{artist} style, {look}",
    "a {style} {genre}",
    "{style} {genre}",
    "{genre}, {movement}",
    "{style} painting of {title}",
    "{title}, {movement}",
    "{movement}, {look}",
    "{synonym}, {look}",
    "a {style} painting, {look}",
    "{style} {medium}",
    "{movement} {medium}",
    "{medium}, {look}",
    "a {genre}, {look}",
    # three facets and more
    "a {style} {genre} by {artist}",
    "a {style} {genre}, {look}",
    "{artist}, {movement}, {look}",
    "{artist}, {title}, {movement}",
    "{artist}, {genre}, {look}",
    "a {style} {medium} by {artist}",
    "{title}, a {style} {genre} by {artist}",
)
MEDIA_TEMPLATES: tuple[str, ...] = (
    "{medium}",
    "{medium}",
    "{medium} style",
    "in the style of {medium}",
    "{synonym}",
    "{synonym}",
    "{synonym} style",
    "in the style of {synonym}",
    "{medium}, {look}",
    "{synonym}, {look}",
    "{medium} of a {subject}",
    "a {medium} of a {subject}",
    "{synonym} of a {subject}",
    "a {medium} of a {subject}, {look}",
    "{look}",
)
PHOTO_TEMPLATES: tuple[str, ...] = (
    "a photo",
    "a photograph",
    "photo",
    "photograph",
    "photography",
    "a realistic photo",
    "a photorealistic picture",
    "a natural photograph",
    "a photo of the real world",
    "an ordinary photograph",
    "a colour photo",
    "a high quality photo",
    "a snapshot taken with a camera",
    "a photo of something",
    "a photo, {look}",
    "a photograph, {look}",
    "photo, {look}",
    "{look}",
)
_WEIGHT_BY_FACETS = {0: 2.0, 1: 3.0, 2: 1.5, 3: 1.0, 4: 0.5}
_PARTICLES = frozenset({"van", "von", "der", "den", "ter", "da", "di", "del", "della", "la", "le"})
_SUFFIXES = frozenset({"I", "II", "III", "IV", "Jr.", "Younger", "Elder"})
_TITLE_NOISE = re.compile(
    r"\b(not detected \w+|untitled|unknown title|unknown|detail|\d{4}( \d{1,2})?|\d+)\b"
)


def _normal_artist(name: str) -> str:
    """Spell an artist's name: initials, hyphens and particles as they are usually written."""
    name = name.strip()
    if name in ARTIST_SPELLINGS:
        return ARTIST_SPELLINGS[name]
    name = re.sub(r"\s*\(.*?\)", "", name)
    name = re.sub(r"\b(\w)\.(?=\w)", r"\1. ", name)
    name = re.sub(r"\b([a-z])\.", lambda match: match[1].upper() + ".", name)
    name = re.sub(r"\bMc([a-z])", lambda match: "Mc" + match[1].upper(), name)
    name = re.sub(r"\b(Ii|Iii|Iv)$", lambda match: match[1].upper(), name)
    return name.replace(" The ", " the ").replace(" Do ", " do ")


def _surname(artist: str) -> str:
    """The short form by which an artist is known: "van Gogh", "Monet", "Hokusai"."""
    if artist in ARTIST_SURNAMES:
        return ARTIST_SURNAMES[artist]
    words = artist.split()
    end = len(words)
    while end > 1 and (words[end - 1] in _SUFFIXES or words[end - 1] == "the"):
        end -= 1
    if end < len(words):
        return artist
    start = end - 1
    while start > 1 and (
        words[start - 1] in _PARTICLES
        or (words[start - 1] == "de" and {words[start], words[start - 2]} & _PARTICLES)
    ):
        start -= 1
    return " ".join(words[start:end])


def _normal_title(title: str) -> str:
    """A title without its year, numbering and archive marks; empty if nothing is left."""
    title = _TITLE_NOISE.sub(" ", title.replace("_", " ").strip())
    title = re.sub(r"\b(\w+) s\b", r"\1's", title)
    words = title.split()
    return " ".join(words[:8]) if len(" ".join(words)) > 3 else ""


def facets(record: Mapping[str, str]) -> dict[str, str]:
    """Normalised labels of one metadata row.

    Args:
        record: a row of a `metadata.csv`. Rows of photos have a `source` and neither `medium` nor
            `movement`; rows of media have `medium` and `subject`.

    Returns:
        The facets that are known, never an empty value, among: `artist` (full name), `surname`
        (as used in prompts), `movement`, `style` (the movement's adjective), `genre`, `medium`,
        `title`, `subject`, and `class` where the row belongs to one of :data:`CLASS_PROMPTS`.
    """
    found: dict[str, str] = {}
    artist = _normal_artist(record.get("artist") or "")
    if artist and artist.lower() not in ("unknown", "anonymous"):
        found["artist"] = artist
        found["surname"] = _surname(artist)
    movement = (record.get("movement") or "").strip()
    if movement:
        found["movement"] = MOVEMENT_SPELLINGS.get(movement, movement)
        found["style"] = ADJECTIVES.get(found["movement"], found["movement"])
    genre = (record.get("genre") or "").strip()
    if genre:
        found["genre"] = GENRES.get(genre, genre.replace("_", " "))
    medium = (record.get("medium") or "").strip()
    if not medium and not movement and record.get("source"):
        medium = "photo"
    if medium:
        found["medium"] = MEDIUM_SPELLINGS.get(medium, medium)
    title = _normal_title(record.get("title") or "")
    if title:
        found["title"] = title
    subject = (record.get("subject") or "").strip()
    if subject:
        found["subject"] = subject
    label = found.get("movement") or found.get("medium", "")
    if label in CLASS_PROMPTS:
        found["class"] = label
    return found


def _fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _synonyms(known: Mapping[str, str]) -> tuple[str, ...]:
    labels = (known.get("movement", ""), known.get("medium", ""))
    return tuple(word for label in labels for word in SYNONYMS.get(label, ()))


def _mend_articles(text: str) -> str:
    """Write "an" before a vowel sound ("a ukiyo-e print" stays)."""
    return re.sub(r"\b([Aa]) (?=[aeioAEIO]|un)", r"\1n ", text)


def _fill(
    template: str, known: Mapping[str, str], phrases: Sequence[str], rng: random.Random
) -> str:
    values = dict(known)
    if "surname" in values and rng.random() < 0.45:
        values["artist"] = values["surname"]
    values["synonym"] = rng.choice(_synonyms(known) or ("",))
    values["look"] = rng.choice(list(phrases) or [""])
    text = _mend_articles(template.format(**values))
    return text if rng.random() < 0.5 else text.replace("colour", "color").replace("grey", "gray")


def captions_for(
    record: Mapping[str, str], phrases: Sequence[str], rng: random.Random, count: int
) -> list[str]:
    """Draw captions of one picture from its metadata and its measured looks.

    Templates that mention few facets are drawn more often, as prompts are short.

    Args:
        record: a row of a `metadata.csv`.
        phrases: what `measurement.describe` says of the picture; may be empty.
        rng: source of chance; the same state gives the same captions.
        count: number of captions.

    Returns:
        `count` captions, different from each other as long as the metadata allows it.
    """
    known = facets(record)
    available = set(known)
    if phrases:
        available.add("look")
    if _synonyms(known):
        available.add("synonym")
    if known.get("class") == "photo":
        source = PHOTO_TEMPLATES
    else:
        source = PAINTING_TEMPLATES if "movement" in known else MEDIA_TEMPLATES
    usable = [template for template in source if _fields(template) <= available]
    if not usable:
        usable = ["a picture", "an image", "art"]
    weights = [_WEIGHT_BY_FACETS[len(_fields(template))] for template in usable]
    captions: list[str] = []
    for attempt in range(count * 8):
        if len(captions) == count:
            break
        caption = _fill(rng.choices(usable, weights)[0], known, phrases, rng)
        if caption not in captions or attempt >= count * 6:
            captions.append(caption)
    return captions
