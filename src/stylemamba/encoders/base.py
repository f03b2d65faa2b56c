"""The contract of a style encoder: pictures and prompts in one embedding space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from stylemamba.errors import StyleMambaError
from stylemamba.portable.geometry import Array
from stylemamba.portable.learnt import Learnt
from stylemamba.portable.retrieval import cleaned
from stylemamba.portable.style import Style

SOURCE_PROMPT = "a photo"
"""What directions start from: what a photo is before it is stylised."""


@dataclass(frozen=True)
class Observation:
    """What an encoder sees in b pictures under k views.

    Attributes:
        embedding: (b, k, d), E_I of every view.
        statistics: block -> (b, k, ...), of every view; empty where the encoder has none.
        content: layer -> (b, c, h', w'), VGG19's features for the content loss; empty where the
            encoder has none.
    """

    embedding: Tensor
    statistics: dict[str, Tensor] = field(default_factory=dict)
    content: dict[str, Tensor] = field(default_factory=dict)

    def of_view(self, number: int) -> dict[str, Tensor]:
        """The statistics of one of the views, block -> (b, ...)."""
        return {block: views[:, number] for block, views in self.statistics.items()}


class StyleEncoder(nn.Module, ABC):
    """Embeds pictures, whole or under masks, and prompts.

    Attributes:
        embedding_dim: d.
        mask_size: Side in pixels of the square cells on which masks are drawn, in the picture as
            the encoder sees it.
    """

    embedding_dim: int
    mask_size: int

    @property
    def condition_dim(self) -> int:
        """Length of `Style.condition`."""
        return self.embedding_dim

    @abstractmethod
    def encode_text(self, prompts: Sequence[str]) -> Tensor:
        """Embeddings (n, d) of n prompts, without gradients.

        Raises:
            StyleMambaError: If a prompt is blank.
        """

    @abstractmethod
    def encode_image(self, images: Tensor, masks: Tensor | None = None) -> Tensor:
        """Embeddings of pictures, differentiable in the pictures.

        Args:
            images: (b, 3, h, w) in [0, 1].
            masks: (b, k, h, w), 1 = visible, 0 = hidden; b may be 1 to share masks among pictures.
                They may be on the CPU for pictures elsewhere: drawn there, they hold no GPU up.

        Returns:
            (b, d) without masks, (b, k, d) with them.
        """

    def style(self, prompt: str, mode: int = 0, photo: Array | None = None) -> Style:
        """The style that a prompt asks for.

        Args:
            prompt: Not blank.
            mode: Which of the looks that it may have, where the encoder knows several.
            photo: That the look is to suit, (3, h, w) in [0, 1]; None for no matter.

        Raises:
            StyleMambaError: The prompt is blank.
        """
        embedding = self.encode_text([prompt])
        return Style(embedding=embedding, condition=embedding)

    def learn(self, pictures: Sequence[Tensor]) -> Learnt:
        """What is known of pictures in one style, for `learnt_style`.

        Args:
            pictures: (1, 3, h, w) in [0, 1], of any sizes.

        Raises:
            StyleMambaError: This encoder can't.
        """
        raise StyleMambaError("only the embedded encoder learns styles from pictures")

    def learnt_style(self, learnt: Learnt, mode: int = 0, photo: Array | None = None) -> Style:
        """The style of pictures.

        Args:
            learnt: Of `learn`.
            mode: Which of the pictures leads.
            photo: That the style is to suit, (3, h, w) in [0, 1]; None for no matter.

        Raises:
            StyleMambaError: This encoder can't.
            RecipeError: It was learnt by another model.
        """
        raise StyleMambaError("only the embedded encoder paints styles learnt from pictures")

    def observe(self, images: Tensor, masks: Tensor) -> Observation:
        """Everything that the losses read of pictures, from as few forward passes as can be.

        Args:
            images: (b, 3, h, w) in [0, 1].
            masks: (b, k, h, w); the first of the k views should show everything.
        """
        return Observation(embedding=self.encode_image(images, masks))

    def mask_grid(self, height: int, width: int) -> tuple[int, int]:
        """(rows, cols) of the grid on which masks are best drawn, for a picture of this size."""
        return -(-height // self.mask_size), -(-width // self.mask_size)


def checked_prompts(prompts: Sequence[str]) -> list[str]:
    """The prompts without surrounding space and without characters that are not text.

    Raises:
        StyleMambaError: If a prompt is blank.
    """
    texts = [cleaned(prompt) for prompt in prompts]
    if not all(texts):
        raise StyleMambaError('the prompt is empty: describe a style, for example "pencil sketch"')
    return texts
