"""A server in a process of its own: its pictures wait for a line on standard input."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from serving import SlowPipeline  # noqa: E402

from stylemamba.server.limits import Limits  # noqa: E402
from stylemamba.server.serve import Address, serve  # noqa: E402


def main() -> None:
    """Serves until SIGTERM."""
    pipe = SlowPipeline()

    def obey() -> None:
        for line in sys.stdin:
            (pipe.go.clear if line == "hold\n" else pipe.go.set)()
            print("ok", flush=True)

    threading.Thread(target=obey, daemon=True).start()
    serve(pipe, Limits(workers=1), Address(port=0), lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
