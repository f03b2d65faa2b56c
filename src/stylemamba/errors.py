"""The one exception type of the package."""

from __future__ import annotations


class StyleMambaError(Exception):
    """Something the user caused or can repair; the message is one line that says what to do."""
