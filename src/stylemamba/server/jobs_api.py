"""Routes that make pictures."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from stylemamba.errors import StyleMambaError
from stylemamba.files.carried import NOTHING, Carried
from stylemamba.files.images import encoded, fit_size, resize
from stylemamba.files.metadata import read_recipe_bytes
from stylemamba.files.names import slug
from stylemamba.files.reading import read_image_bytes
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.server.forms import FORM, JOB_FORM, form_of
from stylemamba.server.jobs import ENDS, FilmJob, Job, Result
from stylemamba.server.problems import Problem
from stylemamba.server.service import Service

POLL_SECONDS = 0.1
HEARTBEAT_SECONDS = 15.0  # proxies close connections on which nothing comes
MOST_OF_ARCHIVE = 100
LONGEST_HEADER = 4000
"""Of notes, in letters; all of them are in the job."""

Format = Literal["png", "jpeg", "webp"]
_RESULT = Path("picture.png")
_SUFFIX = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture; it holds its recipe.",
        "headers": {
            "Stylemamba-Job": {"schema": {"type": "string"}},
            "Stylemamba-Notes": {
                "description": "What there is to say about it: a list of texts, as JSON.",
                "schema": {"type": "string"},
            },
        },
        "content": {f"image/{name}": {} for name in _SUFFIX},
    }
}


def form_body(fields: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a route takes, for the OpenAPI document."""
    schema = {"type": "object", "properties": fields, "required": list(required)}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def about(name: str, job: Job, service: Service) -> dict[str, Any]:
    """A job as JSON."""
    left = job.seconds_left
    content: dict[str, Any] = {
        "id": name,
        "kind": "video" if isinstance(job, FilmJob) else "picture",
        "state": job.state,
        "stage": job.stage,
        "step": job.step,
        "steps": job.steps,
        "position": service.position(job),
        "seconds_left": None if left is None else round(left, 1),
        "has_preview": bool(job.preview),
    }
    if job.problem is not None:
        content["problem"] = job.problem.content()
    if job.result is not None:
        width, height = job.result.size
        content["result"] = {
            "width": width,
            "height": height,
            "seconds": round(job.seconds, 3),
            **job.result.about,
        }
    return content


def router(service: Service) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1")

    @routes.post("/photos", status_code=201, openapi_extra=form_body({"photo": FORM["photo"]}))
    async def add_photo(request: Request) -> dict[str, Any]:
        """Keeps a photo for a while, for any number of pictures of it."""
        async with form_of(request, service) as form:
            upload = await form.upload()
        recipe = await service.aside(_recipe_in, upload.content)
        return {
            "id": service.photos.add(upload),
            "width": upload.size[0],
            "height": upload.size[1],
            "notes": upload.notes,
            "recipe": recipe,
        }

    @routes.delete("/photos/{name}", status_code=204)
    def forget_photo(name: str) -> None:
        """Forgets a photo; jobs that have it go on."""
        service.photos.remove(name)

    @routes.post(
        "/pictures",
        response_class=Response,
        responses=PICTURE,
        openapi_extra=form_body(JOB_FORM),
    )
    async def paint(request: Request, format: Annotated[Format, Query()] = "png") -> Response:
        """Paints a photo, and answers with the picture."""
        async with form_of(request, service) as form:
            job = await form.job()
        name = service.submit(job)
        try:
            while not job.is_over:
                await asyncio.wait([asyncio.wrap_future(job.ended)], timeout=1.0)
                if await request.is_disconnected():
                    break
        finally:
            service.stop(job)
        if job.problem is not None:
            raise job.problem
        answer = await service.aside(_picture, job, format, None)
        answer.headers["Stylemamba-Job"] = name
        if job.result is not None and (notes := job.result.about["notes"]):
            answer.headers["Stylemamba-Notes"] = _in_header(notes)
        return answer

    @routes.post("/jobs", status_code=202, openapi_extra=form_body(JOB_FORM))
    async def add_job(request: Request, response: Response) -> dict[str, Any]:
        """Puts a picture into the queue."""
        async with form_of(request, service) as form:
            job = await form.job()
        name = service.submit(job)
        response.headers["Location"] = f"/v1/jobs/{name}"
        return about(name, job, service)

    @routes.get("/jobs/{name}")
    def job_state(name: str) -> dict[str, Any]:
        """How far a job is, and what there is to say about its picture."""
        return about(name, service.job(name), service)

    @routes.get(
        "/jobs/{name}/events",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    def events(name: str) -> StreamingResponse:
        """The job as server-sent events: its state whenever that changes, until it is over."""
        job = service.job(name)
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(
            _events(name, job, service), media_type="text/event-stream", headers=headers
        )

    @routes.get(
        "/jobs/{name}/preview",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}},
    )
    def preview(name: str) -> Response:
        """What the picture of a fit looks like now, or the last frame of a video."""
        job = service.job(name)
        if not job.preview:
            raise Problem("no-result", "there is nothing to see yet: follow its events")
        return Response(job.preview, media_type="image/jpeg")

    @routes.get("/jobs/{name}/picture", response_class=Response, responses=PICTURE)
    async def picture(
        name: str,
        format: Annotated[Format, Query()] = "png",
        side: Annotated[int | None, Query(ge=16, le=16384)] = None,
        strip_metadata: Annotated[bool, Query()] = False,
    ) -> Response:
        """The finished picture.

        With `side`, a copy whose longer side is at most that; with `strip_metadata`, without what
        the photo's file told beside its pixels.
        """
        job = service.job(name)
        return await service.aside(_picture, job, format, side, strip_metadata)

    @routes.post("/jobs/{name}/cancel")
    async def cancel(name: str) -> dict[str, Any]:
        """Stops a job.

        A fit that has begun ends with its best picture so far, a video with the frames so far.
        """
        job = service.job(name)
        service.stop(job)
        return about(name, job, service)

    @routes.delete("/jobs/{name}", status_code=204)
    def forget(name: str) -> None:
        """Stops a job, and forgets it and its picture."""
        service.forget(name)

    @routes.get(
        "/archive",
        response_class=Response,
        responses={200: {"content": {"application/zip": {}}}},
    )
    async def archive(
        job: Annotated[list[str], Query(min_length=1, max_length=MOST_OF_ARCHIVE)],
        name: Annotated[list[str], Query(max_length=MOST_OF_ARCHIVE)] = [],  # noqa: B006
        format: Annotated[Format, Query()] = "png",
        strip_metadata: Annotated[bool, Query()] = False,
    ) -> Response:
        """The pictures of several jobs as a ZIP file; `name` is what each is called in it."""
        jobs = [service.job(one) for one in job]
        return await service.aside(_archive, jobs, name, format, strip_metadata)

    return routes


