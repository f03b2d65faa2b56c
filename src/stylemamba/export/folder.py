"""Everything that an export consists of, written and checked."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stylemamba import __version__
from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.base import StyleEncoder
from stylemamba.encoders.minilm import load_minilm
from stylemamba.errors import StyleMambaError
from stylemamba.export import TOLERANCE, ExportReport, check_tools, new_folder
from stylemamba.export.models import (
    LikelihoodGraph,
    PaintGraph,
    PromptText,
    write_likelihoods,
    write_one_pass,
    write_prompt_text,
)
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.portable.pyramid import STROKE_GAIN
from stylemamba.portable.segments import SIDE
from stylemamba.portable.stroke_fields import STROKE_CHANNELS
from stylemamba.segmentation.segmenter import Segmenter

ONE_PASS, TEXT, TOKENIZER, BANK = "stylize.onnx", "text.onnx", "tokenizer.json", "bank.npz"
SEGMENTER = "segmenter.onnx"
SCRIPT, PORTABLE = "stylize.py", "portable"
README = "README.md"
CHECKED_SIZES = ((61, 90), (203, 128))  # other than the traced one, and no multiples of anything
CHECKED_SENTENCES = ["ukiyo-e woodblock print", "oil on canvas, thick paint, by Vincent van Gogh"]


def write_export(
    encoder: StyleEncoder, autoencoder: ImageAutoencoder, fusion: StyleFusion | None, folder: Path
) -> ExportReport:
    """Writes the one pass and compares it, in onnxruntime, to PyTorch in float32.

    Args:
        encoder: ArtLIP.
        autoencoder: Photo to latent and back.
        fusion: Bends the latent; None is refused.
        folder: Must not exist or be empty; it appears when everything in it has passed.

    Raises:
        StyleMambaError: A package is missing, the folder cannot be written, PyTorch cannot export
            a model, or onnxruntime's pictures are not PyTorch's.
    """
    check_tools()
    if not isinstance(encoder, ArtLIP):
        raise StyleMambaError("only the embedded encoder, ArtLIP, can be exported")
    if fusion is None:
        raise StyleMambaError("there is no style fusion trained for one pass: add --fusion DIR")
    graph = PaintGraph(autoencoder, fusion).eval()
    tokenizer, sentence_encoder = load_minilm()
    text = PromptText(sentence_encoder, encoder).eval()
    likelihoods = LikelihoodGraph(Segmenter.shipped()).eval()
    with new_folder(folder) as temporary:
        write_one_pass(graph, temporary / ONE_PASS)
        write_prompt_text(text, temporary / TEXT)
        write_likelihoods(likelihoods, temporary / SEGMENTER)
        tokenizer.save(str(temporary / TOKENIZER))
        encoder.search.save(temporary / BANK)
        copy_code(temporary)
        differences = {size: one_pass_difference(graph, temporary, size) for size in CHECKED_SIZES}
        text_difference = prompt_text_difference(text, temporary)
        likelihood_difference = picture_likelihood_difference(likelihoods, temporary)
        largest = max(*differences.values(), text_difference, likelihood_difference)
        if not largest <= TOLERANCE:
            raise StyleMambaError(
                f"onnxruntime's results differ from PyTorch's by {largest:.1e}, more than "
                f"{TOLERANCE:.0e}: update torch, onnx, onnxscript and onnxruntime"
            )
        sizes = {path.name: _bytes(path) for path in sorted(temporary.iterdir())}
        (temporary / README).write_text(
            _readme(sizes, fusion.config, autoencoder.factor, max(differences.values())),
            encoding="utf-8",
        )
    return ExportReport(folder, sizes, differences, text_difference, likelihood_difference)


def _bytes(path: Path) -> int:
    """Of a file, or of all files in a folder."""
    paths = [path, *path.rglob("*")] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in paths if file.is_file())


def copy_code(folder: Path) -> None:
    """Copies the script, and what it shares with this package."""
    package = files("stylemamba")
    with as_file(package / "export" / "script.py") as source:
        shutil.copyfile(source, folder / SCRIPT)
    with as_file(package / PORTABLE) as source:
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, folder / PORTABLE, ignore=unwanted)


def one_pass_difference(model: PaintGraph, folder: Path, size: tuple[int, int]) -> float:
    """Largest difference between the two pictures of a random photo (height, width) and style."""
    generator = torch.Generator().manual_seed(0)
    photo = torch.rand(1, 3, *size, generator=generator)
    latent_size = [-(-side // model.autoencoder.factor) for side in size]
    channels = model.fusion.config.latent_channels
    inputs = {
        "photo": photo,
        "strokes": model.fusion.strokes_of(photo, model.autoencoder.factor),
        "style": torch.randn(1, model.fusion.config.style_dim, generator=generator),
        "weights": torch.rand(1, 1, *latent_size, generator=generator),
        "bent": torch.randn(1, channels, *latent_size, generator=generator),
        "strength": torch.rand(1, 1, *latent_size, generator=generator),
    }
    return _difference(model, inputs, folder / ONE_PASS)


def prompt_text_difference(model: PromptText, folder: Path) -> float:
    """Largest difference between the two embeddings of a few sentences."""
    from tokenizers import Tokenizer

    tokens = Tokenizer.from_file(str(folder / TOKENIZER)).encode_batch(CHECKED_SENTENCES)
    inputs = {
        "input_ids": torch.tensor([line.ids for line in tokens]),
        "attention_mask": torch.tensor([line.attention_mask for line in tokens]),
    }
    return _difference(model, inputs, folder / TEXT)


def picture_likelihood_difference(model: LikelihoodGraph, folder: Path) -> float:
    """Largest difference between the two likelihoods of words in a random picture."""
    images = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    return _difference(model, {"images": images}, folder / SEGMENTER)


def _difference(model: torch.nn.Module, inputs: Mapping[str, Tensor], path: Path) -> float:
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    except Exception as error:
        raise StyleMambaError(
            f"onnxruntime {onnxruntime.__version__} cannot run {path.name}: update onnxruntime"
        ) from error
    with torch.no_grad(), torch.autocast("cpu", enabled=False):
        expected = model(**inputs)
    pairs = zip(found, [expected] if isinstance(expected, Tensor) else expected, strict=True)
    differences = [np.abs(ours - theirs.numpy()).max() for ours, theirs in pairs]
    return float(np.max(differences))  # a NaN comes through, and is refused


def _readme(
    sizes: Mapping[str, int], config: StyleFusionConfig, factor: int, difference: float
) -> str:
    table = "\n".join(
        f"| `{name}` | {size / 1e6:.1f} MB | {_CONTENTS[name]} |" for name, size in sizes.items()
    )
    return _README.format(
        version=__version__,
        table=table,
        style_dim=config.style_dim,
        channels=config.latent_channels,
        factor=factor,
        stroke_channels=STROKE_CHANNELS,
        stroke_gain=STROKE_GAIN,
        difference=difference,
    )


_CONTENTS = {
    ONE_PASS: "photo and style code to picture",
    TEXT: "tokens of the prompt and its parts to sentence embeddings",
    SEGMENTER: "photo to where its people are; VGG19 is most of it, in 8-bit codes",
    TOKENIZER: "prompt to tokens",
    BANK: "style codes of pictures, and the captions that lead to them",
    PORTABLE: "what is not a network: options, search, stroke fields, coarse to fine, brushwork",
    SCRIPT: "all of it in one command, and a class to import",
}

_README = """\
# StyleMamba for onnxruntime

