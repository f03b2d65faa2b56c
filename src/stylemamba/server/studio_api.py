"""Routes that help to find out what to paint: styles, prompts, masks, recipes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import tensor_at
from stylemamba.files.metadata import read_recipe_bytes
from stylemamba.painting.region_specs import SEEN, as_text, seen
from stylemamba.portable.learnt import MOST
from stylemamba.portable.pyramid import LOW_COVERAGE
from stylemamba.portable.recipe import Recipe, parts_of_prompt
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.portable.recolour import SIDE, main_colours
from stylemamba.server.catalogue import Catalogue, Name, ranked
from stylemamba.server.forms import FORM, form_of
from stylemamba.server.jobs_api import form_body
from stylemamba.server.limits import LONGEST_PROMPT
from stylemamba.server.problems import Problem
from stylemamba.server.service import Service
from stylemamba.server.uploads import Upload
from stylemamba.video import NEEDED, is_installed

MOST_SHOWN = 60
LEARNT_SIDE = 1024
"""Longer side in pixels at which pictures are looked at."""
FILE = {"type": "string", "format": "binary"}


def router(service: Service) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1")
    catalogue = Catalogue.shipped()

    @routes.get("/about")
    def about() -> dict[str, Any]:
        """What this server takes on, and the words that `POST /v1/masks` knows."""
        return {
            "limits": asdict(service.limits),
            "words": list(SEEN),
            "low_coverage": LOW_COVERAGE,
            "video": {"missing": None if is_installed() else NEEDED},
        }

    @routes.get("/styles")
    def styles(
        search: Annotated[str, Query(max_length=LONGEST_PROMPT)] = "",
        limit: Annotated[int, Query(ge=1, le=5000)] = MOST_SHOWN,
    ) -> dict[str, Any]:
        """Styles that are known by name, with the places of their thumbnails.

        `near` has styles that are near in meaning to a search that no name answers.
        """
        own = [{"name": name, "kind": "own", "place": None} for name in _own(service, search)]
        found = [*own, *catalogue.search(search)]
        return {
            "thumbnails": catalogue.sheet,
            "count": len(found),
            "styles": found[:limit],
            "near": [] if found else catalogue.named(_near(service, search)),
        }

    @routes.get("/prompts")
    def understood(
        text: Annotated[str, Query(min_length=1, max_length=LONGEST_PROMPT)],
    ) -> dict[str, Any]:
        """How a prompt is understood, and how well it is known."""
        try:
            parts = [asdict(part) for part in parts_of_prompt(text)]
            report = service.pipe.coverage(text)
        except RecipeError as error:
            raise Problem("invalid", str(error), "text") from error
        except StyleMambaError:  # models that cannot tell
            return {"parts": parts, "coverage": None, "remarks": [], "neighbours": []}
        return {
            "parts": parts,
            "coverage": report.coverage,
            "remarks": list(report.remarks),
            "neighbours": [name for name, _ in report.neighbours],
        }

    @routes.post(
        "/masks",
        openapi_extra=form_body({**FORM, "word": {"enum": list(SEEN)}}, ("word",)),
    )
    async def mask(request: Request) -> dict[str, Any]:
        """Where a photo shows what a word names: a PNG file in base64, as regions have it."""
        async with form_of(request, service) as form:
            word, upload = form.text("word"), await form.upload()
        if word is None or word not in SEEN:
            raise Problem("invalid", f"word should be one of {', '.join(SEEN)}", "word")
        return await service.aside(_mask, service, upload, word)

    @routes.post(
        "/learnt",
        openapi_extra=form_body(
            {"name": {"type": "string"}, "pictures": {"type": "array", "items": FILE}},
            ("name", "pictures"),
        ),
    )
    async def learn(request: Request) -> dict[str, Any]:
        """A style of pictures, as a part for recipes; nothing of them is kept."""
        async with form_of(request, service) as form:
            name, pictures = form.text("name"), await form.contents("pictures")
        return await service.aside(_learnt, service, name or "picture", pictures)

    @routes.post("/palettes", openapi_extra=form_body({"photo": FORM["photo"]}))
    async def palette(request: Request) -> dict[str, Any]:
        """The main colours of a picture, as recipes have them."""
        async with form_of(request, service) as form:
            upload = await form.upload()
        return {"colours": await service.aside(_colours, service, upload)}

    @routes.post("/recipes", openapi_extra=form_body({"file": FILE}, ("file",)))
    async def recipe(request: Request) -> dict[str, Any]:
        """The recipe that a result, or a file of its own, holds."""
        async with form_of(request, service) as form:
            content = await form.content("file")
        return await service.aside(_recipe, content or b"")

    return routes


def _own(service: Service, search: str) -> list[str]:
    """Names of the shelf's styles that a search may mean."""
    names = [style.names[0] for style in service.pipe.shelf.styles]
    if not search.strip():
        return names
    return [names[place] for place in ranked([[Name(name)] for name in names], search)]


def _near(service: Service, search: str) -> list[str]:
    """What is near in meaning to a text that is known well enough."""
    try:
        report = service.pipe.coverage(search)
    except (RecipeError, StyleMambaError):
        return []
    known = report.coverage is not None and report.coverage >= LOW_COVERAGE
    return [name for name, _ in report.neighbours] if known else []


def _mask(service: Service, upload: Upload, word: str) -> dict[str, Any]:
    photo = service.decoder.photo(upload)
    name, meant = SEEN[word]
    found = service.pipe.segmenters.find(photo, name)
    try:
        mask = as_text(seen(found, name, meant))
    except StyleMambaError:
        mask = None
    return {"word": word, "confidence": round(found.confidence, 3), "mask": mask}


def _learnt(service: Service, name: str, pictures: list[bytes]) -> dict[str, Any]:
    if len(pictures) > MOST:
        raise Problem("invalid", f"a style is learnt from 1 to {MOST} pictures", "pictures")
    read = []
    for number, content in enumerate(pictures):
        picture = service.decoder.decoded(content, f"pictures[{number}]").rgb
        picture.thumbnail((LEARNT_SIDE, LEARNT_SIDE))  # as many large ones would fill the memory
        read.append(picture)
    try:
        return asdict(service.pipe.learn(read, name))
    except RecipeError as error:
        raise Problem("invalid", str(error), "name") from error
    except StyleMambaError as error:
        raise Problem("invalid", str(error), "pictures") from error


def _colours(service: Service, upload: Upload) -> list[str]:
    photo = service.decoder.photo(upload)
    return list(main_colours(tensor_at(photo.rgb, 4 * SIDE)[0].numpy()))


def _recipe(content: bytes) -> dict[str, Any]:
    text: str | bytes | None = content
    try:
        if not content.lstrip().startswith((b"{", b"[", b'"')):
            text = read_recipe_bytes(content, Path("file"))
        if not text:
            raise Problem("invalid", "file holds no recipe", "file")
        recipe, made_with = Recipe.from_json(text)
    except (RecipeError, StyleMambaError) as error:
        raise Problem("invalid", str(error), "file") from error
    return {"recipe": json.loads(recipe.to_json()), "made_with": made_with}
