"""The finished file: painted pictures beside the sound and text of the video they are made of."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from fractions import Fraction
from operator import itemgetter
from pathlib import Path
from typing import Any

import av

from stylemamba.errors import StyleMambaError
from stylemamba.progress import Cancelled
from stylemamba.video.clip import Clip, opened
from stylemamba.video.encoding import CODEC, Packets, configure
from stylemamba.video.formats import FORMATS, is_video_name

COPIED = ("audio", "subtitle")
Timed = tuple[Fraction, Any]
"""When a packet is decoded, in seconds, and the packet."""


def check_suffix(path: Path) -> None:
    """Makes sure that a video can be written under that name.

    Raises:
        StyleMambaError: It has another extension.
    """
    if not is_video_name(path):
        raise StyleMambaError(f"{path}: videos are written as {', '.join(FORMATS)}")


def read_comment(path: Path) -> str | None:
    """The text that `write_video` left in a video's metadata; None if there is none.

    Raises:
        StyleMambaError: It cannot be read.
    """
    with opened(path) as source:
        found = {name.lower(): text for name, text in source.metadata.items()}
    return found.get("comment")


def write_video(
    file: Any,
    path: Path,
    clip: Clip,
    segments: Iterable[Packets],
    comment: str | None,
    strip: bool = False,
) -> list[str]:
    """Writes a video.

    Args:
        file: To write to; it has `write`, `seek` and `tell`.
        path: What it will be called.
        clip: What it is made of: sound and text are copied, packet by packet.
        segments: Its pictures. Where they end with `Cancelled`, so does the video.
        comment: A text for its metadata.
        strip: Leave out the clip's own metadata.

    Returns:
        Notes on what could not be kept.

    Raises:
        StyleMambaError: It cannot be written, or the clip cannot be read.
        Cancelled: There are no pictures yet.
    """
    notes: list[str] = []
    with opened(clip.path) as source:
        name = FORMATS[path.suffix.lower()]
        with av.open(file, "w", format=name) as target:
            if not strip:
                target.metadata.update(source.metadata)
            if comment is not None:
                target.metadata["comment"] = comment
            pictures = target.add_stream(CODEC, rate=clip.rate)
            configure(pictures.codec_context, clip)
            pictures.time_base = clip.time_base
            if clip.rotation:
                pictures.set_display_rotation(clip.rotation)
            copies = _copies(source, target, path, strip, notes)
            target.start_encoding()
            painted = _painted(segments, clip, pictures)
            copied = _copied(source, copies, clip)
            is_begun = False
            try:
                for _, packet in heapq.merge(painted, copied, key=itemgetter(0)):
                    target.mux(packet)
                    is_begun |= packet.stream is pictures
            except Cancelled:
                if not is_begun:
                    raise
    return notes


def _copies(source: Any, target: Any, path: Path, strip: bool, notes: list[str]) -> dict[int, Any]:
    """Streams of the target by the index of the one that they copy."""
    copies = {}
    for stream in source.streams:
        if stream.type not in COPIED:
            continue
        try:
            copy = target.add_stream_from_template(stream)
        except (ValueError, av.FFmpegError):
            kind = stream.codec_context.name if stream.codec_context else "unknown"
            notes.append(f"{path.suffix} has no room for {kind} {stream.type}: left out; use .mkv")
            continue
        if not strip:
            copy.metadata.update(stream.metadata)
        copies[stream.index] = copy
    return copies


def _painted(segments: Iterable[Packets], clip: Clip, stream: Any) -> Iterator[Timed]:
    offset = _offset(clip)
    for segment in segments:
        start = 0
        rows = zip(segment.sizes, segment.times, segment.durations, segment.keys, strict=True)
        for size, time, duration, key in rows:
            packet = av.Packet(segment.data[start : start + size].tobytes())
            start += size
            packet.stream, packet.time_base = stream, clip.time_base
            packet.pts = packet.dts = int(time) - offset
            packet.duration, packet.is_keyframe = int(duration), bool(key)
            yield packet.pts * clip.time_base, packet


def _copied(source: Any, copies: dict[int, Any], clip: Clip) -> Iterator[Timed]:
    """Packets of sound and text within the clip's times; they are not decoded."""
    if not copies:
        return
    begin = clip.first * clip.time_base
    end = None if clip.last is None else clip.last * clip.time_base
    offset = _offset(clip) * clip.time_base
    for packet in source.demux([source.streams[index] for index in copies]):
        if packet.dts is None:  # what a flush returns
            continue
        if packet.pts is None:
            packet.pts = packet.dts
        time = packet.pts * packet.time_base
        if (offset and time < begin) or (end is not None and time >= end):
            continue
        shift = round(offset / packet.time_base)
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = copies[packet.stream.index]
        yield packet.dts * packet.time_base, packet


def _offset(clip: Clip) -> int:
    """What is taken from all times: without --start, a copy has those of the original."""
    return clip.first if clip.cut else 0
