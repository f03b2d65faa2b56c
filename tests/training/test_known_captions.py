from __future__ import annotations

from stylemamba.training.artlip.known_captions import known_captions


def test_a_painting_is_known_by_every_name_of_its_style() -> None:
    labels = {
        "artist": "Claude Monet",
        "movement": "impressionism",
        "genre": "landscape",
        "title": "water lilies",
    }
    looks = ["blue and green", "pale", "soft", "calm"]
    captions = known_captions(labels, looks)
    assert captions[:2] == ["Claude Monet", "Monet"]
    assert {
        "impressionism",
        "impressionism by Claude Monet",
        "Claude Monet, water lilies",
        "landscape by Monet",
        "a painting, blue and green",
        "a painting, soft",
    } <= set(captions)
    assert not any("calm" in caption for caption in captions)
    assert len(captions) == len(set(captions))


def test_some_names_are_not_to_be_found() -> None:
    captions = known_captions({"artist": "Adolf Hitler", "movement": "impressionism"}, ["pale"])
    assert captions[0] == "impressionism"
    assert not any("Hitler" in caption for caption in captions)


def test_photos_and_media() -> None:
    assert known_captions({"medium": "cartoon"}, ["pale"])[0] == "cartoon"
    outlines = known_captions({"medium": "pencil sketch"}, ["pale"])
    assert outlines[0] == "line drawing" and "pencil sketch" not in outlines
    photo = known_captions({"source": "bsds500"}, ["pale"])
    assert "a photo" in photo and photo[-1] == "pale"
