"""The page of a show, and what it asks for; on this machine only."""

from __future__ import annotations

import importlib.resources
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from stylemamba.live.snapshot import photo_file, snapshot
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.server.access import Access
from stylemamba.server.limits import LONGEST_PROMPT
from stylemamba.server.problems import Problem, answered

if TYPE_CHECKING:
    from stylemamba.live.show import Show, View
    from stylemamba.pipeline import StyleMambaPipeline

PAGE = importlib.resources.files("stylemamba.live") / "page"
STUDIO = importlib.resources.files("stylemamba.server") / "page"
SHARED = ("studio.css", "icon.svg")
"""Files of the studio's page that this one has, too."""
POLL = 1.0
"""Seconds after which a request for the next picture is answered, though there is none."""
UPLOAD, RATE = 200_000, 6_000
"""Bytes of a wish, and wishes a minute, at most."""
_KINDS: dict[str, tuple[type, ...]] = {
    "prompt": (str,),
    "strength": (int, float),
    "frozen": (bool,),
}


def create_app(show: Show, pipe: StyleMambaPipeline, hosts: Iterable[str]) -> Starlette:
    """The application, for any ASGI server.

    Args:
        show: What is to be seen.
        pipe: Paints snapshots.
        hosts: Names that it goes by.
    """

    async def view(request: Request) -> Response:
        """The newest picture after a number; nothing if there is none for a while."""
        number = request.query_params.get("after", "0")
        after = int(number) if number.isdecimal() and len(number) < 16 else 0
        found = await run_in_threadpool(show.views.after, after, POLL)
        if found is None:
            return Response(status_code=204)
        number, seen = str(found[0]), found[1]
        age = 1000 * (time.monotonic() - seen.taken.at)
        headers = {"X-Number": number, "X-Age": f"{age:.1f}"}
        return Response(seen.jpeg, media_type="image/jpeg", headers=headers)

    async def state(_: Request) -> Response:
        return JSONResponse(show.state())

    async def wish(request: Request) -> Response:
        asked = _read(await request.body())
        try:
            await run_in_threadpool(show.change, **asked)
        except RecipeError as error:
            raise Problem("invalid", str(error), error.field) from error
        return JSONResponse(show.state())

    def picture(make: Callable[[View], bytes], name: str) -> Callable[..., Awaitable[Response]]:
        async def endpoint(_: Request) -> Response:
            seen = show.views.value
            if seen is None:
                raise Problem("no-result", "there is no picture yet", None, 1)
            content = await run_in_threadpool(make, seen)
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Response(content, media_type="image/png", headers=headers)

        return endpoint

    def shared(name: str) -> Route:
        return Route(f"/{name}", lambda _: FileResponse(str(STUDIO / name)))

    routes = [
        Route("/v1/view", view),
        Route("/v1/state", state),
        Route("/v1/wish", wish, methods=["POST"]),
        Route("/v1/snapshot.png", picture(lambda seen: snapshot(pipe, seen), "snapshot.png")),
        Route("/v1/photo.png", picture(lambda seen: photo_file(seen.taken.whole), "photo.png")),
        *map(shared, SHARED),
        Mount("/", StaticFiles(directory=str(PAGE), html=True)),
    ]
    access = Middleware(Access, hosts=tuple(hosts), token=None, upload=UPLOAD, rate=RATE)
    return Starlette(routes=routes, middleware=[access], exception_handlers={Problem: _problem})


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answered(error)


def _read(content: bytes) -> dict[str, Any]:
    """What of a show is to change.

    Raises:
        Problem: It is something else.
    """
    try:
        asked = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Problem("invalid", "send a JSON object") from error
    if not isinstance(asked, dict):
        raise Problem("invalid", "send a JSON object")
    for name, value in asked.items():
        if name not in _KINDS or not isinstance(value, _KINDS[name]):
            known = ", ".join(_KINDS)
            raise Problem(
                "invalid", f"{name[:40]}: is not one of {known}, or of another kind", name
            )
    if len(asked.get("prompt", "")) > LONGEST_PROMPT:
        raise Problem("invalid", f"at most {LONGEST_PROMPT} letters are read", "prompt")
    return {name: asked.get(name) for name in _KINDS}
