from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_artlip import embed_words
from torch import nn

from stylemamba.encoders.bank import MAX_CAPTIONS, StyleBank
from stylemamba.portable.parts import parts_of
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.portable.retrieval import (
    CODE_STEP,
    Bank,
    Read,
    Rules,
    cleaned,
)

DIM = 8
CAPTIONS = ["pencil sketch", "drawing", "stained glass", "mosaic"]
GROUPS = [[0, 1], [0], [2], [3]]  # captions of each group of pictures: two looks of a sketch
MEMBERS = 5
EXEMPLARS = Rules().exemplars


@dataclass
class Found:
    """What the bank answers: the mean code, and the pictures of all parts."""

    code: torch.Tensor
    exemplars: list[int]
    neighbours: Sequence[tuple[str, float]]
    coverage: float | None


@pytest.fixture
def bank() -> StyleBank:
    """Four groups of pictures; group g looks along axis g."""
    bank = StyleBank(DIM, len(GROUPS) * MEMBERS, CAPTIONS, 2, marks=("glass", "tiles"))
    looks = 2 * torch.eye(DIM)[: len(GROUPS)].repeat_interleave(MEMBERS, 0)
    noise = torch.randn(looks.shape, generator=torch.Generator().manual_seed(0))
    bank.set_codes(looks + 0.2 * noise)
    indices = [captions for captions in GROUPS for _ in range(MEMBERS)]
    bank.set_captions(indices, embed_words(CAPTIONS))
    return bank


def searched(bank: StyleBank) -> Bank:
    """With a head that reads the first numbers of a code."""
    image_head = nn.Linear(DIM, DIM, bias=False)
    nn.init.eye_(image_head.weight)
    return bank.search(image_head)


