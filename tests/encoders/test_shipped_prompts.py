"""What users typed, asked of the bank that is shipped."""

from __future__ import annotations

import numpy as np
import pytest

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.portable.pyramid import LOW_COVERAGE
from stylemamba.runtime.shipped import WEIGHTS


@pytest.fixture(scope="module")
def artlip() -> ArtLIP:
    return ArtLIP.from_pretrained(WEIGHTS / "artlip")


def shares(artlip: ArtLIP, prompt: str) -> list[set[str]]:
    """The captions that all pictures have which are averaged, of each part."""
    bank = artlip.search
    return [
        set.intersection(*({bank.captions[n] for n in bank.caption_indices[p]} for p in pictures))
        for pictures in bank.exemplars(prompt, artlip.read)
    ]


@pytest.mark.parametrize(
    ("prompt", "labels"),
    [
        ("vangogh", ["Vincent van Gogh"]),
        ("Van Gough", ["Vincent van Gogh"]),
        ("梵高", ["Vincent van Gogh"]),
        ("picaso", ["Pablo Picasso"]),
        ("ピカソ風", ["Pablo Picasso"]),
        ("Monet, Claude", ["Claude Monet"]),
        ("make this look like it was painted by Monet", ["Claude Monet"]),
        ("Gustav Klimt golden", ["Gustav Klimt", "golden light"]),
        ("peinture a l'huile", ["oil painting"]),
        ("acuarela", ["watercolour"]),
        ("Aquarell im Stil von Paul Klee", ["watercolour", "Paul Klee"]),
        ("浮世絵", ["ukiyo-e"]),
        ("surrealism", ["surrealism"]),
        ("make it look like winter", ["winter"]),
        ("turn this into a comic book", ["comic book"]),
        ("black and white photo", ["black and white photo"]),
        ("lego bricks", ["Lego"]),
        ("watercolor --no blue", ["watercolor"]),
    ],
)
def test_styles_are_understood(artlip: ArtLIP, prompt: str, labels: list[str]) -> None:
    found = shares(artlip, prompt)
    assert len(found) == len(labels)
    assert all(label in captions for label, captions in zip(labels, found, strict=True))
    style = artlip.style(prompt)
    assert style.coverage is not None and style.coverage > 0.8
    assert not any("not known" in remark for remark in style.remarks)


@pytest.mark.parametrize(
    "prompt",
    [
        "Hayao Miyazaki",
        "Makoto Shinkai",
        "Donald Trump",
        "Botticelli",
        "Jean-Michel Basquiat",
        "Banksy",
        "kintsugi",
        "dada",
        "art deco",
        "renaissance",
        "cherry blossom",
        "lightning",
        "Disney",
        "asdfgh",
        "哈哈哈",
    ],
)
def test_what_is_not_known_is_far(artlip: ArtLIP, prompt: str) -> None:
    style = artlip.style(prompt)
    assert style.coverage is not None and style.coverage < LOW_COVERAGE
    assert list(style.remarks) == [f'"{prompt}" is not known']


@pytest.mark.parametrize(
    ("prompt", "remark"),
    [
        ("op art", '"op art" is not known'),
        ("gothic cyberpunk", '"gothic" is not known'),
        ("Banksy graffiti", '"Banksy" is not known'),
        ("Pixar 3D render", '"Pixar" is not known'),
        ("watercolor painting of a cat", '"cat" is not known'),
        ("Frida Kahlo", "Frida Kahlo is known from too few pictures"),
        ("remove the background", '"remove the background" is no style'),
        ("Van Gough", 'read "Van Gough" as Vincent van Gogh'),
        ("oil painting, no text", 'cannot keep away from "text"'),
        ("watercolor without blue", 'keeps away from "blue"'),
    ],
)
def test_what_was_understood_is_told(artlip: ArtLIP, prompt: str, remark: str) -> None:
    assert list(artlip.style(prompt).remarks) == [remark]


def test_negation_changes_the_style(artlip: ArtLIP) -> None:
    plain, less_blue = (artlip.style(p) for p in ("watercolor", "watercolor, no blue"))
    blue = artlip.style("blue")

    def towards_blue(condition: np.ndarray) -> float:
        return float((condition * blue.condition.numpy()).sum())

    assert towards_blue(less_blue.condition.numpy()) < towards_blue(plain.condition.numpy())
