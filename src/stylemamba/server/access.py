"""Who may ask, how often and how much: what every request passes before it is looked at."""

from __future__ import annotations

import asyncio
import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from types import MappingProxyType
from urllib.parse import SplitResult, parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stylemamba.server.problems import Problem, answered, going_down

COOKIE = "stylemamba-token"
OPEN = ("/healthz", "/readyz")
"""Paths that answer whoever asks."""
BODY_SECONDS, BODY_RATE = 20.0, 32_000
"""That a request's body may take, and bytes a second for each of which it may take longer."""
MOST_CLIENTS = 10_000
COSTLY = "/frame"
"""End of paths that count as work, though they are only looked at."""
SAFE = ("GET", "HEAD", "OPTIONS")
SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; "
    "style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class RateLimit:
    """So many requests a minute and client, some of them at once (a token bucket).

    Args:
        rate: Requests a minute.
        clock: Seconds, rising.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate / 60, clock
        self._burst = max(1.0, rate / 4)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Counts a request.

        Raises:
            Problem: It is one too many.
        """
        with self._lock:
            now = self._clock()
            left, then = self._left.pop(client, (self._burst, now))
            left = min(self._burst, left + (now - then) * self._rate)
            allowed = left >= 1
            self._left[client] = (left - 1 if allowed else left, now)
            while len(self._left) > MOST_CLIENTS:
                self._left.popitem(last=False)
        if not allowed:
            wait = int((1 - left) / self._rate) + 1
            raise Problem("too-many-requests", f"too many requests: wait {wait} s", None, wait)


class Access:
    """ASGI middleware that turns away who may not ask, and what is too much.

    Args:
        app: What is asked.
        hosts: Names that this server goes by; a page that another name leads here (DNS rebinding)
            gets nothing. Empty for any.
        token: That clients have to know; None for none.
        upload: Bytes of a request at most.
        larger: The same, of some paths.
        is_closing: Whether no more work is taken.
        rate: Of requests that ask for work, a minute and client.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str],
        token: str | None,
        upload: int,
        rate: int,
        larger: Mapping[str, int] = MappingProxyType({}),
        is_closing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._app, self._hosts, self._token = app, frozenset(hosts), token
        self._upload, self._larger, self._rate = upload, larger, RateLimit(rate)
        self._is_closing = is_closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            answer = self._let_in(scope)
            if answer is None:
                self._check(scope)
        except Problem as problem:
            answer = answered(problem)
        if answer is not None:
            await answer(scope, receive, secured)
            return
        await self._app(scope, _bounded(receive, self._most(scope)), secured)

    def _let_in(self, scope: Scope) -> Response | None:
        """Gives a browser the token as a cookie, where the address that it opens has it."""
        if self._token is None or scope["path"] != "/" or not scope["query_string"]:
            return None
        (given,) = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[:1]
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return None
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
        return answer

    def _most(self, scope: Scope) -> int:
        return self._larger.get(scope["path"], self._upload)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = _place(f"//{headers.get('host', '')}").hostname or ""
        if self._hosts and host not in self._hosts:
            raise Problem("forbidden", f"this server does not go by the name {host[:80]!r}")
        if scope["path"] in OPEN:
            return
        if self._token is not None and not _knows(headers, self._token):
            raise Problem("unauthorized", "send the token: Authorization: Bearer TOKEN")
        if scope["method"] in SAFE:
            if scope["path"].endswith(COSTLY):
                self._count(scope)
            return
        origin = headers.get("origin")
        if origin is not None and _place(origin).netloc != headers.get("host"):
            raise Problem("forbidden", "pages of other sites may not use this server")
        length = headers.get("content-length", "0")
        most = self._most(scope)
        if not length.isdecimal() or int(length) > most:
            raise Problem("too-large", f"at most {most // 10**6} MB are taken at once")
        if scope["method"] == "POST" and not scope["path"].endswith("/cancel"):
            if self._is_closing():
                raise going_down()
            self._count(scope)

    def _count(self, scope: Scope) -> None:
        client = scope.get("client")
        self._rate.take(client[0] if client else "")


def _place(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise Problem("forbidden", "this is no address") from error


def _knows(headers: Headers, token: str) -> bool:
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            cookie = None
        given = "" if cookie is None else cookie.value
    return hmac.compare_digest(given.strip().encode(), token.encode())


def _bounded(receive: Receive, most: int) -> Receive:
    """Of a body whose length was not told, or told wrongly, too; and of one that hardly comes."""
    seen, began, is_over = 0, time.monotonic(), False

    async def bounded() -> Message:
        nonlocal seen, is_over
        left = began + BODY_SECONDS + seen / BODY_RATE - time.monotonic()
        try:
            # What is over is asked for once more, to hear of the client's going.
            message = await (receive() if is_over else asyncio.wait_for(receive(), left))
        except asyncio.TimeoutError as error:
            detail = "the request came too slowly: send less, or over a faster connection"
            raise Problem("too-slow", detail) from error
        is_over = not message.get("more_body", False)
        seen += len(message.get("body", b""))
        if seen > most:
            raise Problem("too-large", f"at most {most // 10**6} MB are taken at once")
        return message

    return bounded
