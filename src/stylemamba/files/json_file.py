"""JSON files that people write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stylemamba.errors import StyleMambaError


def read_json(path: Path, advice: str = "") -> Any:
    """What a file in UTF-8 holds.

    Args:
        path: Of the file.
        advice: What to do where it is not JSON.

    Raises:
        StyleMambaError: It cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise StyleMambaError(
            f"{path}: cannot be read ({error.strerror}); check the name"
        ) from error
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:80]
        raise StyleMambaError(
            f"{path}: is not JSON ({reason}){advice and f'; {advice}'}"
        ) from error
