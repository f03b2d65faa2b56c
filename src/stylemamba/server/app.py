"""The application: the HTTP API at /v1, the studio at /, and what operators ask."""

from __future__ import annotations

import asyncio
import importlib.resources
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from stylemamba import __version__
from stylemamba.server import jobs_api, studio_api, videos_api
from stylemamba.server.access import Access
from stylemamba.server.limits import Limits
from stylemamba.server.problems import STATUS, Problem, answered
from stylemamba.server.schema import schemas
from stylemamba.server.service import Service
from stylemamba.server.telemetry import Observed

if TYPE_CHECKING:
    from stylemamba.pipeline import StyleMambaPipeline

PAGE = importlib.resources.files("stylemamba.server") / "page"
TIDY_SECONDS = 30.0
SAMPLE = importlib.resources.files("stylemamba") / "samples" / "chelsea.png"


def create_app(
    pipe: StyleMambaPipeline,
    limits: Limits | None = None,
    *,
    hosts: Iterable[str] = ("localhost", "127.0.0.1", "::1"),
    token: str | None = None,
    grace: float = 30.0,
) -> FastAPI:
    """The application, for any ASGI server; one process of it, since its jobs are in memory.

    Args:
        pipe: Paints.
        limits: What it takes on.
        hosts: Names that it goes by; empty for any.
        token: That clients have to know; None for none.
        grace: Seconds for jobs that are left when its lifespan ends.
    """
    limits = limits or Limits()
    service = Service(pipe, limits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.start)
        tidying = asyncio.create_task(_tidy(service))
        yield
        tidying.cancel()
        await run_in_threadpool(service.close, grace)

    app = FastAPI(
        title="StyleMamba",
        version=__version__,
        description="Text in, stylised photo out.",
        lifespan=lifespan,
        docs_url=None,  # its pages load scripts from another site
        redoc_url=None,
    )
    app.state.service = service
    app.include_router(jobs_api.router(service))
    app.include_router(videos_api.router(service))
    app.include_router(studio_api.router(service))
    _add_operators_pages(app, service)

    @app.get("/sample.png", include_in_schema=False)
    def sample() -> FileResponse:
        return FileResponse(str(SAMPLE), media_type="image/png")

    app.mount("/", StaticFiles(directory=str(PAGE), html=True))
    _answer_problems(app)
    app.add_middleware(
        Access,
        hosts=tuple(hosts),
        token=token,
        upload=limits.upload * 1_000_000,
        larger=dict.fromkeys(videos_api.PATHS, limits.video_bytes),
        rate=limits.rate,
        is_closing=lambda: service.is_closing,
    )
    app.add_middleware(Observed, metrics=service.metrics)  # the last one added is the first asked
    app.openapi = _with_schemas(app.openapi)  # type: ignore[method-assign]
    return app


async def _tidy(service: Service) -> None:
    """Forgets what has been kept for long enough, though nobody asks for anything."""
    while True:
        await asyncio.sleep(TIDY_SECONDS)
        await run_in_threadpool(service.rest)


def _add_operators_pages(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", tags=["operators"])
    async def alive() -> dict[str, bool]:
        """Whether the process answers."""
        return {"alive": True}

    @app.get("/readyz", tags=["operators"])
    async def ready() -> dict[str, bool]:
        """Whether the models are loaded, and it takes jobs."""
        if not service.is_ready:
            raise Problem("shutting-down", "not ready yet, or going down", None, 5)
        return {"ready": True}

    @app.get("/metrics", tags=["operators"], response_class=PlainTextResponse)
    def metrics() -> Response:
        """Counts for Prometheus."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


def _answer_problems(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return answered(error)

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> Response:
        reasons = {STATUS[reason]: reason for reason in ("not-found", "method-not-allowed")}
        reason = reasons.get(error.status_code, "invalid")
        return answered(Problem(reason, str(error.detail)))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        return answered(Problem("invalid", f"{field}: {first['msg']}", field))


def _with_schemas(openapi: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """The OpenAPI document, with the recipe's own schema."""

    def document() -> dict[str, Any]:
        content = openapi()
        content.setdefault("components", {}).setdefault("schemas", {}).update(schemas())
        return content

    return document
