"""Losses that pull a stylised picture towards a prompt while the photo's content stays.

Every function returns a scalar, is differentiable in the stylised picture's features, and computes
in at least float32, so that half-precision features may be passed as they are.
"""

from stylemamba.losses._cosine import safe_cosine
from stylemamba.losses.content import content_loss
from stylemamba.losses.directional import directional_loss
from stylemamba.losses.flat_ground import flat_ground_loss
from stylemamba.losses.masked_directional import masked_directional_loss
from stylemamba.losses.masks import random_patch_masks
from stylemamba.losses.mirror import mirror_loss
from stylemamba.losses.second_order import (
    cross_prompt_reference,
    previous_step_reference,
    second_order_directional_loss,
)
from stylemamba.losses.style_anchor import style_anchor_loss
from stylemamba.losses.total_variation import total_variation_loss

__all__ = [
    "content_loss",
    "cross_prompt_reference",
    "directional_loss",
    "flat_ground_loss",
    "masked_directional_loss",
    "mirror_loss",
    "previous_step_reference",
    "random_patch_masks",
    "safe_cosine",
    "second_order_directional_loss",
    "style_anchor_loss",
    "total_variation_loss",
]
