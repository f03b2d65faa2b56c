"""A picture that moves with its shot: of paintings of single frames, each place of the latest one.

Blending every frame's painting with the one before, moved, would blur: it is sampled again and
again. So a canvas keeps the paintings, and for each of them only where its places are now; these
places move with the photo. A frame's picture is sampled once, out of the paintings themselves, and
every place keeps its painting until the photo shows something else there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from stylemamba.video.clip import Picture
from stylemamba.video.motion import Array, Motion, Small, difference, here, inside, motion, moved

MOST = 8
"""Paintings that a canvas is made of, unless told otherwise."""
UNSEEN = 0.01
"""Share of the frame that is in no painting from which the frame itself is painted."""
FAINT = 0.002  # weight below which a source is not looked at
DOUBTFUL = 0.5
"""Of the difference that is allowed, where motion is not reliable."""
LEAST = 0.0005
"""Share of the frame below which nothing is painted anew, and no painting is kept."""
HALF = 0.5
SPECK = 3  # side in pixels of what is too small to be painted anew
AROUND = 1 / 70
"""By which what is painted anew is widened, in longer sides: strokes reach across edges, and what
lay beside a thing that has moved on has some of its paint."""
NEAR_SPECKS, LEAK = 4.0, np.float32(1e-3)
"""Deviation in pixels of the window around specks, and what it counts elsewhere."""
SEAM = 1.2  # deviation in pixels of the seam between two paintings
FIRM = 1.5  # power that keeps seams from widening as they move
STRETCHED = 0.45
"""Pixels of a painting for one of the picture below which it is too coarse."""
SHARPEN, SHARPEST = 0.8, 0.6
"""Deviation in pixels of the window that finest detail is told by, and how much of it is added."""
REACH = 1 / 16
"""Deviation of the window in which colours of two paintings are compared, in longer sides."""
TAKEN = 0.5
"""Of the difference of their colours, what a new one takes on. With all of it, what paintings have
at their borders adds up, strip by strip, while a camera pans."""


@dataclass(frozen=True)
class Painting:
    """One frame, painted.

    Attributes:
        picture: (h, w, 3).
        photo: What it was made of, small.
        rest: How much of the photo is to stay, of the small photo's size; None for nothing.
    """

    picture: Picture
    photo: Small
    rest: Array | None = None

    @cached_property
    def detail(self) -> Array:
        """How fine it is, (h, w)."""
        return _detail(self.picture)


@dataclass(frozen=True)
class Source:
    """A painting in a canvas; maps have the size of small photos.

    Attributes:
        painting: What it is.
        places: Where each place of the canvas is in it, (h, w, 2), x before y.
        weight: How much of each place it makes, (h, w): with the others' 1.
    """

    painting: Painting
    places: Array
    weight: Array


Mask = NDArray[np.bool_]
Paint = Callable[[], Painting]


class Canvas:
    """The picture of a shot, from frame to frame.

    Args:
        sources: Of the frame before; none at the beginning of a shot.
        most: Paintings that it is made of; of more, the one that is seen least is given up.
    """

    def __init__(self, sources: tuple[Source, ...] = (), most: int = MOST) -> None:
        self.sources, self._most = sources, most

    def begin(self, painting: Painting) -> None:
        """A shot's first frame is its painting."""
        small = painting.photo
        self.sources = (Source(painting, here(small), np.ones(small.luma.shape, np.float32)),)

    def advance(
        self,
        photo: Small,
        way: Motion,
        ahead: Callable[[], Painting | None],
        now: Paint | None = None,
    ) -> None:
        """Goes on to the next frame.

        Args:
            photo: The frame.
            way: From it into the frame before.
            ahead: Paints this frame or one soon after, in which what is new is seen; it is asked
                where something is, and hands back the same painting until that frame has come;
                None if there is none yet.
            now: Paints this frame; it is asked where much is seen now only. None where there is no
                time for that: what is lost shows what was near it.
        """
        kept = [_advanced(source, way) for source in _seen_most(self.sources, self._most)]
        shown = np.sum([_kept(source, photo, way) for source in kept], axis=0)
        lost = _lost(shown)
        painting = ahead() if lost.mean() >= LEAST else None
        if painting is not None:
            kept, lost = _with(painting, kept, photo, lost)
            if now is not None and lost.mean() >= UNSEEN:
                kept, _ = _with(now(), kept, photo, lost)
        self.sources = _settled(kept)

    def picture(self) -> Picture:
        """What the frame looks like, (h, w, 3)."""
        return _composed(self.sources)

    def over(self, frame: Picture) -> Picture:
        """The picture, with what is to stay of the frame (h, w, 3) itself."""
        picture = self.picture()
        if any(source.painting.rest is None for source in self.sources):
            return picture
        rest = sum(source.weight * moved(_rest(source), source.places) for source in self.sources)
        share = cv2.resize(rest, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)[..., None]
        mixed = picture + share * (frame.astype(np.float32) - picture)
        whole: Picture = mixed.round().clip(0, 255).astype(np.uint8)
        return whole


