"""`stylemamba bench serve`: many clients of one server, for a while."""

from __future__ import annotations

import http.client
import io
import re
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from stylemamba.errors import StyleMambaError

PROMPTS = ("watercolour", "mosaic", "pencil sketch", "ukiyo-e woodblock print")
START_SECONDS, STOP_SECONDS = 120.0, 60.0
SIDE = 256
BUSY = (429, 503)
PAUSE = 0.2  # seconds before a client that was turned away asks again
RATE = 1_000_000
_READY = re.compile(r"the studio is at (http://\S+)")
_RESIDENT = re.compile(r"^process_resident_memory_bytes (\S+)$", re.MULTILINE)


@dataclass
class Load:
    """What clients saw.

    Attributes:
        clients: How many there were.
        seconds: How long they asked.
        answers: Answers by HTTP status; 0 where a connection broke.
        wrong: Pictures that are no PNG, or another one than before of the same prompt.
        took: Seconds of each picture.
        memory: Highest resident bytes of the server.
    """

    clients: int
    seconds: float
    answers: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    took: list[float] = field(default_factory=list)
    memory: float = 0.0

    @property
    def failed(self) -> int:
        """Answers that are neither a picture nor a request to come back later."""
        return sum(n for status, n in self.answers.items() if status not in (200, *BUSY))

    def row(self) -> dict[str, Any]:
        """All of it, for JSON; `took` is how many pictures there were."""
        answers = {str(status): count for status, count in sorted(self.answers.items())}
        # `asdict` would count the items of a counter.
        plain = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**plain, "answers": answers, "took": len(self.took)}

    def percentile(self, share: float) -> float:
        """Seconds within which so many pictures were there."""
        return float(np.quantile(self.took, share)) if self.took else float("nan")


@contextmanager
def server(options: Sequence[str]) -> Iterator[str]:
    """Starts `stylemamba studio` in a process of its own; its address.

    Raises:
        StyleMambaError: It does not start.
    """
    command = [sys.executable, "-m", "stylemamba", "studio", "--no-browser", "--port", "0"]
    with subprocess.Popen([*command, *options], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def load_server(url: str, clients: int, seconds: float) -> Load:
    """Has so many clients ask for pictures, one after the other each, for so long.

    Args:
        url: Of a server.
        clients: That ask at the same time.
        seconds: After which none asks any more.
    """
    load = Load(clients, seconds)
    photo = _photo()
    firsts: dict[str, bytes] = {}
    lock, over = threading.Lock(), threading.Event()

    def ask(number: int) -> None:
        turn = number
        while not over.is_set():
            prompt = PROMPTS[turn % len(PROMPTS)]
            started = time.perf_counter()
            status, content = _picture(url, photo, prompt)
            with lock:
                load.answers[status] += 1
                if status == 200:
                    load.took.append(time.perf_counter() - started)
                    load.wrong += firsts.setdefault(prompt, content) != content
                    load.wrong += not content.startswith(b"\x89PNG")
            turn += 1
            if status != 200:
                over.wait(PAUSE)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        load.memory = max(load.memory, _memory(url))
        over.wait(min(1.0, max(0.0, end - time.monotonic())))
    over.set()
    for thread in threads:
        thread.join()
    return load


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        found = _READY.search(line)
        if found:
            # What it says from now on has to be read, or it would wait for us.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return found[1].rstrip("/")
    raise StyleMambaError("the server did not start: try `stylemamba studio` to see why")


def _photo() -> bytes:
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    pixels = np.stack([x, y, 1 - x], axis=-1) + 0.2 * np.sin(40 * x * y)[..., None]
    file = io.BytesIO()
    Image.fromarray(np.rint(255 * pixels.clip(0, 1)).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def _picture(url: str, photo: bytes, prompt: str) -> tuple[int, bytes]:
    """The status of an answer, 0 for none, and its content."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
    body = (
        f'{head}prompt"\r\n\r\n{prompt}\r\n{head}photo"; filename="photo.png"\r\n\r\n'.encode()
        + photo
        + f"\r\n--{boundary}--\r\n".encode()
    )
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    try:
        return _ask(url, "POST", "/v1/pictures", body, kind)
    except (OSError, http.client.HTTPException):
        return 0, b""


def _memory(url: str) -> float:
    try:
        _, content = _ask(url, "GET", "/metrics")
    except (OSError, http.client.HTTPException):
        return 0.0
    found = _RESIDENT.search(content.decode())
    return float(found[1]) if found else 0.0


def _ask(
    url: str,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    place = urlsplit(url)
    assert place.hostname is not None
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=300)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
