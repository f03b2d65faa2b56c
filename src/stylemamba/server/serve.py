"""Running the server in this process, until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from stylemamba.errors import StyleMambaError
from stylemamba.server.app import create_app
from stylemamba.server.connections import TimedProtocol
from stylemamba.server.limits import Limits
from stylemamba.server.service import Service
from stylemamba.server.telemetry import JsonLines

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from stylemamba.pipeline import StyleMambaPipeline

LOOPBACK = ("127.0.0.1", "localhost", "::1")
GRACE = 30.0
"""Seconds for pictures that are in work when the server is told to end."""
CONNECTIONS = 256
"""At a time; more are answered with 503."""
FETCHING = 2.0
"""Seconds after the last job, for its client to fetch what it made."""
LAST_ANSWERS = 5
"""Seconds for answers that are on their way at the very end."""
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


class Listener(uvicorn.Server):
    """Serves any application, and says where it listens, once it does.

    Args:
        app: The application.
        address: Where it listens.

    Attributes:
        on_start: Hears the port.
    """

    def __init__(self, app: ASGIApp, address: Address) -> None:
        config = uvicorn.Config(
            app,
            host=address.host,
            port=address.port,
            http=TimedProtocol,
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=IDLE,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=LAST_ANSWERS,
        )
        super().__init__(config)
        self.on_start: Callable[[int], None] = lambda _: None

    async def startup(self, sockets: object = None) -> None:
        """Begins to listen."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            self.on_start(self.servers[0].sockets[0].getsockname()[1])


class Server(Listener):
    """Serves the studio; when it is told to end, it finishes what it has first.

    It listens on meanwhile, so that clients and balancers are told so, with 503, rather than that
    nobody is there. A second Ctrl-C ends it at once.

    Args:
        app: Of `create_app`.
        address: Where it listens.
        grace: Seconds for what is in work when it is told to end.
    """

    def __init__(self, app: FastAPI, address: Address, grace: float = GRACE) -> None:
        super().__init__(app, address)
        self._service: Service = app.state.service
        self._grace = grace
        self._end: float | None = None
        self._busy = 0.0

    async def on_tick(self, counter: int) -> bool:
        """Is asked ten times a second; true when it is to end."""
        if not await super().on_tick(counter):
            return False
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._grace
            self._service.drain()
        if self._service.is_busy:
            self._busy = now
        if not self.force_exit and now < min(self._end, self._busy + FETCHING):
            return False
        await asyncio.to_thread(self._service.close, 0.0)  # whoever still waits gets an answer
        return True


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
    app = create_app(pipe, limits, hosts=address.allowed, token=address.token, grace=0.0)
    try:
        listen(Server(app, address), address, on_start, browser)
    finally:
        logger.removeHandler(handler)


def listen(
    server: Listener,
    address: Address,
    on_start: Callable[[str], None],
    browser: bool = False,
    end: threading.Event | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM.

    Args:
        server: Serves an application.
        address: Where it listens.
        on_start: Hears its address when it can be opened.
        browser: Open it.
        end: It ends when this is set, too.

    Raises:
        StyleMambaError: It cannot listen there.
    """

    def started(port: int) -> None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        secret = "" if address.token is None else f"?token={address.token}"
        url = f"http://{host}:{port}/{secret}"
        on_start(url)
        if browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    # Uvicorn ends well on SIGTERM, and then sends it again to whoever was there before.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    server.on_start = started
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