def asked(prompt: str, look: torch.Tensor) -> tuple[str, Read]:
    """A prompt and what reads it: every sentence looks the same."""

    def read(sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        return embed_words(sentences).numpy(), look.expand(len(sentences), -1).numpy()

    return prompt, read


def retrieve(bank: StyleBank, prompt: str, look: torch.Tensor, mode: int = 0) -> Found:
    search = searched(bank)
    style = search.style(*asked(prompt, look), mode)
    exemplars = np.concatenate(search.exemplars(*asked(prompt, look), mode)).tolist()
    code = torch.from_numpy(style.condition[0])
    return Found(code, exemplars, style.neighbours, style.coverage)


def coverage(bank: StyleBank, prompt: str) -> float:
    found = retrieve(bank, prompt, torch.zeros(DIM)).coverage
    assert found is not None
    return found


def groups(found: Found) -> set[int]:
    return {picture // MEMBERS for picture in found.exemplars}


def groups_of(found: Found, ends: Sequence[int]) -> set[int]:
    """The same for groups of other sizes, by where they end."""
    return {int(np.searchsorted(ends, picture, "right")) for picture in found.exemplars}


def test_codes_are_stored_to_half_a_step(bank: StyleBank) -> None:
    codes = torch.linspace(-5, 5, bank.codes.numel()).view(bank.codes.shape)
    bank.set_codes(codes)
    assert bank.codes.dtype == torch.int8
    assert (bank.codes * CODE_STEP - codes).abs().max() <= CODE_STEP / 2 + 1e-6
    bank.set_codes(codes * 100)  # clipped, not wrapped round
    assert torch.equal(bank.codes.sign().float(), codes.sign())
    assert bank.codes.abs().min() >= 1 and bank.codes.abs().max() == 127


@pytest.mark.parametrize(("prompt", "group"), [("stained glass", 2), ("mosaic", 3), ("drawing", 0)])
def test_the_pictures_whose_captions_match_are_found(
    bank: StyleBank, prompt: str, group: int
) -> None:
    found = retrieve(bank, prompt, torch.zeros(DIM))
    assert groups(found) == {group} and len(set(found.exemplars)) == EXEMPLARS
    assert found.code.argmax() == group
    mean = bank.codes[found.exemplars].float().mean(0) * CODE_STEP
    torch.testing.assert_close(found.code, mean)
    assert found.neighbours[0] == (prompt, pytest.approx(1, abs=0.01))
    cosines = [cosine for _, cosine in found.neighbours]
    assert cosines == sorted(cosines, reverse=True) and len(cosines) == len(CAPTIONS)
    assert max(cosines) <= 1


def test_the_look_decides_among_equal_captions(bank: StyleBank) -> None:
    for group in (0, 1):
        found = retrieve(bank, "pencil sketch drawing", torch.eye(DIM)[group])
        assert groups(found) == {group}


def test_modes_are_different_looks(bank: StyleBank) -> None:
    look = F.normalize(torch.ones(DIM), dim=0)
    first, second = (retrieve(bank, "pencil sketch", look, mode) for mode in (0, 1))
    assert groups(first) | groups(second) == {0, 1} and groups(first) != groups(second)
    assert first.coverage == second.coverage and first.neighbours == second.neighbours
    assert retrieve(bank, "pencil sketch", look, mode=1000).code.isfinite().all()


def test_parts_are_mixed(bank: StyleBank) -> None:
    found = retrieve(bank, "stained glass, mosaic", torch.zeros(DIM))
    assert groups(found) == {2, 3} and len(found.exemplars) == 2 * EXEMPLARS
    parts = [retrieve(bank, part, torch.zeros(DIM)).code for part in ("stained glass", "mosaic")]
    torch.testing.assert_close(found.code, torch.stack(parts).mean(0))
    again = retrieve(bank, "glass stained, stained", torch.zeros(DIM))  # near a known caption
    assert groups(again) == {2}


def test_parts_that_are_better_known_than_the_whole_are_mixed(bank: StyleBank) -> None:
    """Or "cubism, pencil sketch" would be either, for a caption like it that is of both."""
    search = replace(searched(bank), rules=Rules(known_caption=0.5))
    prompt, read = asked("pencil sketch, mosaic", torch.ones(DIM))
    assert search.similarities(read([prompt])[0]).max() > 0.5
    assert len(search.exemplars(prompt, read)) == 2

    def like_the_first(sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        vectors, texts = read(sentences)
        return np.concatenate([vectors[1:2], vectors[1:]]), texts

    assert len(search.exemplars("pencil sketch, unheard of", like_the_first)) == 1


def test_a_part_that_is_hardly_known_counts_less(bank: StyleBank) -> None:
    found = retrieve(bank, "stained glass, mosaic wood", torch.zeros(DIM))
    known = coverage(bank, "mosaic wood")
    assert 0.1 < known < 0.9
    parts = [retrieve(bank, part, torch.zeros(DIM)).code for part in ("stained glass", "mosaic")]
    torch.testing.assert_close(found.code, (parts[0] + known * parts[1]) / (1 + known))


def test_a_weak_look_is_worth_less(bank: StyleBank) -> None:
    codes = bank.codes.float() * CODE_STEP
    codes[:MEMBERS] /= 4  # the first look of a sketch
    bank.set_codes(codes)
    look = F.normalize(torch.eye(DIM)[0] + 0.6 * torch.eye(DIM)[1], dim=0)
    prompt = "pencil sketch drawing"
    assert groups(retrieve(bank, prompt, look)) == {1}
    codes[:MEMBERS] *= 4
    bank.set_codes(codes)
    assert groups(retrieve(bank, prompt, look)) == {0}


def test_a_typical_look_is_preferred() -> None:
    """Of equal captions, and with no look asked for, the one that most pictures have."""
    bank = StyleBank(DIM, 8, ["mosaic"], captions_per_picture=1)
    bank.set_codes(2 * torch.eye(DIM)[[0, 0, 0, 1, 1, 1, 1, 1]])
    bank.set_captions([[0]] * 8, embed_words(["mosaic"]))
    found = retrieve(bank, "mosaic", torch.zeros(DIM))
    assert found.code.argmax() == 1
    assert retrieve(bank, "mosaic", torch.zeros(DIM), mode=1).code.argmax() == 0


def test_pale_pictures_lose_to_vivid_ones_of_their_kind() -> None:
    bank = StyleBank(DIM, 8, ["mosaic"], captions_per_picture=1)
    bank.set_codes(2 * torch.eye(DIM)[[0, 0, 0, 0, 0, 1, 1, 1]])
    bank.set_captions([[0]] * 8, embed_words(["mosaic"]))
    assert retrieve(bank, "mosaic", torch.zeros(DIM)).code.argmax() == 0
    bank.set_colourfulness(torch.tensor([5.0] * 5 + [60.0] * 3))
    assert retrieve(bank, "mosaic", torch.zeros(DIM)).code.argmax() == 1


def test_titles_and_drawings_have_to_be_asked_for() -> None:
    captions = ["Ann Lee", "Ann Lee mosaic", "drawing"]
    #            a drawing of hers, her pictures, and one that is called "mosaic"
    indices = [[0, 2], [0, 2], [0, 2], [0], [0], [0], [0, 1]]
    bank = StyleBank(DIM, len(indices), captions, captions_per_picture=2)
    drawn, painted, titled = torch.eye(DIM)[:3]
    bank.set_codes(torch.stack([2 * drawn] * 3 + [2 * painted] * 3 + [2 * titled]))
    bank.set_captions(indices, embed_words(captions))
    kinds = ["drawn"] * 3 + ["painted"] * 3 + ["titled"]

    def found(prompt: str) -> list[str]:
        exemplars = retrieve(bank, prompt, torch.zeros(DIM)).exemplars
        return sorted({kinds[number] for number in exemplars})

    assert found("Ann Lee") == ["painted"]
    assert found("drawing") == ["drawn"]
    assert "drawn" not in found("Ann Lee mosaic") and "painted" in found("Ann Lee mosaic")


def test_coverage(bank: StyleBank) -> None:
    assert coverage(bank, "stained glass") == 1
    assert coverage(bank, "qwx vbn zzyzx") < 0.05
    assert coverage(bank, "stained glass, mosaic") == 1  # it is covered when its parts are
    assert coverage(bank, "stained glass, qwx vbn") == 0.5


def test_what_is_not_known_is_told(bank: StyleBank) -> None:
    remarks = {
        prompt: list(searched(bank).style(*asked(prompt, torch.zeros(DIM))).remarks)
        for prompt in (
            "mosaic",
            "mosaic, qwx vbn",
            "gothic mosaic",
            "remove the sky",
            "Mosaik",
            "mosaic, no drawing",
            "mosaic without people",
        )
    }
    assert remarks == {
        "mosaic": [],
        "mosaic, qwx vbn": ['"qwx vbn" is not known'],
        "gothic mosaic": ['"gothic" is not known'],
        "remove the sky": ['"remove the sky" is no style'],
        "Mosaik": ['read "Mosaik" as mosaic'],
        "mosaic, no drawing": ['keeps away from "drawing"'],
        "mosaic without people": ['cannot keep away from "people"'],
    }


def test_what_is_not_wanted_pushes_away(bank: StyleBank) -> None:
    wanted, unwanted = (
        retrieve(bank, prompt, torch.zeros(DIM)).code for prompt in ("mosaic", "stained glass")
    )
    push = Rules().push
    found = retrieve(bank, "mosaic, no stained glass", torch.zeros(DIM))
    torch.testing.assert_close(found.code, (wanted - push * unwanted) / (1 - push))
    assert found.coverage == 1
    unknown = retrieve(bank, "mosaic, no people", torch.zeros(DIM))
    torch.testing.assert_close(unknown.code, wanted)


def test_prompts_that_only_say_what_is_not_wanted_are_refused(bank: StyleBank) -> None:
    with pytest.raises(RecipeError, match="only what is not wanted"):
        retrieve(bank, "no mosaic", torch.zeros(DIM))


def test_artists_are_found_by_name_only() -> None:
    """Not by what is near to their names; and not as known, if there are too few pictures."""
    captions = ["Ann Lee", "Ann Lee, bridge", "Bob Ray", "mosaic"]
    bank = StyleBank(DIM, 9, captions, 2, artists={"Ann Lee": "Lee", "Bob Ray": "Ray"})
    bank.set_codes(2 * torch.eye(DIM)[[0, 0, 0, 0, 1, 2, 2, 2, 2]])
    rows = [[0], [0], [0], [0, 1], [2], [3], [3], [3], [3]]
    bank.set_captions(rows, embed_words(captions))
    look = torch.zeros(DIM)
    assert retrieve(bank, "ann lee", look).code.argmax() == 0
    assert coverage(bank, "a painting by ann lee") == coverage(bank, "Lee, Ann") == 1
    assert retrieve(bank, "Ann Loo", look).code.argmax() == 2 and coverage(bank, "Ann Loo") == 0
    assert retrieve(bank, "bridge", look).code.argmax() == 2
    few = searched(bank).style(*asked("Bob Ray", look))
    assert few.coverage == pytest.approx(1 / EXEMPLARS)
    assert list(few.remarks) == ["Bob Ray is known from too few pictures"]
    both = retrieve(bank, "Ann Lee mosaic", look)
    assert groups_of(both, [4, 5, 9]) == {0, 2}


def test_a_bank_of_one_picture() -> None:
    bank = StyleBank(DIM, 1, ["a photo"], 6)
    bank.set_codes(torch.ones(1, DIM))
    bank.set_captions([[0]], embed_words(["a photo"]))
    found = retrieve(bank, "mosaic", torch.zeros(DIM), mode=3)
    assert found.exemplars == [0] and len(found.neighbours) == 1


def test_captions_are_numbered_in_16_bits() -> None:
    captions = [str(number) for number in range(MAX_CAPTIONS)]
    assert MAX_CAPTIONS == 32767
    with pytest.raises(ValueError, match="at most 32767 can"):
        StyleBank(DIM, 1, [*captions, "one more"], 1)
    bank = StyleBank(DIM, 2, captions, 1)
    embeddings = torch.zeros(MAX_CAPTIONS, 384)
    embeddings[0], embeddings[-1] = embed_words(["mosaic", "drawing"])
    bank.set_codes(torch.eye(DIM)[:2])
    bank.set_captions([[0], [MAX_CAPTIONS - 1]], embeddings)
    found = retrieve(bank, "drawing", torch.zeros(DIM))
    assert found.neighbours[0][0] == captions[-1]
    assert bank.caption_indices[1].item() == MAX_CAPTIONS - 1


def test_marks_are_those_of_most_exemplars(bank: StyleBank) -> None:
    """Of a mixture, they are mixed."""
    shown = torch.zeros(len(GROUPS), MEMBERS, 2)
    shown[2, :, 0], shown[3, :, 1] = 1.0, 0.5  # glass, tiles
    shown[2, 0, 1] = 1.0  # one of glass
    bank.set_marks(shown.flatten(0, 1))
    search, look = searched(bank), torch.zeros(DIM)
    glass = search.style(*asked("stained glass", look)).marks
    assert glass == pytest.approx({"glass": 1.0, "tiles": 0.0})
    both = search.style(*asked("stained glass, mosaic", look)).marks
    assert both == pytest.approx({"glass": 0.5, "tiles": 0.25})


def test_pictures_that_suit_the_photo_are_preferred(bank: StyleBank) -> None:
    """Of five alike mosaics, the one that is blue above and green below."""
    blue, green = np.array([[0.2, 0.4, 0.9], [0.2, 0.6, 0.2]], dtype=np.float32)
    photo = np.concatenate(
        [np.tile(colour[:, None, None], (1, 8, 12)) for colour in (blue, green)], 1
    )
    bank.set_codes(2 * torch.eye(DIM)[: len(GROUPS)].repeat_interleave(MEMBERS, 0))
    rows = torch.from_numpy(parts_of(1 - photo)).repeat(len(GROUPS) * MEMBERS, 1, 1)
    rows[3 * MEMBERS + 2] = torch.from_numpy(parts_of(photo))
    bank.set_parts(rows)
    search = replace(searched(bank), rules=Rules(exemplars=1))
    prompt = asked("mosaic", torch.zeros(DIM))
    chosen = search.style(*prompt, photo=photo)
    np.testing.assert_allclose(chosen.paintings[0][1][0], rows[3 * MEMBERS + 2].round())
    usual = search.style(*prompt)
    np.testing.assert_allclose(usual.paintings[0][1][0], rows[0].round())


def test_a_saved_bank_answers_alike(bank: StyleBank, tmp_path: Path) -> None:
    search = searched(bank)
    search.save(tmp_path / "bank.npz")
    again = Bank.load(tmp_path / "bank.npz")
    prompt = asked("stained glass, mosaic wood", torch.ones(DIM))
    one, other = search.style(*prompt, 1), again.style(*prompt, 1)
    assert np.array_equal(one.condition, other.condition) and one.marks == other.marks
    assert one.neighbours == other.neighbours and one.coverage == other.coverage


def test_rules_can_be_changed(bank: StyleBank) -> None:
    wide = replace(searched(bank), rules=Rules(exemplars=4))
    (exemplars,) = wide.exemplars(*asked("mosaic", torch.zeros(DIM)))
    assert len(exemplars) == 4


def test_prompts_are_cleaned() -> None:
    assert cleaned(" \udcff mosaic\n") == "? mosaic"
