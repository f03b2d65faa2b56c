from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from serving import SlowPipeline, serving
from studio_page import CHROMIUM, SECONDS

from stylemamba.server.app import create_app
from stylemamba.server.limits import Limits


@pytest.fixture
def pipe() -> SlowPipeline:
    return SlowPipeline()


@pytest.fixture
def serve(pipe: SlowPipeline) -> Iterator[Callable[..., httpx.Client]]:
    """Starts a server, and gives a client of it; the pipeline's `warm_up` is its first call."""
    with ExitStack() as stack:

        def start(limits: Limits | None = None, **options: Any) -> httpx.Client:
            app = create_app(pipe, limits, grace=2.0, **options)
            address = stack.enter_context(serving(app))
            while not pipe.started.acquire(blocking=False):
                pass
            client = stack.enter_context(httpx.Client(base_url=address, timeout=20))
            client.app = app
            return client

        yield start
        pipe.go.set()


@pytest.fixture(scope="module")
def studio() -> Any:
    """The application with a stand-in for the models, which inverts photos."""
    return create_app(SlowPipeline(), Limits(rate=10_000), grace=2.0)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def studio_address(studio: Any) -> Iterator[str]:
    """Where `studio` is served."""
    with serving(studio) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="the extra `test` is not installed"
    )
    playwright.expect.set_options(timeout=SECONDS)
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()