def _rest(source: Source) -> Array:
    assert source.painting.rest is not None
    return source.painting.rest


def _with(
    painting: Painting, sources: list[Source], photo: Small, lost: Mask
) -> tuple[list[Source], Mask]:
    """Sources with a painting where something is lost, and what is not seen in it either."""
    places, seen = _found(painting.photo, photo)
    missing = lost | (_widened(lost) & seen)
    seam = cv2.GaussianBlur(missing.astype(np.float32), (0, 0), SEAM).clip(0, 1)
    rest = 1 - seam
    older = [replace(source, weight=source.weight * rest) for source in sources]
    for place, source in enumerate(older):
        if source.painting.photo is painting.photo:
            older[place] = replace(source, places=places, weight=source.weight + seam)
            break
    else:
        painting = _matched(painting, _composed(_settled(sources)), photo, missing)
        older.append(Source(painting, places, seam))
    return older, lost & ~seen


def _found(into: Small, photo: Small) -> tuple[Array, Mask]:
    """Where the places of a frame are in another, (h, w, 2), and which of them are seen there.

    Beside what moves, motion is vague: what stands still there is found where it is.
    """
    way = motion(into, photo)
    seen = difference(photo, moved(into.picture, way.places)) < _limit(way)
    seen &= inside(way.places)
    still = ~seen & (difference(photo, into.picture) < DOUBTFUL)
    return np.where(still[..., None], here(photo), way.places), seen | still


def _matched(painting: Painting, canvas: Picture, photo: Small, missing: Mask) -> Painting:
    """A painting in the colours of the canvas of another frame, as far as both show the same."""
    way = motion(photo, painting.photo)
    height, width = photo.luma.shape
    small = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    same = way.reliable & (difference(painting.photo, moved(photo.picture, way.places)) < 1)
    trusted = same * moved(1 - missing.astype(np.float32), way.places)
    return replace(painting, picture=matched(painting.picture, moved(small, way.places), trusted))


def matched(painting: Picture, canvas: Picture, trusted: Array) -> Picture:
    """A painting in colours nearer to a canvas, where both show the same, and around there.

    Painted alone, every frame would have a palette a little of its own, and seams would show.

    Args:
        painting: (h, w, 3).
        canvas: (h', w', 3), of the same frame.
        trusted: Where it shows the same, (h', w'), 0 to 1.
    """
    size = trusted.shape[1::-1]
    small = cv2.resize(painting, size, interpolation=cv2.INTER_AREA)
    weight = trusted[..., None].astype(np.float32) + np.float32(1e-4)
    apart = weight * (canvas.astype(np.float32) - small)
    mean = apart.sum((0, 1)) / weight.sum((0, 1))
    reach = REACH * max(size)
    sums = cv2.GaussianBlur(np.concatenate([apart, weight], axis=2), (0, 0), reach)
    faint = np.float32(0.02)
    shift = (sums[..., :3] + faint * mean) / (sums[..., 3:] + faint)
    shift = cv2.resize(shift, painting.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    changed: Picture = (painting + np.float32(TAKEN) * shift).round().clip(0, 255).astype(np.uint8)
    return changed


def _advanced(source: Source, way: Motion) -> Source:
    weight = moved(source.weight, way.places) ** FIRM * inside(way.places)
    return replace(source, places=moved(source.places, way.places), weight=weight)


def _kept(source: Source, photo: Small, way: Motion) -> Array:
    """The weight of a source where it still shows what the photo does."""
    there = moved(source.painting.photo.picture, source.places)
    fine = _area(source.places) > STRETCHED
    kept: Array = source.weight * ((difference(photo, there) < _limit(way)) & fine)
    return kept


def _limit(way: Motion) -> Array:
    """Of differences of photos, up to which both show the same, (h, w)."""
    return np.where(way.reliable, np.float32(1), np.float32(DOUBTFUL))


def _area(places: Array) -> Array:
    """Pixels that one pixel covers in a painting, (h, w)."""
    down, right = np.gradient(places, axis=0), np.gradient(places, axis=1)
    return np.abs(right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0])


