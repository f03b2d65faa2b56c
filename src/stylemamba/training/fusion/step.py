"""One step of the training of style fusion: photos painted, and their losses."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from stylemamba.painting.simplify import simplify
from stylemamba.runtime.precision import fast_autocast
from stylemamba.training.fusion.data import STYLES, Draw, unit
from stylemamba.training.fusion.objective import Painted, fusion_losses
from stylemamba.training.fusion.styles import styles_of
from stylemamba.training.fusion.teachers import Teachers


def step_losses(
    teachers: Teachers,
    model: nn.Module,
    draw: Draw,
    source: Tensor,
    weights: Mapping[str, float],
) -> dict[str, Tensor]:
    """The losses of one draw, as `fusion_losses`; nothing in it waits for a GPU.

    Args:
        teachers: On the device of all tensors.
        model: The style fusion.
        draw: Photos and styles.
        source: (1, d), E_T of "a photo".
        weights: Of the losses.
    """
    # Content is what is left of the photo: the rest would have to come back as marks.
    crops = simplify(unit(draw.contents), teachers.autoencoder.factor)
    target = styles_of(teachers, draw.styles, unit(draw.style_pictures))
    painted = _paint(teachers, model, crops, draw, target.condition)
    generator = torch.Generator().manual_seed(draw.generator_seed)
    return fusion_losses(teachers, painted, target, source, generator, weights)


def _paint(
    teachers: Teachers, model: nn.Module, crops: Tensor, draw: Draw, conditions: Tensor
) -> Painted:
    """Crops (p, 3, h, w) under the `STYLES` p conditions, and the mirror images of the first."""
    photos, mirrors = len(crops), len(draw.mirrored_strokes)
    with fast_autocast(crops.device):
        with torch.no_grad():
            both = teachers.autoencoder.encode(torch.cat([crops, crops[:mirrors].flip(-1)]))
        latents, mirrored = both.split([photos, mirrors])
        # One style of each photo: the mirror image is for its colours alone.
        bent = model(
            torch.cat([*[latents] * STYLES, mirrored]),
            torch.cat([conditions, conditions[:mirrors]]),
            torch.cat([*[draw.strokes] * STYLES, draw.mirrored_strokes]),
        )
        bent, bent_mirrored = bent.split([STYLES * photos, mirrors])
        pictures = teachers.autoencoder.decode(bent)
    return Painted(crops, pictures.float(), bent[:photos], bent_mirrored)
