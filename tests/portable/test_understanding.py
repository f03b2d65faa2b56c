from __future__ import annotations

import pytest

from stylemamba.portable.names import Names
from stylemamba.portable.terms import table
from stylemamba.portable.understanding import MAX_PARTS, Reader, Understanding
from stylemamba.portable.wording import plain

ARTISTS = {
    "Vincent van Gogh": "van Gogh",
    "Claude Monet": "Monet",
    "Pablo Picasso": "Picasso",
    "Gustav Klimt": "Klimt",
    "Katsushika Hokusai": "Hokusai",
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(Names(ARTISTS, ["gold", "golden"]), ["aquarelle"])


def texts(asked: Understanding) -> list[str]:
    """The requests, with a minus before what is not wanted."""
    return [f"{'' if request.wanted else '-'}{request.text}" for request in asked.requests]


@pytest.mark.parametrize(
    ("prompt", "requests"),
    [
        ("pencil sketch", ["pencil sketch"]),
        ("cubism, neon light", ["cubism", "neon light"]),
        ("make it look like winter", ["winter"]),
        ("turn this into a comic book", ["comic book"]),
        ("paint this as a watercolor", ["watercolor"]),
        ("Please convert the photo to pencil sketch", ["pencil sketch"]),
        ("can you make this photo look like it was painted by Monet please", ["Monet"]),
        ("I want it to look like a stained glass window", ["stained glass window"]),
        ("in the style of Monet", ["Monet"]),
        ("a painting by Monet", ["Monet"]),
        ("a castle in the style of Monet", ["a castle", "Monet"]),
        ("Gustav Klimt golden", ["Gustav Klimt", "golden"]),
        ("Monet and Picasso", ["Monet", "Picasso"]),
        ("Monet, Claude", ["Claude Monet"]),
        ("not watercolor", ["-watercolor"]),
        ("not watercolor but oil painting", ["-watercolor", "oil painting"]),
        ("watercolor --no blue", ["watercolor", "-blue"]),
        ("oil painting, no people, no text", ["oil painting", "-people", "-text"]),
        ("watercolor without people or text", ["watercolor", "-people", "-text"]),
        ("Aquarell ohne Blau", ["watercolour", "-blue"]),
        ("acuarela sin azul", ["watercolour", "-blue"]),
        ("水彩画，不要蓝色", ["watercolour", "-blue"]),
        ("no estilo de Picasso", ["Picasso"]),
        ("art", ["art"]),
        (" ,", [" ,"]),
    ],
)
def test_styles_are_found_in_what_is_typed(
    reader: Reader, prompt: str, requests: list[str]
) -> None:
    assert texts(reader.understood(prompt)) == requests


@pytest.mark.parametrize(
    ("prompt", "read"),
    [
        ("acuarela", "watercolour"),
        ("peinture a l'huile", "oil painting"),
        ("dipinto a olio", "oil painting"),
        ("Ölgemälde", "oil painting"),
        ("olieverfschilderij", "oil painting"),
        ("pintura a óleo", "oil painting"),
        ("浮世绘", "ukiyo-e"),
        ("水彩風", "watercolour"),
        ("梵高", "Vincent van Gogh"),
        ("ゴッホ風", "Vincent van Gogh"),
        ("葛飾北斎の画風", "Katsushika Hokusai"),
        ("Van Gough", "Vincent van Gogh"),
        ("Starry Night", "Vincent van Gogh"),
    ],
)
def test_other_languages_and_spellings_are_read(reader: Reader, prompt: str, read: str) -> None:
    asked = reader.understood(prompt)
    assert asked.text == read and asked.read[0][1] == read


@pytest.mark.parametrize("prompt", ["aquarelle", "Monet", "gold leaf of a tree, Hokusai"])
def test_what_the_bank_knows_stays(reader: Reader, prompt: str) -> None:
    assert reader.understood("aquarelle").read == ()
    assert reader.understood("Claude Monet, water lilies").text == "Claude Monet, water lilies"


def test_works_beside_their_artist_are_titles(reader: Reader) -> None:
    monet, lilies = reader.understood("Claude Monet, water lilies").requests
    assert monet.artists == ("Claude Monet",) and not monet.title
    assert lilies.title and not lilies.artists


@pytest.mark.parametrize("prompt", ["remove the background", "please crop it"])
def test_what_is_no_style_is_told(reader: Reader, prompt: str) -> None:
    asked = reader.understood(prompt)
    assert asked.ignored == (prompt,) and not asked.requests and asked.text == prompt


def test_names_go_with_their_artists(reader: Reader) -> None:
    asked = reader.understood("Klimt, golden")
    assert asked.artists == {"Gustav Klimt"}
    assert asked.signed == {"Klimt, golden": {"Gustav Klimt"}, "Klimt": {"Gustav Klimt"}}
    assert asked.sentences == ["Klimt, golden", "Klimt", "golden"]


def test_long_prompts_are_cut_off(reader: Reader) -> None:
    assert len(reader.understood("gold mosaic, " * 3000).wanted) <= MAX_PARTS
    assert len(reader.understood("gold " * 3000).text) <= 1000


def test_the_table_says_each_thing_once() -> None:
    """Of its hundreds of names, none stands for two things, or for itself."""
    pairs = [
        (plain(other), plain(ours))
        for section in table().values()
        for ours, others in section.items()
        for other in others
    ]
    assert len(pairs) > 1000
    meanings = {}
    for other, ours in pairs:
        assert meanings.setdefault(other, ours) == ours != other, other