def _lost(shown: Array) -> Mask:
    """What has to be painted anew, (h, w), without specks."""
    speck = np.ones((SPECK, SPECK), np.uint8)
    lost: Mask = cv2.morphologyEx((shown < HALF).astype(np.uint8), cv2.MORPH_OPEN, speck) > 0
    return lost


def _widened(lost: Mask) -> Mask:
    """With what is around it."""
    side = 2 * round(AROUND * max(lost.shape)) + 1
    wide: Mask = cv2.dilate(lost.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    return wide


def _seen_most(sources: tuple[Source, ...], most: int) -> list[Source]:
    """Those that a canvas goes on with; the places of the others are painted anew."""
    order = sorted(sources, key=lambda source: -float(source.weight.mean()))[:most]
    return [source for source in order if source.weight.mean() >= LEAST] or order[:1]


def _settled(sources: list[Source]) -> tuple[Source, ...]:
    """Sources with weights that sum to one; specks that none has left take what is around them."""
    weights = np.stack([source.weight for source in sources], axis=-1)
    around = cv2.GaussianBlur(weights, (0, 0), NEAR_SPECKS).reshape(weights.shape)
    weights = weights + LEAK * around + np.float32(1e-9)
    weights /= weights.sum(-1, keepdims=True)
    return tuple(
        replace(source, weight=np.ascontiguousarray(weights[..., place]))
        for place, source in enumerate(sources)
    )


def _composed(sources: Iterable[Source]) -> Picture:
    """The picture (h, w, 3) that sources make, as fine as they are themselves."""
    sources = tuple(sources)
    total = np.zeros(sources[0].painting.picture.shape, np.float32)
    wanted = sum(_add(source, total) for source in sources)
    return _as_fine(total, wanted / total[..., 0].size)


def _add(source: Source, total: Array) -> float:
    """Adds what a source shows, by its weight, to a picture (h, w, 3).

    Returns:
        The sum of its detail there.
    """
    size = total.shape[1::-1]
    weight = cv2.resize(source.weight, size, interpolation=cv2.INTER_LINEAR)
    rows, columns = (np.flatnonzero(weight.max(axis) > FAINT) for axis in (1, 0))
    if not len(rows):
        return 0.0
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = np.array(size, np.float32) / np.array(source.places.shape[1::-1], np.float32)
    # Places are centres of pixels: those of both sizes are half a pixel from the border.
    places = (cv2.resize(source.places, size, interpolation=cv2.INTER_LINEAR) + 0.5) * scale - 0.5
    places, weight = np.ascontiguousarray(places[part]), weight[part]
    there = moved(source.painting.picture, places, cv2.INTER_LANCZOS4)
    total[part] += weight[..., None] * there
    return float((weight * moved(source.painting.detail, places)).sum())


def _as_fine(picture: Array, wanted: float) -> Picture:
    """A picture (h, w, 3) of a mean detail: between pixels, some is lost."""
    sharper = picture + (picture - cv2.GaussianBlur(picture, (0, 0), SHARPEN))
    now, most = float(_detail(picture).mean()), float(_detail(sharper).mean())
    share = min(max((wanted - now) / max(most - now, 1e-3), 0.0), SHARPEST)
    done = picture + np.float32(share) * (sharper - picture)
    return done.round().clip(0, 255).astype(np.uint8)


def _detail(picture: Picture | Array) -> Array:
    """|Laplacian| of the luma of a picture (h, w, 3), (h, w)."""
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.abs(cv2.Laplacian(luma, cv2.CV_32F))
