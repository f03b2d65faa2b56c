"""Connections whose clients take their time: what uvicorn leaves open without an end.

Uvicorn ends connections that are idle between two requests; one that never sends a request, or its
headers byte by byte, it keeps. (What bodies may take is in access.py.)
"""

from __future__ import annotations

import asyncio
import contextlib

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 15.0
"""From the first moment of a connection, or the first byte of a later request, to the end of its
headers; and from an answer to the end of a body that came too late for it."""


class TimedProtocol(H11Protocol):
    """HTTP/1.1 that ends connections whose requests do not come to an end."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts to wait for the headers of a request."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Goes on with what has come; waits while that is not a whole request."""
        super().handle_events()
        if not self._is_due():
            self._stop_waiting()
        elif self._due is None:
            self._wait()

    def _is_due(self) -> bool:
        """Whether there is to come more: of headers, or of a body that was answered already."""
        if self.conn.their_state is h11.IDLE:
            return self.cycle is None or bool(self.conn.trailing_data[0])
        return self.conn.their_state is h11.SEND_BODY and self.cycle.response_complete

    def _wait(self) -> None:
        self._due = self.loop.call_later(HEADER_SECONDS, self._too_late)

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _too_late(self) -> None:
        if self.transport.is_closing():
            return
        response = h11.Response(
            status_code=408, reason=b"Request Timeout", headers=[(b"connection", b"close")]
        )  # not after another answer
        with contextlib.suppress(h11.LocalProtocolError):
            for event in (response, h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
