"""ArtLIP, the embedded vision-language model: a code of VGG19's statistics, and text that meets it.

Images: s = style statistics (statistics.py), code = whitened PCA of s layer by layer, E_I = W code.
Everything after VGG19's statistics is linear, which is what keeps the encoder from being fooled by
its own gradient.

Text: E_T = MLP(MiniLM(prompt)), trained with SigLIP's sigmoid loss (Zhai et al., 2023) and
regression to E_I; a bank of codes of real pictures (bank.py) turns the prompt into target
statistics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.encoders.bank import StyleBank
from stylemamba.encoders.base import Observation, StyleEncoder, checked_prompts
from stylemamba.encoders.minilm import EMBEDDING_DIM, embed_sentences
from stylemamba.encoders.statistics import STYLE_LAYERS, StyleStatistics, statistics_size
from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.files.images import fit_size
from stylemamba.portable.brushwork import MARKS
from stylemamba.portable.geometry import Array
from stylemamba.portable.learnt import Learnt, learnt_from
from stylemamba.portable.retrieval import Bank
from stylemamba.portable.style import Style
from stylemamba.runtime.device import upload
from stylemamba.runtime.hub import HubModel
from stylemamba.runtime.precision import fast_autocast

CODE_SIZES = {"relu1_1": 64, "relu2_1": 112, "relu3_1": 160, "relu4_1": 176}
CODE_DIM = sum(CODE_SIZES.values())
CONTENT_LAYERS = ("relu4_1",)
BANK_SIDE = 224
"""Longer side of the bank's pictures in pixels, at most: statistics depend on it."""


class StyleCode(nn.Module):
    """Whitened PCA of the style statistics, layer by layer, and its inverse.

    Buffers of a layer: `<layer>_mean` (S,), `<layer>_basis` (S, k) orthonormal, `<layer>_scale`
    (k,) the components' deviations over the training pictures.
    """

    def __init__(self) -> None:
        super().__init__()
        for layer, size in CODE_SIZES.items():
            self.register_buffer(f"{layer}_mean", torch.zeros(statistics_size(layer)))
            self.register_buffer(
                f"{layer}_basis", torch.zeros(statistics_size(layer), size, dtype=torch.float16)
            )
            self.register_buffer(f"{layer}_scale", torch.ones(size))

    def encode(self, statistics: Mapping[str, Tensor]) -> Tensor:
        """layer -> (..., S) to codes (..., CODE_DIM).

        Over the training pictures, they are of zero mean and unit variance.
        """
        parts = []
        for layer in CODE_SIZES:
            centred = statistics[layer] - self.get_buffer(f"{layer}_mean")
            basis = self.get_buffer(f"{layer}_basis").to(centred.dtype)
            parts.append(centred @ basis / self.get_buffer(f"{layer}_scale"))
        return torch.cat(parts, dim=-1)

    def decode(self, code: Tensor) -> dict[str, Tensor]:
        """Codes (..., CODE_DIM) to the statistics layer -> (..., S) that they stand for."""
        statistics = {}
        for layer, part in zip(
            CODE_SIZES, code.split(list(CODE_SIZES.values()), dim=-1), strict=True
        ):
            basis = self.get_buffer(f"{layer}_basis").to(code.dtype)
            scaled = part * self.get_buffer(f"{layer}_scale")
            statistics[layer] = scaled @ basis.T + self.get_buffer(f"{layer}_mean")
        return statistics


