"""Stylises a photo from a prompt with onnxruntime; written by `stylemamba export`.

    pip install numpy pillow onnxruntime tokenizers
    python stylize.py photo.jpg "ukiyo-e woodblock print" -o out.png

The models lie beside this file: tokenizer.json and text.onnx read the prompt, bank.npz turns it
into a style code, strokes.py lays out the strokes, stylize.onnx paints them, and brushwork/ makes
the picture of strokes, dots or tiles where the style has these. To use them from your own program,
with their folder on sys.path:

    models = Models("folder of the export")
    code, coverage = models.style_code("ukiyo-e woodblock print")
    picture = models.stylize(photo, code)        # Pillow pictures
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from brushwork import MARKS, brushwork  # type: ignore[import-not-found]
from PIL import Image, ImageOps
from strokes import stroke_fields  # type: ignore[import-not-found]
from tokenizers import Tokenizer

Array = np.ndarray[Any, Any]


class Models:
    """The models of a folder.

    Args:
        folder: What `stylemamba export` wrote.
    """

    def __init__(self, folder: str | Path) -> None:
        folder = Path(folder)
        providers = ["CPUExecutionProvider"]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.text = onnxruntime.InferenceSession(folder / "text.onnx", providers=providers)
        self.one_pass = onnxruntime.InferenceSession(folder / "stylize.onnx", providers=providers)
        with np.load(folder / "bank.npz") as bank:
            self.bank = {name: bank[name] for name in bank.files}

    def stylize(
        self,
        photo: Image.Image,
        code: Array,
        strength: float = 1.0,
        stroke: float = 1.0,
        texture: float = 1.0,
        seed: int = 0,
    ) -> Image.Image:
        """One pass over an RGB photo, coarse to fine; see `style_code` for the code.

        A photo of more than 540 px is painted small; then the picture is enlarged to twice the
        size, gets back the photo's finest details, and is painted over, until it is large enough.
        """
        bank = self.bank
        pixels = np.asarray(photo.convert("RGB"), dtype=np.float32).transpose(2, 0, 1) / 255
        sizes = [pixels.shape[1:]]
        while max(sizes[0]) > max(bank["coarsest"] / stroke, 2 * bank["smallest"]):
            sizes.insert(0, (-(-sizes[0][0] // 2), -(-sizes[0][1] // 2)))
        picture = self._paint(_resize(pixels, sizes[0]), code, strength, texture, seed)
        for size in sizes[1:]:
            here = _resize(pixels, size)
            details = here - _resize(_resize(here, picture.shape[1:]), size)
            content = (_resize(picture, size) + details).clip(0, 1)
            picture = self._paint(content, code, strength * bank["fine_strength"], texture, seed)
        marks = np.clip(bank["mark_head"] @ code + bank["mark_bias"], 0, 1)
        amounts = dict(zip(MARKS, texture * min(1, strength) * marks, strict=True))
        picture = brushwork(picture, pixels, amounts, seed, stroke)
        levels = np.rint(picture.clip(0, 1) * 255).astype(np.uint8)
        return Image.fromarray(levels.transpose(1, 2, 0))

    def _paint(
        self, pixels: Array, code: Array, strength: float, texture: float, seed: int
    ) -> Array:
        """The graph, from pixels (3, h, w) in [0, 1] to such."""
        height, width = pixels.shape[1:]
        margin = int(self.bank["margin"])  # near a border, strokes would make a frame
        around = ((0, 0), (margin, margin), (margin, margin))
        padded = np.pad(pixels, around, mode="edge")
        factor = int(self.bank["factor"])
        missing = ((0, 0), (0, -padded.shape[1] % factor), (0, -padded.shape[2] % factor))
        strokes = stroke_fields(np.pad(padded, missing, mode="edge"), seed, factor)
        inputs = {
            "photo": padded[None],
            "strokes": self.bank["stroke_gain"] * np.float32(texture) * strokes[None],
            "style": code[None],
            "strength": np.array(strength, dtype=np.float32),
        }
        (picture,) = self.one_pass.run(["picture"], inputs)
        return np.asarray(picture[0, :, margin : margin + height, margin : margin + width])

    def style_code(self, prompt: str, seed: int = 0) -> tuple[Array, float]:
        """What the prompt asks for: a style code (512,), and how well it is known, 0 to 1.

        The code is the mean over a few pictures of the bank whose captions are nearest to the
        prompt; other seeds give other looks of the style. A prompt with commas that is not itself a
        caption is a mixture of its parts, each by how well it is known.
        """
        bank = self.bank
        prompt = prompt.encode("utf-8", "replace").decode().strip()
        if not prompt:
            raise ValueError('the prompt is empty: describe a style, for example "pencil sketch"')
        parts = [part.strip() for part in prompt.split(",") if part.strip()][: bank["max_parts"]]
        sentences, texts = self._read([prompt, *parts] if len(parts) > 1 else [prompt])
        captions = bank["caption_embeddings"].astype(np.float32)
        similarities = (captions @ sentences.T * bank["text_step"]).clip(-1, 1)
        nearest = similarities.max(0)
        is_whole = len(sentences) == 1 or nearest[0] >= bank["known_caption"]
        which = [0] if is_whole else list(range(1, len(sentences)))
        codes = [self._mean_code(similarities[:, part], texts[part], seed) for part in which]
        shares = self._known(nearest[which]).clip(bank["least_share"])
        code: Array = np.asarray(shares @ np.stack(codes) / shares.sum(), dtype=np.float32)
        similarity = max(nearest[0], nearest[1:].mean() if len(nearest) > 1 else nearest[0])
        return code, float(self._known(similarity))

    def _known(self, similarities: Array) -> Array:
        low, high = self.bank["known_similarity"]
        return np.clip((similarities - low) / (high - low), 0.0, 1.0)

    def _read(self, sentences: list[str]) -> tuple[Array, Array]:
        tokens = self.tokenizer.encode_batch(sentences)
        sentence_embeddings, texts = self.text.run(
            ["sentences", "texts"],
            {
                "input_ids": np.array([line.ids for line in tokens], dtype=np.int64),
                "attention_mask": np.array([line.attention_mask for line in tokens], np.int64),
            },
        )
        return sentence_embeddings, texts

    def _mean_code(self, similarities: Array, text: Array, mode: int) -> Array:
        bank = self.bank
        by_caption = self._by_caption(similarities)
        shortlist = _highest(by_caption, bank["shortlist"])
        codes = bank["codes"][shortlist].astype(np.float32) * bank["code_step"]
        embeddings = codes @ bank["image_head"].T
        norms = np.linalg.norm(embeddings, axis=-1)
        images = _unit(embeddings)
        strength = (norms / norms.mean()).clip(max=bank["full_strength"])
        looks = images @ _unit(text) * strength
        scores = by_caption[shortlist]
        as_good = scores >= scores[0] - bank["as_good"]
        typical = images @ _unit(images[as_good].mean(0))
        colour = bank["colourfulness"][shortlist].astype(np.float32)
        vivid = np.quantile(colour[as_good], bank["vivid"]).clip(1)
        pale = (1 - colour / vivid).clip(0).astype(np.float32)
        scores = scores + bank["look_weight"] * looks + bank["typicality_weight"] * typical
        scores = scores - bank["pale_discount"] * pale
        best = _highest(scores, bank["candidates"])
        scores, images, codes = scores[best], images[best], codes[best]
        alike = images @ images.T
        anchor = int(scores.argmax())
        closest = alike[anchor]
        for _ in range(mode % len(best)):
            anchor = int((scores - closest).argmax())
            closest = np.maximum(closest, alike[anchor])
        return codes[_highest(alike[anchor] + scores, bank["exemplars"])].mean(0)

    def _by_caption(self, similarities: Array) -> Array:
        bank = self.bank
        indices, drawings = bank["caption_indices"], bank["drawing_captions"]
        there = indices >= 0
        titles = np.bincount(indices[there], minlength=len(similarities)) == 1
        evidence = similarities - bank["title_discount"] * titles.astype(np.float32)
        by_caption = np.where(there, evidence[indices], -1.0).max(1).astype(np.float32)
        if len(drawings) and similarities[drawings].max() < bank["drawing_asked"]:
            drawn = np.isin(indices, drawings).any(1)
            by_caption -= bank["drawing_discount"] * drawn.astype(np.float32)
        return by_caption


def _resize(pixels: Array, size: tuple[int, ...]) -> Array:
    """(3, h, w) to (3, *size)."""
    if pixels.shape[1:] == size:
        return pixels
    height, width = size
    channels = [
        Image.fromarray(channel).resize((width, height), Image.Resampling.BICUBIC)
        for channel in pixels
    ]
    return np.stack([np.asarray(channel) for channel in channels])


def _highest(values: Array, count: int) -> Array:
    return np.argsort(-values, kind="stable")[:count]


def _unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True).clip(1e-12)


def read_photo(path: Path) -> Image.Image:
    """The photo upright and in RGB; transparency is laid on white."""
    with Image.open(path) as image:
        photo = ImageOps.exif_transpose(image)
        if photo.has_transparency_data:
            rgba = photo.convert("RGBA")
            photo = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
        return photo.convert("RGB")


def resized(photo: Image.Image, long_side: int) -> Image.Image:
    """The photo with this longer side."""
    if long_side == max(photo.size):
        return photo
    scale = long_side / max(photo.size)
    width, height = (max(1, round(side * scale)) for side in photo.size)
    return photo.resize((width, height), Image.Resampling.LANCZOS)


def write_picture(picture: Image.Image, path: Path) -> None:
    """Writes under a temporary name and renames, so that the file is complete or not there."""
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        picture.save(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Stylises a photo from a prompt.")
    parser.add_argument("photo", type=Path)
    parser.add_argument("prompt", help='a style in words, such as "ukiyo-e woodblock print"')
    parser.add_argument("-o", "--output", type=Path, required=True, help="picture to write")
    parser.add_argument("--seed", type=int, default=0, help="another look, other strokes")
    parser.add_argument("--strength", type=float, default=1.0, help="1 all, 0 none of the change")
    parser.add_argument("--stroke", type=float, default=1.0, help="2 for strokes twice as large")
    parser.add_argument("--texture", type=float, default=1.0, help="0 for no brush work")
    parser.add_argument("--size", type=int, help="longer side to work at, in pixels")
    arguments = parser.parse_args()
    if arguments.seed < 0:
        parser.error("--seed should be at least 0")
    if not 0 <= arguments.strength < math.inf:
        parser.error("--strength should be at least 0")
    if not 0 < arguments.stroke < math.inf:
        parser.error("--stroke should be above 0")
    if not 0 <= arguments.texture < math.inf:
        parser.error("--texture should be at least 0")
    if arguments.size is not None and arguments.size < 1:
        parser.error("--size should be at least 1")
    return arguments


def main() -> None:
    """Runs the command line: exit status 0 done, 1 failed with one line on stderr, 2 usage."""
    arguments = _arguments()
    try:
        photo = read_photo(arguments.photo)
        models = Models(Path(__file__).parent)
        code, coverage = models.style_code(arguments.prompt, arguments.seed)
        if coverage < models.bank["low_coverage"]:
            print(f"far from the styles known here (coverage {coverage:.2f})", file=sys.stderr)
        size = arguments.size or min(max(photo.size), int(models.bank["largest"]))
        working = resized(photo, size)
        picture = models.stylize(
            working,
            code,
            arguments.strength,
            arguments.stroke,
            arguments.texture,
            arguments.seed,
        )
        write_picture(picture.resize(photo.size, Image.Resampling.LANCZOS), arguments.output)
    except Exception as error:
        sys.exit(f"stylize.py: {' '.join(str(error).split()) or type(error).__name__}")
    print(arguments.output)


if __name__ == "__main__":
    main()
