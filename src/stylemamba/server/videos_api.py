"""Routes that make videos; what they answer with are jobs, as those of pictures are."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.server.clips import Clip
from stylemamba.server.forms import JOB_FORM, Form, form_of
from stylemamba.server.jobs import Film, FilmJob
from stylemamba.server.jobs_api import about, form_body
from stylemamba.server.problems import Problem, recipe_problem
from stylemamba.server.service import Service
from stylemamba.video import EVERY, USUAL_EVERY, check_recipe

PATHS = ("/v1/clips", "/v1/videos")
"""That videos are sent to."""
LONGEST = 1e6
"""Seconds."""
VIDEO: dict[str, Any] = {
    "video": {"type": "string", "format": "binary", "description": "A video's file."},
}
_SECONDS = {"type": "number", "minimum": 0, "maximum": LONGEST}
FORM: dict[str, Any] = {
    **VIDEO,
    "clip_id": {"type": "string", "description": "Instead: the id of a video of POST /v1/clips."},
    **{name: JOB_FORM[name] for name in ("prompt", "recipe", "strip_metadata")},
    "start": {**_SECONDS, "description": "Seconds from which it is painted."},
    "end": {**_SECONDS, "description": "Seconds up to which it is painted."},
    "every": {
        "type": "integer",
        "minimum": EVERY.low,
        "maximum": EVERY.high,
        "default": USUAL_EVERY,
        "description": "Paint one of so many frames: more is faster.",
    },
}


def router(service: Service) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1")

    @routes.post("/clips", status_code=201, openapi_extra=form_body(VIDEO, ("video",)))
    async def add_clip(request: Request) -> dict[str, Any]:
        """Keeps a video for a while, for any number of jobs."""
        service.makers.check_installed()
        with _room(request, service):
            async with form_of(request, service) as form:
                clip = await _clip(form, service)
        return {"id": service.clips.add(clip), **clip.about()}

    @routes.delete("/clips/{name}", status_code=204)
    def forget_clip(name: str) -> None:
        """Forgets a video; jobs that have it go on."""
        service.clips.remove(name)

    @routes.get(
        "/clips/{name}/frame",
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}},
    )
    async def frame(name: str, at: Annotated[float, Query(ge=0, le=LONGEST)] = 0.0) -> Response:
        """What a video shows at a time, in seconds: a photo to try styles on."""
        clip = service.clips.get(name)
        content = await service.aside_of_photos(service.makers.frame, clip, at)
        return Response(content, media_type="image/png")

    @routes.post("/videos", status_code=202, openapi_extra=form_body(FORM))
    async def add_job(request: Request, response: Response) -> dict[str, Any]:
        """Puts a video into the queue of videos; one is painted at a time."""
        service.makers.check_installed()
        with _room(request, service):
            async with form_of(request, service) as form:
                job = await _job(form, service)
        name = service.submit(job)
        response.headers["Location"] = f"/v1/jobs/{name}"
        return about(name, job, service)

    @routes.get(
        "/jobs/{name}/video",
        response_class=FileResponse,
        responses={200: {"content": {"video/mp4": {}}}},
    )
    def video(name: str) -> FileResponse:
        """The finished video; it holds its recipe. Parts of it can be asked for (`Range`)."""
        job = service.job(name)
        if job.problem is not None:
            raise job.problem
        if not isinstance(job, FilmJob):
            raise Problem("no-result", f"this is a picture: GET /v1/jobs/{name}/picture")
        film = job.result
        if not isinstance(film, Film):
            raise Problem("no-result", "it is not done yet: follow its events")
        keep = BackgroundTask(lambda: film)  # the file stays until it is sent
        return FileResponse(film.file.path, media_type="video/mp4", background=keep)

    return routes


def _room(request: Request, service: Service) -> AbstractContextManager[None]:
    """Room on the disk for a form, while it arrives and is copied."""
    length = request.headers.get("content-length")
    return service.room_for_video(service.limits.video_bytes if length is None else int(length))


async def _clip(form: Form, service: Service) -> Clip:
    known, sent = form.text("clip_id"), form.file("video")
    if (known is None) == (sent is None):
        raise Problem("invalid", "video or clip_id should be given, one of them", "video")
    if known is not None:
        try:
            return service.clips.get(known)
        except Problem as error:
            raise Problem("gone", error.detail, "clip_id") from error
    assert sent is not None
    return await service.aside_of_photos(service.makers.take, sent.file, sent.size)


async def _job(form: Form, service: Service) -> FilmJob:
    recipe = await form.recipe()
    try:
        check_recipe(recipe)
        if recipe.regions:
            raise RecipeError("regions", "are of one photo: `stylemamba video` finds them in clips")
    except RecipeError as error:
        raise recipe_problem(error) from error
    start, end = _seconds(form, "start"), _seconds(form, "end")
    if end is not None and end <= (start or 0):
        raise Problem("invalid", "end should be after start", "end")
    every = _every(form)
    strip = form.flag("strip_metadata")
    clip = await _clip(form, service)
    part = await service.aside_of_photos(service.makers.part, clip, start, end)
    return FilmJob(
        recipe=recipe,
        upload=None,
        strip=strip,
        steps=part.count,
        source=clip.file,
        clip=part,
        every=every,
    )


def _seconds(form: Form, name: str) -> float | None:
    text = form.text(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= LONGEST:
        raise Problem("invalid", f"{name} should be seconds, from 0 to {LONGEST:.0f}", name)
    return value


def _every(form: Form) -> int:
    text = form.text("every")
    if text is None:
        return USUAL_EVERY
    value = int(text[:9]) if text.isdecimal() and text.isascii() else None
    try:
        return int(EVERY.checked(value, "every"))
    except RecipeError as error:
        raise Problem("invalid", f"every should be a whole number, {EVERY}", "every") from error
