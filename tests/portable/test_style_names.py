from __future__ import annotations

import pytest

from stylemamba.portable.names import Names
from stylemamba.portable.wording import words_of

ARTISTS = {
    "Vincent van Gogh": "van Gogh",
    "Claude Monet": "Monet",
    "Edouard Manet": "Manet",
    "Pablo Picasso": "Picasso",
    "J. M. W. Turner": "Turner",
    "Tsuruko Yamazaki": "Yamazaki",
    "Jack Bush": "Bush",
    "Fernando Botero": "Botero",
    "Thomas Kinkade": "Kinkade",
    "Dadamaino": "Dadamaino",
    "John Hoppner": "Hoppner",
    "Sam Francis": "Francis",
    "N. C. Wyeth": "Wyeth",
    "Theo van Doesburg": "van Doesburg",
    "Henri de Toulouse-Lautrec": "Toulouse-Lautrec",
    "Katsushika Hokusai": "Hokusai",
    "Henri Martin": "Martin",
    "Jimmy Ernst": "Ernst",
    "Max Ernst": "Ernst",
}


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(ARTISTS, ["garden", "starry", "night", "golden", "red", "cat"])


def found(names: Names, text: str) -> list[tuple[str, ...]]:
    return [name.artists for name in names.find(words_of(text))]


@pytest.mark.parametrize(
    ("text", "artist"),
    [
        ("Vincent van Gogh", "Vincent van Gogh"),
        ("van gogh", "Vincent van Gogh"),
        ("vangogh", "Vincent van Gogh"),
        ("Gogh", "Vincent van Gogh"),
        ("Van Gough", "Vincent van Gogh"),
        ("vincent vangough", "Vincent van Gogh"),
        ("van Gogh starry night", "Vincent van Gogh"),
        ("Monet's garden", "Claude Monet"),
        ("golden Monet", "Claude Monet"),
        ("C. Monet", "Claude Monet"),
        ("claudemonet", "Claude Monet"),
        ("Manet", "Edouard Manet"),
        ("Édouard Manet", "Edouard Manet"),
        ("picaso", "Pablo Picasso"),
        ("Pablo Picaso", "Pablo Picasso"),
        ("Hokusai Katsushika", "Katsushika Hokusai"),
        ("hokusia", "Katsushika Hokusai"),
        ("William Turner", "J. M. W. Turner"),
        ("toulouse lautrec", "Henri de Toulouse-Lautrec"),
        ("Henri Martin", "Henri Martin"),
        ("Thomas Kincade", "Thomas Kinkade"),
        ("Jack Bush", "Jack Bush"),
    ],
)
def test_artists_are_found_by_their_names(names: Names, text: str, artist: str) -> None:
    assert found(names, text) == [(artist,)]


@pytest.mark.parametrize(
    "text",
    [
        "Hayao Miyazaki",
        "Donald Trump",
        "bush",
        "Botticelli",
        "kintsugi",
        "dada",
        "asdfgh",
        "Edward Hopper",
        "hopper",
        "Francis Bacon",
        "Andrew Wyeth",
        "Theo van Gogh",
        "Martin",
        "winter night",
    ],
)
def test_look_alikes_and_namesakes_are_not(names: Names, text: str) -> None:
    assert found(names, text) == []


def test_several_names() -> None:
    names = Names(ARTISTS)
    assert found(names, "Monet and picaso") == [("Claude Monet",), ("Pablo Picasso",)]
    assert found(names, "Ernst") == [("Jimmy Ernst", "Max Ernst")]  # a surname of both
    assert found(names, "Max Ernst") == [("Max Ernst",)]


def test_spelling_is_told() -> None:
    names = Names(ARTISTS)
    exact = {text: names.find(words_of(text))[0].exact for text in ("van gogh", "Van Gough")}
    assert exact == {"van gogh": True, "Van Gough": False}
    assert names.are_given(words_of("Claude"), ["Claude Monet"])
    assert not names.are_given(words_of("gold"), ["Claude Monet"])


def test_no_artists() -> None:
    assert found(Names({}), "Claude Monet") == []
