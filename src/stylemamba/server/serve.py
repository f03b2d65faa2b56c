"""Running the server in this process, until it is told to end."""

from __future__ import annotations

import logging
import secrets
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from stylemamba.errors import StyleMambaError
from stylemamba.server.app import create_app
from stylemamba.server.limits import Limits
from stylemamba.server.telemetry import JsonLines

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from stylemamba.pipeline import StyleMambaPipeline

LOOPBACK = ("127.0.0.1", "localhost", "::1")
GRACE = 30.0
"""Seconds for pictures that are in work when the server is told to end."""
CONNECTIONS = 256
"""At a time; more are answered with 503."""
IDLE = 20
"""Seconds after which connections on which nothing comes are closed."""


@dataclass(frozen=True)
class Address:
    """Where a server listens, and who may ask it.

    Attributes:
        host: Of the network's names of this machine.
        port: 0 for any that is free.
        token: That clients have to know; None for none.
        names: Other names that it goes by, as behind a proxy.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    token: str | None = None
    names: tuple[str, ...] = ()

    @classmethod
    def checked(
        cls, host: str, port: int, token: str | None, insecure: bool, names: tuple[str, ...]
    ) -> Address:
        """An address that is safe, or that somebody wanted as it is.

        Raises:
            StyleMambaError: Others can reach it, and nothing keeps them out.
        """
        token = token or None  # an empty variable is no secret
        if host not in LOOPBACK and token is None and not insecure:
            raise StyleMambaError(
                f"--host {host}: others could use this server: add --token {secrets.token_hex(8)} "
                "(any secret of yours), or --insecure if that is wanted"
            )
        return cls(host, port, token, names)

    def check_free(self) -> None:
        """Finds out, before models are loaded, whether it can be listened on.

        Raises:
            StyleMambaError: It can't.
        """
        try:
            with socket.create_server((self.host, self.port), family=_family(self.host)):
                pass
        except OSError as error:
            raise _cannot_listen(self) from error

    @property
    def allowed(self) -> tuple[str, ...]:
        """Names that it answers to; none stands for all: with a token, any name may lead here."""
        if self.host in LOOPBACK:
            return (*LOOPBACK, *self.names)
        return () if self.token is not None or not self.names else self.names


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _cannot_listen(address: Address) -> StyleMambaError:
    return StyleMambaError(
        f"cannot listen on {address.host}:{address.port}: choose another --port, or 0"
    )


class _Server(uvicorn.Server):
    """Says where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: object = None) -> None:
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            self._on_start(self.servers[0].sockets[0].getsockname()[1])


def serve(
    pipe: StyleMambaPipeline,
    limits: Limits,
    address: Address,
    on_start: Callable[[str], None],
    browser: bool = False,
) -> None:
    """Serves until SIGINT or SIGTERM, then finishes what is in work.

    Args:
        pipe: Paints.
        limits: What it takes on.
        address: Where it listens.
        on_start: Hears the studio's address when it can be opened.
        browser: Open it.

    Raises:
        StyleMambaError: It cannot listen there.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("stylemamba.server")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    app = create_app(pipe, limits, hosts=address.allowed, token=address.token, grace=GRACE)
    try:
        listen(app, address, on_start, browser, int(GRACE))
    finally:
        logger.removeHandler(handler)


def listen(
    app: ASGIApp,
    address: Address,
    on_start: Callable[[str], None],
    browser: bool = False,
    grace: int = 0,
    end: threading.Event | None = None,
) -> None:
    """Serves any application until SIGINT or SIGTERM.

    Args:
        app: The application.
        address: Where it listens.
        on_start: Hears its address when it can be opened.
        browser: Open it.
        grace: Seconds for requests that are in work when it ends.
        end: It ends when this is set, too.

    Raises:
        StyleMambaError: It cannot listen there.
    """
    config = uvicorn.Config(
        app,
        host=address.host,
        port=address.port,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=grace,
    )

    def started(port: int) -> None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        secret = "" if address.token is None else f"?token={address.token}"
        url = f"http://{host}:{port}/{secret}"
        on_start(url)
        if browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    # Uvicorn ends well on SIGTERM, and then sends it again to whoever was there before.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    server = _Server(config, started)
    if end is not None:
        threading.Thread(target=lambda: _end_after(end, server), daemon=True).start()
    try:
        server.run()
    except SystemExit as error:  # uvicorn's way to say that the port is taken
        raise _cannot_listen(address) from error
    finally:
        signal.signal(signal.SIGTERM, before)


def _end_after(end: threading.Event, server: uvicorn.Server) -> None:
    end.wait()
    server.should_exit = True
