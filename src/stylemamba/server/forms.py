"""What clients send in forms: photos, recipes and prompts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import Bounds, RecipeError
from stylemamba.server.jobs import Job
from stylemamba.server.limits import LONGEST_PROMPT
from stylemamba.server.problems import Problem, recipe_problem
from stylemamba.server.service import Service
from stylemamba.server.uploads import Upload

MOST_FILES, MOST_FIELDS = 24, 16
LEAST_DRAFT = 64

FORM: dict[str, Any] = {
    "photo": {"type": "string", "format": "binary", "description": "A picture's file."},
    "photo_id": {"type": "string", "description": "Instead: the id of a photo of POST /v1/photos."},
}
JOB_FORM: dict[str, Any] = {
    **FORM,
    "prompt": {"type": "string", "description": 'The style, in words: "cubism::2 neon light".'},
    "recipe": {
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": "#/components/schemas/Recipe"},
        "description": "Instead of a prompt: all that decides the picture, as JSON.",
    },
    "draft": {
        "type": "integer",
        "minimum": LEAST_DRAFT,
        "description": "Paint a copy of the photo whose longer side is at most so many pixels.",
    },
    "strip_metadata": {
        "type": "boolean",
        "default": False,
        "description": "Leave out what the photo's file tells beside its pixels: place, date, "
        "camera, colour profile. The recipe stays.",
    },
}
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


class Form:
    """A form that was sent.

    Args:
        data: Its fields and files.
        service: Has what was sent before, and says what is too much.
    """

    def __init__(self, data: FormData, service: Service) -> None:
        self._data, self._service = data, service

    def text(self, name: str) -> str | None:
        """A field; None where it was not sent.

        Raises:
            Problem: It is a file.
        """
        value = self._data.get(name)
        if isinstance(value, UploadFile):
            raise Problem("invalid", f"{name} should be a text, not a file", name)
        return value

    def flag(self, name: str) -> bool:
        """A field that is true or false; false where it was not sent.

        Raises:
            Problem: It is something else.
        """
        value = self.text(name) or "false"
        if value not in _FLAGS:
            raise Problem("invalid", f"{name} should be true or false", name)
        return _FLAGS[value]

    def file(self, name: str) -> UploadFile | None:
        """A file; None where it was not sent.

        Raises:
            Problem: It is a text.
        """
        value = self._data.get(name)
        if isinstance(value, str):
            raise Problem("invalid", f"{name} should be a file", name)
        return value

    async def content(self, name: str) -> bytes | None:
        """A file, or a field as a file; None where it was not sent."""
        value = self._data.get(name)
        return await value.read() if isinstance(value, UploadFile) else _encoded(value)

    async def contents(self, name: str) -> list[bytes]:
        """All files of a name."""
        values = self._data.getlist(name)
        return [await value.read() for value in values if isinstance(value, UploadFile)]

    async def upload(self) -> Upload:
        """The photo, sent now or before.

        Raises:
            Problem: There is none, or it cannot be read.
        """
        known, content = self.text("photo_id"), await self.content("photo")
        if (known is None) == (content is None):
            raise Problem("invalid", "photo or photo_id should be given, one of them", "photo")
        if known is not None:
            try:
                return self._service.photos.get(known)
            except Problem as error:
                raise Problem("gone", error.detail, "photo_id") from error
        assert content is not None
        sent = self._data["photo"]
        name = sent.filename or "" if isinstance(sent, UploadFile) else ""
        return await self._service.aside(self._service.decoder.upload, content, "photo", name)

    async def recipe(self) -> Recipe:
        """How to paint it.

        Raises:
            Problem: It is not said, or not possible.
        """
        prompt, recipe = self.text("prompt"), await self.content("recipe")
        if (prompt is None) == (recipe is None):
            raise Problem("invalid", "prompt or recipe should be given, one of them", "prompt")
        if prompt is not None and len(prompt) > LONGEST_PROMPT:
            detail = f"prompt has {len(prompt)} letters, at most {LONGEST_PROMPT} are read"
            raise Problem("invalid", detail, "prompt")
        try:
            if prompt is not None:
                made = Recipe.of(prompt)
            else:
                assert recipe is not None
                made, _ = Recipe.from_json(recipe)
        except RecipeError as error:
            if prompt is not None:
                raise Problem("invalid", str(error), "prompt") from error
            raise recipe_problem(error) from error
        self._service.limits.check(made)
        return made

    async def job(self) -> Job:
        """What to paint, and how.

        Raises:
            Problem: It cannot be.
        """
        recipe, draft = await self.recipe(), self.text("draft")
        if draft is not None and not draft.isdecimal():
            raise Problem("invalid", "draft should be a whole number", "draft")
        side = None if draft is None else int(draft[:9])
        if side is not None and side < LEAST_DRAFT:
            raise Problem("invalid", f"draft should be {Bounds(int, LEAST_DRAFT)}", "draft")
        return Job(recipe, await self.upload(), side, self.flag("strip_metadata"))


@asynccontextmanager
async def form_of(request: Request, service: Service) -> AsyncIterator[Form]:
    """The form of a request.

    Raises:
        Problem: It is none.
    """
    part = service.limits.upload * 1_000_000
    form = request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=part)
    try:
        data = await form
    except (HTTPException, MultiPartException) as error:
        raise Problem("invalid", f"this is no form: {getattr(error, 'detail', error)}") from error
    try:
        yield Form(data, service)
    finally:
        await data.close()


def _encoded(value: str | None) -> bytes | None:
    return None if value is None else value.encode("utf-8", "surrogatepass")
