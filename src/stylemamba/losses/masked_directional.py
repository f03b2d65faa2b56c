"""The directional loss over masked views of the picture."""

from __future__ import annotations

from torch import Tensor

from stylemamba.losses.directional import directional_loss


def masked_directional_loss(embedding_y: Tensor, embedding_x: Tensor, text_delta: Tensor) -> Tensor:
    """Mean over K masked views of 1 - cos(E_I(Y | M_k) - E_I(X | M_k), dT_k).

    Each view hides the same places of both pictures, so pass the same masks to both encodings
    (`random_patch_masks` draws them). The layout stays while the local evidence varies, hence local
    and global style agree. With M_k a user's region and dT_k that region's prompt, the same loss is
    region control.

    Source: StyleMamba (Wang and Liu, 2024) names a masked directional loss; its full text was not
    available, so this formula is our own definition. Zero deltas: see `directional_loss`.

    Args:
        embedding_y: Embeddings (b, k, d) of the stylised picture under k masks.
        embedding_x: Embeddings (b, k, d) of the photo under the same masks.
        text_delta: (b, d), one direction for all views of a picture, or (b, k, d), one for each
            view. b may be 1 to share the directions among the pictures.

    Returns:
        A scalar in [0, 2].

    Raises:
        ValueError: If the shapes do not match.
    """
    if embedding_y.ndim != 3 or embedding_y.shape != embedding_x.shape:
        raise ValueError(
            f"need two embeddings of one shape (b, k, d): "
            f"got {tuple(embedding_y.shape)} and {tuple(embedding_x.shape)}"
        )
    b, k, d = embedding_y.shape
    if tuple(text_delta.shape) not in {(b, d), (1, d), (b, k, d), (1, k, d)}:
        raise ValueError(
            f"text_delta must be ({b}, {d}) or ({b}, {k}, {d}): got {tuple(text_delta.shape)}"
        )
    per_view = text_delta if text_delta.ndim == 3 else text_delta.unsqueeze(1)
    return directional_loss(embedding_y - embedding_x, per_view)
