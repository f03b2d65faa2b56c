"""A real server on a real socket, with a stand-in for the models."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fake_pipeline import FakePipeline
from PIL import Image

from stylemamba.progress import Progress
from stylemamba.server.serve import Address, Server


class SlowPipeline(FakePipeline):
    """Waits in every job until it is let go; tells of progress until then."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()
        self.started = threading.Semaphore(0)

    def __call__(self, image: Any, recipe: Any, *, on_progress: Any = None) -> Any:
        self.started.release()
        while not self.go.wait(0.01):
            on_progress(Progress("pass", 0, 1))
        return super().__call__(image, recipe, on_progress=on_progress)


@contextmanager
def serving(app: Any, grace: float = 0.5) -> Iterator[str]:
    """The address of an application that is served for a while."""
    server = Server(app, Address(port=0), grace)
    app.state.server = server
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


def picture(
    size: tuple[int, int] = (30, 20), colour: Any = (250, 100, 0), form: str = "PNG"
) -> bytes:
    """A picture's file."""
    file = io.BytesIO()
    mode = "RGBA" if len(colour) == 4 else "RGB"
    Image.new(mode, size, colour).save(file, form)
    return file.getvalue()