Text in, stylised photo out, in one pass, without PyTorch. Written by `stylemamba export` of
StyleMamba {version}.

```
pip install numpy pillow onnxruntime tokenizers
python stylize.py photo.jpg "ukiyo-e woodblock print" -o out.png
```

`--seed 1` gives another look of the style and other strokes, `--look 0` the most typical look
whatever the seed, `--strength 0.7` less of it (0 leaves the photo), `--stroke 2` larger strokes,
`--texture 0` no brush work; `--size 512` works at that longer side, which takes less time and
memory. The result always has the photo's size. `--recipe FILE` paints by a recipe of
`stylemamba stylize --save-recipe`, regions and all. `--help` has the bounds.

| file | size | what it is |
|---|---|---|
{table}

`stylize.onnx`, all float32:

| input or output | shape | |
|---|---|---|
| `photo` | (1, 3, h, w) | sRGB in [0, 1], any h and w |
| `style` | (1, {style_dim}) | `condition` of one of `Models.styles(recipe)` of `stylize.py` |
| `weights` | (1, 1, ceil(h / {factor}), ceil(w / {factor})) | where it counts: 1 all over for one \
style, or maps of several with a sum of 1 |
| `bent` | (1, {channels}, ceil(h / {factor}), ceil(w / {factor})) | `bent_further` of the style \
before; 0 for the first |
| `strength` | as `weights` | 1 all of the change, 0 none: the photo as the autoencoder has it; \
above 1 exaggerates |
| `strokes` | (1, {stroke_channels}, ceil(h / {factor}), ceil(w / {factor})) | from \
`portable/stroke_fields.py`, of the photo with its edge repeated up to multiples of {factor}, \
times {stroke_gain} |
| `picture` | (1, 3, h, w) | in about [0, 1], to be clipped; of the last style's run |
| `bent_further` | as `bent` | the latent of all styles so far |

Its pictures were compared with PyTorch's in float32 when it was written: they differed by
{difference:.0e} at most.
"""
