"""What an operator sees: Prometheus metrics, and a log of one JSON object a line.

Neither has anything of what clients send: no prompts, no names of files, no pictures.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stylemamba.server.jobs import Job
from stylemamba.server.problems import Problem, answered

log = logging.getLogger("stylemamba.server")

BUCKETS = (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counts for Prometheus.

    Args:
        gauges: Name and description of what is read when it is asked for.
    """

    def __init__(self, gauges: dict[tuple[str, str], Callable[[], float]]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._requests = Counter(
            "stylemamba_requests_total",
            "HTTP requests.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._jobs = Counter(
            "stylemamba_jobs_total", "Jobs that are over.", ["outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "stylemamba_job_seconds",
            "Time that finished jobs were in work.",
            buckets=BUCKETS,
            registry=self.registry,
        )
        for (name, description), read in gauges.items():
            gauge = Gauge(f"stylemamba_{name}", description, registry=self.registry)
            gauge.set_function(read)

    def request(self, method: str, route: str, status: int) -> None:
        """A request was answered."""
        self._requests.labels(method, route, str(status)).inc()

    def job(self, job: Job) -> None:
        """A job is over."""
        outcome = "done" if job.problem is None else job.problem.reason
        self._jobs.labels(outcome).inc()
        if job.problem is None:
            self._seconds.observe(job.seconds)
        log_event("job", outcome=outcome, seconds=round(job.seconds, 3))

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self.registry)


class Observed:
    """ASGI middleware that counts and logs every request, and answers those that went wrong.

    Args:
        app: What is asked.
        metrics: Count them.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, heard)
        except Exception:
            log.exception("request failed")
            if not status:
                problem = Problem("internal", "something went wrong here, and was written down")
                await answered(problem)(scope, receive, heard)
        # The route, not the path: that one is the client's.
        route = getattr(scope.get("route"), "path", "") or "/"
        self._metrics.request(scope["method"], route, status)
        took = round(time.perf_counter() - started, 3)
        log_event("request", method=scope["method"], route=route, status=status, seconds=took)


class JsonLines(logging.Formatter):
    """A log record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        content: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            content["traceback"] = self.formatException(record.exc_info)
        return json.dumps(content)


def log_event(event: str, **fields: Any) -> None:
    """Writes a line about something that happened."""
    log.info(event, extra={"fields": fields})
