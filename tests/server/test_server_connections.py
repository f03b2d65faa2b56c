"""Clients that take their time, and a server that is told to end, over real sockets."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx
import pytest
from serving import SlowPipeline, picture

from stylemamba.server import access, connections

Serve = Callable[..., httpx.Client]
FORM = {"data": {"prompt": "fire"}, "files": {"photo": picture()}}


@contextmanager
def connected(client: httpx.Client) -> Iterator[socket.socket]:
    address = urlsplit(str(client.base_url))
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        yield connection


def heard(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    content = b""
    while part := connection.recv(65536):
        content += part
    return content


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.4)
    monkeypatch.setattr(access, "BODY_SECONDS", 0.4)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "begun", [b"", b"GET / HT", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "]
)
def test_headers_that_do_not_come_end_the_connection(serve: Serve, begun: bytes) -> None:
    with connected(serve()) as connection:
        connection.sendall(begun)
        assert heard(connection).startswith(b"HTTP/1.1 408 ")


@pytest.mark.usefixtures("hasty")
def test_headers_byte_by_byte_do_not_help(serve: Serve) -> None:
    with connected(serve()) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        with pytest.raises(OSError):  # it is closed while more is sent
            for number in range(200):
                connection.sendall(b"X-%d: 1\r\n" % number)
                time.sleep(0.05)


@pytest.mark.usefixtures("hasty")
def test_a_later_request_is_waited_for_just_as_long(serve: Serve) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connected(serve()) as connection:
        for _ in range(2):
            connection.sendall(whole)
            answer = b""
            while not answer.endswith(b'{"alive":true}'):
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200 ")
            time.sleep(0.6)  # idle connections stay for longer
        connection.sendall(whole[:20])
        assert heard(connection).startswith(b"HTTP/1.1 408 ")


def request(length: int, path: str = "/v1/pictures") -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    ).encode()


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("path", ["/v1/pictures", "/v1/videos", "/v1/recipes"])
def test_a_body_that_hardly_comes_is_told_and_ended(serve: Serve, path: str) -> None:
    with connected(serve()) as connection:
        connection.sendall(request(20_000, path) + b"--x\r\n")
        answer = heard(connection)
        assert answer.startswith(b"HTTP/1.1 408 ") and b'"too-slow"' in answer
        assert b"connection: close" in answer.lower()


@pytest.mark.usefixtures("hasty")
def test_a_body_that_keeps_coming_has_more_time(serve: Serve) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + b" " * 64_000
    body += b"\r\n--x--\r\n"
    with connected(serve()) as connection:
        connection.sendall(request(len(body), "/v1/recipes"))
        for start in range(0, len(body), 8000):  # 64 kB in 0.9 s: twice the least rate
            connection.sendall(body[start : start + 8000])
            time.sleep(0.1)
        assert connection.recv(65536).startswith(b"HTTP/1.1 422 ")


@pytest.mark.usefixtures("hasty")
def test_what_comes_after_the_answer_is_not_waited_for(serve: Serve) -> None:
    with connected(serve()) as connection:
        connection.sendall(request(100_000_000))
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
        with pytest.raises(OSError):
            for _ in range(200):
                connection.sendall(b"x")
                time.sleep(0.05)


class Process:
    """A server in a process of its own, which can be told to end."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self.process = process
        self.orders: IO[str] = process.stdin
        self.client = httpx.Client(base_url=process.stdout.readline().strip(), timeout=40)
        while self.client.get("/readyz").status_code != 200:
            time.sleep(0.02)

    def order(self, what: str) -> None:
        self.orders.write(f"{what}\n")
        self.orders.flush()
        assert self.process.stdout is not None and self.process.stdout.readline() == "ok\n"

    def job(self) -> str:
        """A job that waits for `go`."""
        self.order("hold")
        name: str = self.client.post("/v1/jobs", **FORM).json()["id"]
        while self.client.get(f"/v1/jobs/{name}").json()["state"] == "queued":
            time.sleep(0.02)
        return name

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)


@pytest.fixture
def process() -> Iterator[Process]:
    script = Path(__file__).parent / "slow_server.py"
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as started:
        try:
            yield Process(started)
        finally:
            started.kill()


def test_sigterm_finishes_what_is_in_work_and_tells_others_to_go_elsewhere(
    process: Process,
) -> None:
    name = process.job()
    process.end()
    while (ready := process.client.get("/readyz")).status_code == 200:
        time.sleep(0.02)
    assert ready.status_code == 503 and int(ready.headers["retry-after"]) > 0
    with httpx.Client(base_url=process.client.base_url) as another:  # a new connection
        refused = another.post("/v1/jobs", **FORM)
        assert (refused.status_code, refused.json()["reason"]) == (503, "shutting-down")
        assert int(refused.headers["retry-after"]) > 0
        assert another.get("/healthz").status_code == 200
        process.order("go")
        while another.get(f"/v1/jobs/{name}").json()["state"] != "done":
            time.sleep(0.02)
        assert another.get(f"/v1/jobs/{name}/picture").status_code == 200
    assert process.process.wait(40) == 0


def test_sigterm_ends_an_idle_server_at_once(process: Process) -> None:
    process.end()
    assert process.process.wait(40) == 0


def test_what_is_not_done_in_time_is_answered(serve: Serve, pipe: SlowPipeline) -> None:
    client = serve()
    pipe.go.clear()
    answers: list[int] = []
    asking = threading.Thread(
        target=lambda: answers.append(client.post("/v1/pictures", **FORM).status_code)
    )
    asking.start()
    assert pipe.started.acquire(timeout=5)
    client.app.state.server.should_exit = True  # as a signal does; the tests' grace is short
    asking.join(15)
    assert answers == [503]