class ArtLIP(StyleEncoder, HubModel):
    """The embedded style encoder.

    Args:
        embedding_dim: d of the joint embedding.
        hidden_dim: width of the text MLP.
        bank_size: pictures in the bank.
        captions: sentences that describe the bank's pictures, each once.
        captions_per_picture: how many of them a picture may have.
        marks: names of the marks of brushwork that the bank's pictures are known to show or not.
        artists: name -> the one by which an artist is known for short, as captions have both.

    Raises:
        StyleMambaError: brushwork does not know one of the marks.
    """

    mask_size = 16
    option: ClassVar[str] = "--encoder"

    def __init__(
        self,
        embedding_dim: int = 256,
        hidden_dim: int = 768,
        bank_size: int = 1,
        captions: Sequence[str] = ("a photo",),
        captions_per_picture: int = 6,
        marks: Sequence[str] = (),
        artists: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        unknown = [name for name in marks if name not in MARKS]
        if unknown:
            raise StyleMambaError(f"brushwork knows no {', '.join(unknown)}: update stylemamba")
        self.embedding_dim = embedding_dim
        self.statistics = StyleStatistics()
        self.code = StyleCode()
        self.image_head = nn.Linear(CODE_DIM, embedding_dim, bias=False)
        self.text_head = nn.Sequential(
            nn.Linear(EMBEDDING_DIM, hidden_dim), nn.GELU(), nn.Linear(hidden_dim, embedding_dim)
        )
        self.bank = StyleBank(
            CODE_DIM, bank_size, list(captions), captions_per_picture, marks, artists
        )
        # VGG19 comes from its own package: kept out of the modules, it stays out of the checkpoint.
        self._vgg: list[VGG19] = []
        self.requires_grad_(False)

    @property
    def condition_dim(self) -> int:
        return CODE_DIM

    @property
    def vgg(self) -> VGG19:
        """The frozen feature extractor, loaded on first use."""
        if not self._vgg:
            self._vgg.append(VGG19.pretrained("relu4_1"))
        return self._vgg[0].to(self.image_head.weight.device)

    @property
    def search(self) -> Bank:
        """The bank, to be asked for styles."""
        return self.bank.search(self.image_head)

    def features(self, images: Tensor) -> dict[str, Tensor]:
        """VGG19's features at the style layers of pictures (b, 3, h, w) in [0, 1]."""
        with fast_autocast(images.device):
            return self.vgg(images, STYLE_LAYERS)

    def observe(self, images: Tensor, masks: Tensor | None = None) -> Observation:
        """As `StyleEncoder.observe`; None for masks means one view that shows everything."""
        features = self.features(images)
        masks = None if masks is None else upload(masks, images.device)
        statistics = self.statistics(features, masks)
        embedding = self.image_head(self.code.encode(statistics))
        return Observation(
            embedding=embedding,
            statistics=statistics,
            content={layer: features[layer] for layer in CONTENT_LAYERS},
        )

    def encode_image(self, images: Tensor, masks: Tensor | None = None) -> Tensor:
        embedding = self.observe(images, masks).embedding
        return embedding[:, 0] if masks is None else embedding

    def project_text(self, sentences: Tensor) -> Tensor:
        """E_T (n, d) of unit-norm sentence embeddings (n, 384), which MiniLM makes on the CPU."""
        # To unit variance: the MLP would all but ignore inputs of 1 / sqrt(384).
        scaled = sentences.to(self.image_head.weight.device) * EMBEDDING_DIM**0.5
        projected: Tensor = self.text_head(scaled)
        return projected

    @torch.no_grad()
    def encode_text(self, prompts: Sequence[str]) -> Tensor:
        return self.project_text(embed_sentences(checked_prompts(prompts)))

    @torch.no_grad()
    def style(self, prompt: str, mode: int = 0, photo: Array | None = None) -> Style:
        (prompt,) = checked_prompts([prompt])
        return self._with_statistics(self.search.style(prompt, self.read, mode, photo))

    @torch.no_grad()
    def read(self, sentences: Sequence[str]) -> tuple[Array, Array]:
        """What the bank reads of n sentences: their embeddings (n, 384), and E_T (n, d)."""
        embeddings = embed_sentences(sentences)
        return embeddings.numpy(), self.project_text(embeddings).cpu().numpy()

    @torch.no_grad()
    def learn(self, pictures: Sequence[Tensor]) -> Learnt:
        seen = [_like_the_bank(picture) for picture in pictures]
        where = self.image_head.weight.device
        codes = [self.code.encode(self.observe(x.to(where)).of_view(0)) for x in seen]
        arrays = [picture[0].cpu().numpy() for picture in seen]
        return learnt_from(torch.cat(codes).cpu().numpy(), arrays, self.search)

    @torch.no_grad()
    def learnt_style(self, learnt: Learnt, mode: int = 0, photo: Array | None = None) -> Style:
        head = self.image_head.weight.detach().cpu().numpy()
        return self._with_statistics(learnt.style(head, mode, photo))

    def _with_statistics(self, found: Style) -> Style:
        """A style of the bank with tensors, and the statistics that its code stands for."""
        where = self.image_head.weight
        code = torch.from_numpy(found.condition).to(where)
        # Statistics are affine in the code: those of the mixture are the mixture of the parts'.
        return replace(
            found,
            embedding=torch.from_numpy(found.embedding).to(where),
            condition=code,
            statistics=self.code.decode(code),
        )


def _like_the_bank(picture: Tensor) -> Tensor:
    """A picture (1, 3, h, w), not larger than the bank's pictures were when they were measured."""
    height, width = picture.shape[-2:]
    if max(height, width) <= BANK_SIDE:
        return picture
    width, height = fit_size((width, height), BANK_SIDE)
    return F.interpolate(picture, (height, width), mode="bilinear", antialias=True)
