from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.errors import StyleMambaError
from stylemamba.training.fusion.data import FusionDataset
from stylemamba.training.fusion.pictures import Packed, Pictures, make_pack
from stylemamba.training.fusion.styles import StyleSampler, Texts
from stylemamba.training.fusion.teachers import Teachers
from stylemamba.training.pack import Pack, writing_pack

pytestmark = pytest.mark.usefixtures("no_processes")


def pack(data: Path, out: Path, **options: Any) -> Packed:
    return make_pack([data / "photos"], [data / "paintings", data / "media"], out, **options)


def draws(pictures: Pictures, sampler: StyleSampler, workers: int) -> list[Any]:
    data = FusionDataset(
        pictures.contents, pictures.styles, sampler, photos=2, seed=0, factor=4, sides=(32,)
    )
    return list(DataLoader(data, sampler=range(6), batch_size=None, num_workers=workers))


def test_the_same_draws_from_a_pack_as_from_folders(
    tiny_data: Path, tiny_artlip: ArtLIP, tmp_path: Path
) -> None:
    packed = pack(tiny_data, tmp_path / "data.pack", part=100)
    assert packed.pictures == 16 and packed.skipped == 0 and len(packed.paths) > 30
    folders = Pictures.of_folders(
        [tiny_data / "photos"], [tiny_data / "paintings", tiny_data / "media"]
    )
    found = Pictures.of_pack(packed.paths[0])
    for mine, theirs in zip(vars(found).values(), vars(folders).values(), strict=True):
        assert [picture.stem for picture in mine] == [path.stem for path in theirs]
    teachers = Teachers(tiny_artlip, EmbeddedAutoencoder(4, 16, 1), tiny_artlip)
    sampler = StyleSampler(Texts.of_bank(tiny_artlip, teachers), of_pictures=True)
    expected = draws(folders, sampler, 0)
    for one, other in zip(draws(found, sampler, 2), expected, strict=True):
        assert torch.equal(one.contents, other.contents)
        assert torch.equal(one.strokes, other.strokes)
        assert torch.equal(one.style_pictures, other.style_pictures)
        assert one.generator_seed == other.generator_seed
    assert sum(len(draw.style_pictures) for draw in expected)


def test_parts_are_the_file_and_bytes_are_the_same_again(tiny_data: Path, tmp_path: Path) -> None:
    whole = pack(tiny_data, tmp_path / "whole.pack")
    again = pack(tiny_data, tmp_path / "again.pack")
    cut = pack(tiny_data, tmp_path / "cut.pack", part=1500)
    assert whole.paths == [tmp_path / "whole.pack"]
    content = whole.paths[0].read_bytes()
    assert content == again.paths[0].read_bytes() and len(content) == whole.size == cut.size
    parts = [path.read_bytes() for path in cut.paths]
    assert b"".join(parts) == content
    assert {len(part) for part in parts[:-1]} == {1500}
    assert cut.paths[0].name == "cut.pack.001"
    assert Pack(tmp_path / "cut.pack").paths == cut.paths == Pack(cut.paths[0]).paths


def test_a_part_that_is_missing_or_of_another_pack(tiny_data: Path, tmp_path: Path) -> None:
    paths = pack(tiny_data, tmp_path / "data.pack", part=1500).paths
    last, first = paths[-1].read_bytes(), paths[0].read_bytes()
    paths[-1].unlink()
    with pytest.raises(StyleMambaError, match=r"data\.pack\.001: is cut short"):
        Pack(paths[0])
    paths[-1].write_bytes(last[1:])
    with pytest.raises(StyleMambaError, match="is cut short"):
        Pack(paths[0])
    paths[-1].write_bytes(last)
    paths[0].write_bytes(first[:-1] + b"?")
    found = Pictures.of_pack(paths[0])
    with pytest.raises(StyleMambaError, match=r"\.png in it is damaged"):
        for picture in (*found.contents, *found.styles, *found.samples):
            picture.read()
    with pytest.raises(StyleMambaError, match="no such file"):
        Pack(tmp_path / "other.pack")
    (tmp_path / "other.pack").write_bytes(b"PK\x03\x04")
    with pytest.raises(StyleMambaError, match="is not a pack"):
        Pack(tmp_path / "other.pack")


def test_larger_pictures_are_reduced_and_damaged_ones_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    Image.fromarray(noise).save(folder / "a.png")
    Image.fromarray(noise[:40]).save(folder / "b.png")
    (folder / "c.png").write_bytes((folder / "a.png").read_bytes()[:300])
    packed = make_pack([folder], [folder], tmp_path / "data.pack", side=48)
    assert (packed.pictures, packed.skipped) == (2, 1)
    assert "c.png: is damaged" in capsys.readouterr().err
    found = Pictures.of_pack(tmp_path / "data.pack")
    assert [picture.name for picture in found.styles] == ["mixed/a.png", "mixed/b.png"]
    assert found.contents == found.styles == found.samples
    reduced, copied = (picture.read() for picture in found.contents)
    assert reduced.size == (72, 48)
    np.testing.assert_array_equal(np.asarray(copied), noise[:40])


def test_nothing_is_left_of_a_pack_that_is_not_finished(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), writing_pack(tmp_path / "data.pack", 10) as writer:
        writer.add("a.png", b"x" * 100)
        raise KeyboardInterrupt
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.png").write_bytes(b"no picture")
    with pytest.raises(StyleMambaError, match="bad: no picture can be read"):
        make_pack([tmp_path / "bad"], [tmp_path / "bad"], tmp_path / "data.pack")
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


def test_it_takes_the_place_of_an_earlier_pack_and_of_nothing_else(
    tiny_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "data.pack"
    assert len(pack(tiny_data, out, part=1000).paths) > len(pack(tiny_data, out, part=2500).paths)
    assert Pack(out).size == pack(tiny_data, out).size
    assert [path.name for path in tmp_path.iterdir()] == ["data.pack"]
    pack(tiny_data, out, part=1 << 20)
    assert [path.name for path in tmp_path.iterdir()] == ["data.pack.001"]
    out.write_text("something else")
    with pytest.raises(StyleMambaError, match="is not a pack; choose another name"):
        pack(tiny_data, out)
    assert out.read_text() == "something else"
