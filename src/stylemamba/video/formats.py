"""Names of video files; needs no other package."""

from __future__ import annotations

from pathlib import Path

FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""Extensions of those that are written, and FFmpeg's names of the formats."""


def is_video_name(path: Path) -> bool:
    """Whether a file is called like a video that was painted."""
    return path.suffix.lower() in FORMATS
