"""Frames as packets of H.264, a segment at a time.

Every segment begins with a key frame and has no frames that wait for later ones: so segments that
were made one by one, or by different runs, are one stream when they are put behind each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.codec.context import Flags
from numpy.typing import NDArray

from stylemamba.video.clip import Clip, Colours, Frame

CODEC = "libx264"
OPTIONS = {"crf": "18", "preset": "medium", "bf": "0"}
"""Marks are fine detail: at x264's usual quality, 23, they crumble."""
_BT601, _BT709, _FCC, _SMPTE240M, _BT2020 = 5, 1, 4, 7, 9
_MATRICES = {1: _BT709, 4: _FCC, 7: _SMPTE240M, 9: _BT2020, 10: _BT2020}
"""FFmpeg's numbers of colour matrices as those of its scaler; BT.601 for all others, as it does."""


@dataclass(frozen=True)
class Packets:
    """Encoded frames.

    Attributes:
        data: Of all packets, bytes.
        sizes: Of each, (n,).
        times: Of each, in the clip's time base, (n,).
        durations: Likewise, (n,).
        keys: Whether each can be decoded without others, (n,).
    """

    data: NDArray[np.uint8]
    sizes: NDArray[np.int64]
    times: NDArray[np.int64]
    durations: NDArray[np.int64]
    keys: NDArray[np.bool_]


def configure(context: Any, clip: Clip) -> None:
    """Sets an encoder up for a clip; those that are set up alike make one stream."""
    context.width, context.height = clip.width, clip.height
    context.pix_fmt = _pixel_format(clip)
    context.time_base, context.framerate = clip.time_base, clip.rate
    if clip.aspect:
        context.sample_aspect_ratio = clip.aspect
    context.colorspace, context.color_range = clip.colours.matrix, clip.colours.range
    context.color_trc, context.color_primaries = clip.colours.transfer, clip.colours.primaries
    context.options = dict(OPTIONS)
    context.flags |= Flags.global_header


def encoded(clip: Clip, frames: Iterable[Frame]) -> Packets:
    """Frames, upright, as packets of a segment."""
    context = av.CodecContext.create(CODEC, "w")
    configure(context, clip)
    packets: list[Any] = []
    durations = {}
    for frame in frames:
        durations[frame.time] = frame.duration
        packets += context.encode(_converted(clip, frame))
    packets += context.encode(None)
    contents = [bytes(packet) for packet in packets]
    return Packets(
        data=np.frombuffer(b"".join(contents), np.uint8),
        sizes=np.array([len(content) for content in contents]),
        times=np.array([packet.pts for packet in packets]),
        durations=np.array([durations[packet.pts] for packet in packets]),
        keys=np.array([packet.is_keyframe for packet in packets]),
    )


def _pixel_format(clip: Clip) -> str:
    """What every player shows; odd sides have no half."""
    return "yuv444p" if clip.width % 2 or clip.height % 2 else "yuv420p"


def _converted(clip: Clip, frame: Frame) -> Any:
    whole = av.VideoFrame.from_ndarray(clip.stored(frame.picture), format="rgb24")
    colours: Colours = clip.colours
    converted = whole.reformat(
        format=_pixel_format(clip),
        dst_colorspace=_MATRICES.get(colours.matrix, _BT601),
        dst_color_range=colours.range or None,
    )
    converted.pts, converted.time_base = frame.time, clip.time_base
    converted.colorspace, converted.color_range = colours.matrix, colours.range
    converted.color_trc, converted.color_primaries = colours.transfer, colours.primaries
    return converted
