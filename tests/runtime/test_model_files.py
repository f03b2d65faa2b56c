from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub
import pytest
import torch
from huggingface_hub import constants

from stylemamba.errors import StyleMambaError
from stylemamba.runtime import model_files

NAME = "someone/model"
COMMIT = "a" * 40
REPOSITORY = {"config.json": b"{}", "model.safetensors": b"weights", "README.md": b"# model"}
PATTERNS = ("*.json", "*.safetensors")
SILENCE = "cannot reach the Hugging Face hub for 'someone/model'"

SetEndpoint = Callable[[str], None]


class HubHandler(BaseHTTPRequestHandler):
    """As much of the hub's protocol as one download takes."""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, with_body: bool) -> None:
        path = self.path.split("?")[0]
        file = path.rsplit("/", 1)[-1]
        if path in (f"/api/models/{NAME}", f"/api/models/{NAME}/revision/main"):
            self._send(json.dumps({"id": NAME, "sha": COMMIT}).encode(), "info", with_body)
        elif path.startswith(f"/api/models/{NAME}/tree/"):
            tree = [
                {"type": "file", "path": path, "size": len(content), "oid": f"oid-{path}"}
                for path, content in REPOSITORY.items()
            ]
            self._send(json.dumps(tree).encode(), "tree", with_body)
        elif path.startswith(f"/{NAME}/resolve/") and file in REPOSITORY:
            self._send(REPOSITORY[file], f"oid-{file}", with_body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _send(self, body: bytes, etag: str, with_body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def set_endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SetEndpoint]:
    """Points huggingface_hub to another server and to an empty cache."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))

    def set_endpoint(url: str) -> None:
        template = url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        huggingface_hub.close_session()

    yield set_endpoint
    huggingface_hub.close_session()


@pytest.fixture
def hub_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), HubHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def refusal(name: str | Path) -> str:
    with pytest.raises(StyleMambaError) as caught:
        model_files.model_folder(name, PATTERNS, "--encoder")
    message = str(caught.value)
    assert "\n" not in message
    assert "--encoder DIR" in message
    return message


def test_a_folder_is_returned_as_it_is(tmp_path: Path) -> None:
    assert model_files.model_folder(str(tmp_path), PATTERNS, "--encoder") == tmp_path


def test_a_path_that_is_no_folder_never_asks_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def must_not_be_called(name: str) -> None:
        raise AssertionError(name)

    monkeypatch.setattr(model_files, "_ask_hub", must_not_be_called)
    file = tmp_path / "weights.safetensors"
    file.write_bytes(b"")
    for name in (file, tmp_path / "missing", "./missing", "~/missing", "a/b/c"):
        assert "is not a folder" in refusal(name)


def test_downloads_the_wanted_files_then_works_offline(
    set_endpoint: SetEndpoint, hub_url: str
) -> None:
    set_endpoint(hub_url)
    folder = model_files.model_folder(NAME, PATTERNS, "--encoder")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        name: content for name, content in REPOSITORY.items() if name != "README.md"
    }

    set_endpoint("http://127.0.0.1:9")
    assert model_files.model_folder(NAME, PATTERNS, "--encoder") == folder

    next(folder.glob("*.safetensors")).unlink()
    assert refusal(NAME).startswith(SILENCE)


def test_an_unknown_name_is_refused(set_endpoint: SetEndpoint, hub_url: str) -> None:
    set_endpoint(hub_url)
    assert "'someone/else' is neither a folder nor known to the" in refusal("someone/else")


def test_what_is_no_name_is_refused(set_endpoint: SetEndpoint) -> None:
    set_endpoint("http://127.0.0.1:9")
    assert "is neither a folder nor a model name" in refusal("no name at all")


def test_offline_mode_is_named(
    set_endpoint: SetEndpoint, hub_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_endpoint(hub_url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in refusal(NAME)


@pytest.mark.parametrize("dribbles", [False, True])
def test_a_hub_that_never_answers_is_given_up(
    dribbles: bool, set_endpoint: SetEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server, contextlib.ExitStack() as stack:
        done = threading.Event()
        stack.callback(done.set)

        def serve() -> None:
            # A byte of a header now and then keeps every timeout of the client from striking.
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not done.wait(0.1):
                    connection.sendall(b"x")

        if dribbles:
            threading.Thread(target=serve, daemon=True).start()
        set_endpoint(f"http://127.0.0.1:{server.getsockname()[1]}")
        start = time.monotonic()
        assert refusal(NAME).startswith(SILENCE)
        assert 0.4 < time.monotonic() - start < 3


def test_no_hub_is_a_quick_one_line_refusal_in_a_fresh_process(tmp_path: Path) -> None:
    """Fails within 10 s even when the answer takes all of ANSWER_SECONDS: no slow import before."""
    assert model_files.ANSWER_SECONDS <= 4
    code = (
        "import sys\n"
        "from stylemamba.autoencoders.pretrained import DiffusersAutoencoder\n"
        "from stylemamba.encoders.siglip import SiglipStyleEncoder\n"
        "from stylemamba.errors import StyleMambaError\n"
        "for model in (SiglipStyleEncoder, DiffusersAutoencoder):\n"
        "    try:\n"
        "        model.from_pretrained('someone/model')\n"
        "    except StyleMambaError as error:\n"
        "        print(error)\n"
        "print('transformers' in sys.modules, 'diffusers' in sys.modules)\n"
    )
    environment = {
        **os.environ,
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "HF_HUB_OFFLINE": "0",
        "HF_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    start = time.monotonic()
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert time.monotonic() - start < 10 - model_files.ANSWER_SECONDS
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        f"{SILENCE}: pass --encoder DIR with a local copy of the model",
        f"{SILENCE}: pass --autoencoder DIR with a local copy of the model",
        "False False",
    ]


def test_a_fingerprint_keeps_no_model_alive() -> None:
    model = torch.nn.Linear(3, 2)
    first = model_files.fingerprint(model)
    assert model_files.fingerprint(model) == first
    assert model_files.fingerprint(torch.nn.Linear(3, 2)) != first
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
