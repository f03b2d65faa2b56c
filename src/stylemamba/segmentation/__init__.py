"""Words to masks: where a photo shows its subject, persons, faces and sky."""

from stylemamba.segmentation.segmenter import WORDS, Found, Segmenter

__all__ = ["WORDS", "Found", "Segmenter"]
