from __future__ import annotations

import random

import pytest

from stylemamba.training.artlip.captions import CLASS_PROMPTS, captions_for, facets

GOGH = {
    "artist": "Vincent van Gogh",
    "movement": "post impressionism",
    "genre": "still_life",
    "medium": "",
    "title": "vase with twelve sunflowers 1889",
}
PRINT = {
    "artist": "Katsushika Hokusai",
    "movement": "ukiyo e",
    "genre": "landscape",
    "medium": "woodblock print",
    "title": "not_detected_204659",
}
SKETCH = {"medium": "pencil sketch", "subject": "elephant"}
PHOTO = {"source": "bsds500"}
LOOKS = ("dark blue and orange palette", "high contrast")


def many(record: dict[str, str], phrases: tuple[str, ...] = LOOKS) -> set[str]:
    rng = random.Random(0)
    return {caption for _ in range(60) for caption in captions_for(record, phrases, rng, 10)}


def test_facets_of_a_painting() -> None:
    assert facets(GOGH) == {
        "artist": "Vincent van Gogh",
        "surname": "van Gogh",
        "movement": "post-impressionism",
        "style": "post-impressionist",
        "genre": "still life",
        "title": "vase with twelve sunflowers",
        "class": "post-impressionism",
    }


def test_facets_of_media_and_photos() -> None:
    assert facets(SKETCH) == {
        "medium": "pencil sketch",
        "subject": "elephant",
        "class": "pencil sketch",
    }
    assert facets(PHOTO) == {"medium": "photo", "class": "photo"}
    assert facets({"medium": "cracked texture", "subject": ""}) == {"medium": "cracked texture"}


@pytest.mark.parametrize(
    ("written", "artist", "surname"),
    [
        ("Henri de Toulouse Lautrec", "Henri de Toulouse-Lautrec", "Toulouse-Lautrec"),
        ("M.c. Escher", "M. C. Escher", "Escher"),
        ("Hiroshige", "Utagawa Hiroshige", "Hiroshige"),
        ("Rembrandt", "Rembrandt van Rijn", "Rembrandt"),
        ("Maurice de Vlaminck", "Maurice de Vlaminck", "Vlaminck"),
        ("Adriaen van de Velde", "Adriaen van de Velde", "van de Velde"),
        ("Maurice Quentin de la Tour", "Maurice Quentin de la Tour", "de la Tour"),
        ("David Teniers The Younger", "David Teniers the Younger", "David Teniers the Younger"),
        ("John Mccracken", "John McCracken", "McCracken"),
        ("Utagawa Toyokuni Ii", "Utagawa Toyokuni II", "Utagawa Toyokuni II"),
    ],
)
def test_names_are_spelt_as_people_spell_them(written: str, artist: str, surname: str) -> None:
    found = facets({"artist": written})
    assert (found["artist"], found["surname"]) == (artist, surname)


def test_captions_mention_single_facets_and_combinations() -> None:
    captions = many(GOGH)
    assert {
        "Vincent van Gogh",
        "in the style of Vincent van Gogh",
        "a painting by van Gogh",
        "post-impressionism by Vincent van Gogh",
        "a post-impressionist still life",
        "van Gogh, vase with twelve sunflowers",
        "dark blue and orange palette",
    } <= captions


def test_ukiyo_e_is_spelt_and_archive_titles_are_dropped() -> None:
    captions = many(PRINT)
    assert {"ukiyo-e woodblock print", "a woodblock print by Hokusai", "Hokusai"} <= captions
    assert not any("ukiyo e" in caption or "detected" in caption for caption in captions)


def test_media_and_photos_are_not_called_paintings() -> None:
    sketch, photo = many(SKETCH), many(PHOTO)
    assert {"pencil sketch", "a pencil sketch of an elephant"} <= sketch
    assert {"a photo", "a photograph", "a photo, high contrast"} <= photo
    assert not any("painting" in caption for caption in sketch | photo)


def test_articles_fit() -> None:
    captions = many({"movement": "impressionism", "genre": "illustration"})
    assert "an illustration" in captions
    assert "an impressionist painting" in captions
    assert not any(" a i" in f" {caption}" for caption in captions)


def test_count_determinism_and_variety() -> None:
    first = captions_for(GOGH, LOOKS, random.Random(5), 12)
    assert first == captions_for(GOGH, LOOKS, random.Random(5), 12)
    assert first != captions_for(GOGH, LOOKS, random.Random(6), 12)
    assert len(set(first)) == 12


def test_poor_records_still_give_the_asked_number() -> None:
    assert len(captions_for({}, (), random.Random(0), 7)) == 7
    assert len(captions_for(PHOTO, (), random.Random(0), 40)) == 40


def test_no_empty_fields_are_filled_in() -> None:
    for caption in many({"artist": "Claude Monet", "title": "untitled"}, ()):
        assert caption == caption.strip()
        assert not caption.endswith(",")
        assert "  " not in caption


def test_class_prompts_cover_the_nineteen_classes() -> None:
    assert len(CLASS_PROMPTS) == 19
    assert {"ukiyo-e", "Art Nouveau", "pencil sketch", "cartoon", "photo"} <= CLASS_PROMPTS.keys()
    for prompts in CLASS_PROMPTS.values():
        assert len(set(prompts)) >= 4
