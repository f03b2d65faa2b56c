"""What regions ask for what a word names in a photo."""

from __future__ import annotations

from typing import Protocol

from stylemamba.portable.segments import Found

WORDS = ("subject", "person", "face", "sky")
"""What the shipped segmenter was trained for, no more."""


class Finder(Protocol):
    """Finds what words name in photos."""

    def knows(self, word: str) -> bool:
        """Whether it can be asked for a word."""
        ...

    def find(self, photo: object, word: str) -> Found:
        """Where a photo shows what a word names.

        Args:
            photo: Whatever `files.photo.as_photo` takes: a path, a Pillow picture, an array, a
                tensor.
            word: One that it knows.

        Raises:
            StyleMambaError: It does not know the word, or the photo cannot be read.
        """
        ...
