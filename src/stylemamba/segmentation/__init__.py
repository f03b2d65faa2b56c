"""Words to masks: where a photo shows its subject, persons, faces and sky, or anything else."""

from stylemamba.portable.segments import Found
from stylemamba.segmentation.finder import WORDS, Finder
from stylemamba.segmentation.segmenters import Segmenters

__all__ = ["WORDS", "Finder", "Found", "Segmenters"]
