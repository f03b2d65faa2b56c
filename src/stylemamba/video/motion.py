"""Where each place of a frame was in another one, and whether that can be relied on.

Sources: dense inverse search, Kroeger et al., "Fast Optical Flow using Dense Inverse Search"
(2016); the check forward and backward is that of Sundaram et al., "Dense Point Trajectories by
GPU-Accelerated Large Displacement Optical Flow" (2010).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from stylemamba.video.clip import Picture

Array = NDArray[np.float32]
Maps = TypeVar("Maps", bound=NDArray[Any])

SIDE = 540
"""Longer side in pixels of the copies of frames on which motion is found."""
STILL = np.float32(0.06)
"""Motion in pixels below which there is none: summed over frames, noise would drift."""
FAR, NEAR = 0.01, 0.5
"""There and back again ends within FAR of the squared ways, and NEAR squared pixels."""
DIFFERENT = 0.07
"""Difference of two photos at a place, 0 to 1, from which they show two things there."""
STEEP = 0.3
"""Of the photo's own change from pixel to pixel, which half a pixel of error may well show."""
SMOOTH = 5  # side in pixels of the window that differences are averaged in
CHANGED, RECOLOURED = 0.55, 0.3
"""Shares of the frame that is not found again, and of the colours that are others, in a cut."""
BINS = 8  # of a channel, for colours


@dataclass(frozen=True)
class Small:
    """A copy of a frame on which motion is found.

    Attributes:
        picture: (h, w, 3), RGB.
        luma: (h, w), likewise of 8 bits.
    """

    picture: Picture
    luma: Picture

    @classmethod
    def of(cls, frame: Picture) -> Small:
        """Of a frame (h, w, 3); at most `SIDE` on the longer side."""
        scale = min(1.0, SIDE / max(frame.shape[:2]))
        size = [max(1, round(scale * side)) for side in frame.shape[1::-1]]
        return cls.at(cv2.resize(frame, size, interpolation=cv2.INTER_AREA))

    @classmethod
    def at(cls, picture: Picture) -> Small:
        """Of a picture of that size already."""
        return cls(picture, cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


@dataclass(frozen=True)
class Motion:
    """From one frame back into another.

    Attributes:
        places: Where each place of the one was in the other, (h, w, 2), x before y, in pixels.
        reliable: Whether it was there at all, (h, w): not hidden, and not outside.
    """

    places: Array
    reliable: NDArray[np.bool_]


def motion(into: Small, of: Small) -> Motion:
    """Where the places of a frame were in another one."""
    if into is of:
        return Motion(here(of), np.ones(of.luma.shape, np.bool_))
    back, forth = _flow(of, into), _flow(into, of)
    back[np.hypot(back[..., 0], back[..., 1]) < STILL] = 0
    places = here(of) + back
    again = moved(forth, places)
    apart = np.square(back + again).sum(-1)
    ways = np.square(back).sum(-1) + np.square(again).sum(-1)
    return Motion(places, (apart < FAR * ways + NEAR) & inside(places))


def here(small: Small) -> Array:
    """Every place itself, (h, w, 2), x before y."""
    height, width = small.luma.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([x, y], axis=-1)


def inside(places: Array) -> NDArray[np.bool_]:
    """Which places (h, w, 2) are in a frame of that size, to half a pixel."""
    height, width = places.shape[:2]
    x, y = places[..., 0], places[..., 1]
    found: NDArray[np.bool_] = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    return found


def moved(maps: Maps, places: Array, interpolation: int = cv2.INTER_LINEAR) -> Maps:
    """Maps (h, w, ...) at other places (h', w', 2); at the border, borders are repeated."""
    result: Maps = cv2.remap(maps, places, None, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return result


def difference(photo: Small, other: Picture) -> Array:
    """How far two photos of one size are from showing the same, (h, w): at 1 they do not.

    Args:
        photo: What is seen.
        other: What should be, (h, w, 3).
    """
    red, green, blue = cv2.split(cv2.absdiff(photo.picture, other))
    apart = cv2.max(cv2.max(red, green), blue).astype(np.float32) / 255  # faster than NumPy's
    light = photo.luma.astype(np.float32) / 255
    slope = cv2.morphologyEx(light, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    unlike = cv2.blur(apart, (SMOOTH, SMOOTH))
    result: Array = unlike / (DIFFERENT + STEEP * cv2.blur(slope, (SMOOTH, SMOOTH)))
    return result


def is_cut(before: Small, after: Small, way: Motion) -> bool:
    """Whether a frame begins another shot.

    Args:
        before: The frame before it.
        after: The frame.
        way: From it into the frame before.
    """
    seen = way.reliable & (difference(after, moved(before.picture, way.places)) < 1)
    if 1 - seen.mean() < CHANGED:
        return False
    colours = [_histogram(small.picture) for small in (before, after)]
    return bool(np.abs(colours[0] - colours[1]).sum() / 2 > RECOLOURED)


def _histogram(picture: Picture) -> NDArray[np.float64]:
    """Shares of colours, (`BINS`^3,)."""
    level = picture.reshape(-1, 3).astype(np.int64) * BINS // 256
    number = level @ np.array([BINS * BINS, BINS, 1])
    return np.bincount(number, minlength=BINS**3) / len(number)


def _flow(first: Small, second: Small) -> Array:
    """Motion (h, w, 2) from the first frame into the second, in pixels."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found: Array = search.calc(first.luma, second.luma, None)
    return found
