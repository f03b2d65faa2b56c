"""Sample sheets of a training run: fixed photos and prompts, one pass each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.base import StyleEncoder
from stylemamba.files.contact_sheet import draw_contact_sheet
from stylemamba.files.images import fit_size, resize, to_pil, to_tensor, write_image
from stylemamba.fusion.network import StyleFusion
from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level
from stylemamba.painting.one_pass import OnePass
from stylemamba.training.data import Picture, read_rgb

PROMPTS = (
    "ukiyo-e woodblock print",
    "Vincent van Gogh",
    "pencil sketch",
    "cubism",
    "watercolour",
    "mosaic",
    "pointillism",
    "neon light",
)
PHOTOS = 6
SIZE = 256


def draw_samples(
    encoder: StyleEncoder,
    autoencoder: ImageAutoencoder,
    fusion: StyleFusion,
    pictures: Sequence[Picture],
    path: Path,
) -> None:
    """Writes a sheet of some of the photos times prompts.

    Args:
        encoder: Of the prompts.
        autoencoder: Of the photos.
        fusion: Left in the mode in which it came.
        pictures: Photos.
        path: Of the sheet; its folder is made.

    Raises:
        StyleMambaError: A photo cannot be read or the sheet not be written.
    """
    chosen = pictures[:: max(1, len(pictures) // PHOTOS)][:PHOTOS]
    photos = [read_rgb(picture) for picture in chosen]
    photos = [resize(photo, fit_size(photo.size, SIZE)) for photo in photos]
    rows = [photos]
    was_training = fusion.training
    level = Level(autoencoder, fusion.eval())
    images = [to_tensor(photo).to(next(fusion.parameters()).device) for photo in photos]
    for prompt in PROMPTS:
        painter = OnePass(level, Layers.of(encoder.style(prompt)).to(images[0].device))
        rows.append([to_pil(painter.paint(image)) for image in images])
    fusion.train(was_training)
    sheet = draw_contact_sheet(
        rows, rows=["photo", *PROMPTS], columns=[picture.stem for picture in chosen], cell=SIZE
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(sheet, path)
