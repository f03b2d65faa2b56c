"""`python -m stylemamba` is the command `stylemamba`."""

from __future__ import annotations

import sys

from stylemamba.cli import main

if __name__ == "__main__":
    sys.exit(main())