def _in_header(notes: Sequence[str]) -> str:
    while len(text := json.dumps(notes)) > LONGEST_HEADER:
        notes = notes[:-1]
    return text


def _archive(jobs: Sequence[Job], names: Sequence[str], format: Format, strip: bool) -> Response:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as pictures:
        for number, (job, name) in enumerate(zip_longest(jobs, names[: len(jobs)]), 1):
            # Names of clients are no paths.
            called = slug(name.removesuffix(Path(name).suffix)) if name else "picture"
            picture = _picture(job, format, None, strip).body
            pictures.writestr(f"{number:03d}-{called}{_SUFFIX[format]}", bytes(picture))
    headers = {"Content-Disposition": 'attachment; filename="stylemamba.zip"'}
    return Response(file.getvalue(), media_type="application/zip", headers=headers)


def _recipe_in(content: bytes) -> dict[str, Any] | None:
    """The recipe that a photo holds, as results do; None for others."""
    try:
        text = read_recipe_bytes(content, Path("photo"))
        return None if text is None else Recipe.from_json(text)[0].to_dict()
    except (StyleMambaError, RecipeError):  # of another program, or another version
        return None


def _picture(job: Job, format: Format, side: int | None, strip: bool = False) -> Response:
    if job.problem is not None:
        raise job.problem
    if isinstance(job, FilmJob):
        raise Problem("no-result", "this is a video: GET its /video, not its /picture")
    if not isinstance(job.result, Result):
        raise Problem("no-result", "it is not done yet: follow its events")
    content = job.result.picture
    if format != "png" or side is not None or strip:
        recipe = read_recipe_bytes(content, _RESULT)
        made = read_image_bytes(content, _RESULT)
        rgb, alpha, deep, carried = made.rgb, made.alpha, made.deep, made.carried
        if strip:
            carried = NOTHING
        if side is not None:
            carried, deep = Carried(profile=carried.profile), None
            size = fit_size(rgb.size, min(side, max(rgb.size)))
            rgb, alpha = resize(rgb, size), None if alpha is None else resize(alpha, size)
        name = f"picture{_SUFFIX[format]}"
        content = bytes(encoded(rgb, name, alpha, recipe, carried=carried, deep=deep)[0])
    return Response(content, media_type=f"image/{format}")


async def _events(name: str, job: Job, service: Service) -> AsyncIterator[str]:
    told, place, silence = -1, None, 0.0
    while True:
        waiting = service.position(job)
        if job.changes != told or waiting != place:
            told, place, silence = job.changes, waiting, 0.0
            content = about(name, job, service)  # the job goes on meanwhile
            yield f"event: {content['state']}\ndata: {json.dumps(content)}\n\n"
            if content["state"] in ENDS:
                return
        elif silence > HEARTBEAT_SECONDS:
            silence = 0.0
            yield ": still there\n\n"
        await asyncio.sleep(POLL_SECONDS)
        silence += POLL_SECONDS
