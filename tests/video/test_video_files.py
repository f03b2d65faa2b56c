"""What a painted video has in common with the one it is made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

av = pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")

from tiny_videos import Glass, panned  # noqa: E402

from stylemamba.errors import StyleMambaError  # noqa: E402
from stylemamba.files.atomic import atomic_writer  # noqa: E402
from stylemamba.video import film  # noqa: E402
from stylemamba.video.clip import Clip  # noqa: E402
from stylemamba.video.muxing import check_suffix, write_video  # noqa: E402
from stylemamba.video.work import Work  # noqa: E402


def paint(
    source: Path, painter: Glass, name: str = "out.mp4", every: int = 2, **span: float
) -> tuple[Path, list[str]]:
    """A painted copy beside a video, and notes."""
    clip = Clip.of(source, **span)
    output = source.with_name(name)
    work = Work(output, {"every": every})
    film.paint_film(clip, painter, work, every, lambda done, count, picture: None)
    with atomic_writer(output) as file:
        notes = write_video(file, output, clip, work.packets(), '{"a": "recipe"}')
    work.remove()
    return output, notes


def packets(path: Path, kind: str) -> list[tuple[Any, ...]]:
    """Bytes and times of a stream."""
    with av.open(str(path)) as file:
        stream = next(stream for stream in file.streams if stream.type == kind)
        return [
            (bytes(packet), packet.pts * packet.time_base, packet.dts * packet.time_base)
            for packet in file.demux(stream)
            if packet.dts is not None
        ]


def frames(path: Path) -> list[Any]:
    with av.open(str(path)) as file:
        return list(file.decode(file.streams.video[0]))


def times(path: Path) -> list[Any]:
    return [frame.pts * frame.time_base for frame in frames(path)]


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv"])
def test_sound_is_copied_and_frames_keep_their_times(
    name: str, glass: Glass, make_video: Callable[..., Path]
) -> None:
    source = make_video(panned(0, 9))
    output, notes = paint(source, glass, name)
    assert not notes
    ours, theirs = packets(output, "audio"), packets(source, "audio")
    assert [packet[0] for packet in ours] == [packet[0] for packet in theirs]
    assert len(times(output)) == 9
    # Matroska counts milliseconds from zero, so that what comes before moves all of it.
    tolerance = 0.001 if name.endswith("mkv") else 0
    late = times(output)[0] - times(source)[0]
    assert name.endswith("mkv") or not late
    before = [float(packet[1] + late) for packet in theirs]
    assert [float(packet[1]) for packet in ours] == pytest.approx(before, abs=tolerance)
    before = [float(time + late) for time in times(source)]
    assert [float(time) for time in times(output)] == pytest.approx(before, abs=tolerance)
    with av.open(str(output)) as file, av.open(str(source)) as original:
        assert file.metadata["comment" if "comment" in file.metadata else "COMMENT"]
        rates = (file.streams.video[0].average_rate, original.streams.video[0].average_rate)
        assert float(rates[0]) == pytest.approx(float(rates[1]), rel=0.02)


def with_subtitles(source: Path) -> Path:
    """A copy of a video with a line of text."""
    text, path = source.with_suffix(".srt"), source.with_suffix(".mkv")
    text.write_text("1\n00:00:00,100 --> 00:00:00,500\nOh, a duck\n")
    with av.open(str(source)) as shown, av.open(str(text)) as said, av.open(str(path), "w") as file:
        copied = []
        for original in (said, shown):
            copies = [file.add_stream_from_template(stream) for stream in original.streams]
            copied += [
                (packet, copies[packet.stream.index])
                for packet in original.demux()
                if packet.dts is not None
            ]
        for packet, copy in copied:
            packet.stream = copy
            file.mux(packet)
    return path


def test_subtitles_are_copied_or_missed_aloud(
    glass: Glass, make_video: Callable[..., Path]
) -> None:
    source = with_subtitles(make_video(panned(9, 6)))
    output, notes = paint(source, glass, "out.mkv")
    assert not notes
    assert packets(output, "subtitle")[0] == packets(source, "subtitle")[0]
    _, notes = paint(source, Glass(), "out.mp4")
    assert len(notes) == 1 and "use .mkv" in notes[0]


def test_variable_times_are_kept(glass: Glass, make_video: Callable[..., Path]) -> None:
    uneven = [0, 5, 20, 22, 60, 61]
    source = make_video(panned(1, 6), times=uneven, sound=False)
    output, _ = paint(source, glass)
    assert [round(100 * time) for time in times(output)] == uneven
    assert times(output) == times(source)


def test_rotation_is_kept_and_pictures_are_painted_upright(
    glass: Glass, make_video: Callable[..., Path]
) -> None:
    upright = panned(2, 3)
    source = make_video([np.rot90(frame, 1).copy() for frame in upright], rotation=-90)
    output, _ = paint(source, glass)
    assert frames(output)[0].rotation == frames(source)[0].rotation != 0
    assert glass.painted[0].shape == upright[0].shape
    assert np.abs(glass.painted[0].astype(float) - upright[0]).mean() < 10
    assert frames(output)[0].width == frames(source)[0].width


@pytest.mark.parametrize("matrix", [1, 6])
def test_tags_of_colours_are_kept(
    matrix: int, glass: Glass, make_video: Callable[..., Path]
) -> None:
    source = make_video(panned(3, 2), matrix=matrix)
    output, _ = paint(source, glass)
    tags = [
        (frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries)
        for frame in (frames(output)[0], frames(source)[0])
    ]
    assert tags[0] == tags[1] == (matrix, 1, matrix, matrix)
    shown = frames(output)[0].to_ndarray(format="rgb24").astype(float)
    wanted = Glass().paint(frames(source)[0].to_ndarray(format="rgb24"))
    assert abs((shown - wanted).mean((0, 1))).max() < 3


def test_a_part_begins_at_zero_with_the_sound_of_that_part(
    glass: Glass, make_video: Callable[..., Path]
) -> None:
    source = make_video(panned(4, 12))
    output, _ = paint(source, glass, start=0.25, end=0.75)
    assert len(times(output)) == 6 and times(output)[0] == 0
    ours = packets(output, "audio")
    inside = [packet for packet in packets(source, "audio") if 0.25 <= packet[1] < 0.75]
    assert [packet[0] for packet in ours] == [packet[0] for packet in inside]
    assert float(inside[0][1] - ours[0][1]) == pytest.approx(0.25, abs=1e-3)


def test_a_second_run_goes_on_and_the_file_is_that_of_one_run(
    glass: Glass, make_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film, "SEGMENT", 4)
    source = make_video([*panned(5, 6), *panned(6, 6)])
    whole, _ = paint(source, Glass(), "whole.mp4")
    glass.stop_after = 5
    with pytest.raises(KeyboardInterrupt):
        paint(source, glass)
    folder = next(source.parent.glob("out.mp4.work-*"))
    assert not source.with_name("out.mp4").exists()
    second = Glass()
    output, _ = paint(source, second)
    assert output.read_bytes() == whole.read_bytes()
    assert 0 < len(second.painted) < 8  # it did not begin anew
    assert not folder.exists()


def test_a_damaged_state_is_as_good_as_none(
    glass: Glass, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    clip = Clip.of(make_video(panned(7, 3)))
    work = Work(tmp_path / "out.mp4", {})
    film.paint_film(clip, glass, work, 1, lambda done, count, picture: None)
    assert Work(tmp_path / "out.mp4", {}).segments == 1
    next(work.folder.glob("state-*")).write_bytes(b"PK damaged")
    assert Work(tmp_path / "out.mp4", {}).state is None


def test_files_that_are_no_videos_are_refused_in_a_line(
    tmp_path: Path, make_video: Callable[..., Path]
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    for path in (broken, tmp_path / "missing.mp4"):
        with pytest.raises(StyleMambaError, match="cannot be read as a video"):
            Clip.of(path)
    with pytest.raises(StyleMambaError, match="between start and end"):
        Clip.of(make_video(panned(8, 3)), 5)
    with pytest.raises(StyleMambaError, match="written as"):
        check_suffix(Path("out.avi"))
