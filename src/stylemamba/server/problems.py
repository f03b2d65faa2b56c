"""What a request may be answered with instead of what it asks for: RFC 9457's problem details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stylemamba.portable.recipe_fields import RecipeError

if TYPE_CHECKING:
    from starlette.responses import Response

STATUS: Mapping[str, int] = {
    "unauthorized": 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "no-result": 409,
    "too-slow": 408,
    "gone": 410,
    "too-large": 413,
    "not-a-picture": 415,
    "not-a-video": 415,
    "invalid": 422,
    "too-many-requests": 429,
    "internal": 500,
    "not-installed": 501,
    "queue-full": 503,
    "shutting-down": 503,
    "timeout": 503,
    "cancelled": 503,
}
"""Machine-readable reasons, and the HTTP status of each."""


class Problem(Exception):  # noqa: N818  the name of the standard
    """Answers a request with an error.

    Attributes:
        reason: A key of `STATUS`.
        detail: A line for people that says what to do.
        field: What of the request is meant, as `photo` or `recipe.regions[0].box`; None for all.
        retry_after: Seconds after which the same request may do; None where it won't.
    """

    def __init__(
        self, reason: str, detail: str, field: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail
        self.field, self.retry_after = field, retry_after

    def alone(self) -> Problem:
        """The same without what led to it, whose tracebacks hold all that was in work."""
        return Problem(self.reason, self.detail, self.field, self.retry_after)

    @property
    def status(self) -> int:
        """Of HTTP."""
        return STATUS[self.reason]

    def content(self) -> dict[str, Any]:
        """The answer's JSON."""
        known = {"status": self.status, "reason": self.reason, "detail": self.detail}
        return known if self.field is None else {**known, "field": self.field}

    def headers(self) -> dict[str, str]:
        """The answer's headers."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.status == 408:
            headers["Connection"] = "close"  # what is still to come is not waited for
        return {**headers, "WWW-Authenticate": "Bearer"} if self.status == 401 else headers


def going_down() -> Problem:
    """No work is taken any more."""
    return Problem("shutting-down", "this server is going down: try again", None, 30)


def recipe_problem(error: RecipeError) -> Problem:
    """What is wrong with a recipe, with the path of the field in the request."""
    field = "recipe" if error.field == "recipe" else f"recipe.{error.field}"
    return Problem("invalid", str(error), field)


def answered(problem: Problem) -> Response:
    """The answer that a problem is."""
    from starlette.responses import JSONResponse  # limits.py needs none of it

    return JSONResponse(
        problem.content(),
        problem.status,
        problem.headers(),
        media_type="application/problem+json",
    )
