"""JSON schemas of recipes, from the bounds that their fields have."""

from __future__ import annotations

from typing import Any

from stylemamba.portable.recipe import (
    MAX_COLOURS,
    MAX_LEARNT,
    MAX_MASK,
    MAX_NAME,
    MAX_PARTS,
    MAX_REGIONS,
    MAX_TEXT,
    VERSION,
    Recipe,
    Region,
    StylePart,
)
from stylemamba.portable.recipe_fields import Bounds, flags_of, numbers_of

Schema = dict[str, Any]

REFERENCE = "#/components/schemas/"


def schemas() -> dict[str, Schema]:
    """Of `Recipe`, `Region` and `StylePart`, by name, as OpenAPI 3.1 has them."""
    part: Schema = {
        "text": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
        "learnt": _optional({"type": "string", "maxLength": MAX_LEARNT}),
    }
    parts = {"type": "array", "items": {"$ref": f"{REFERENCE}StylePart"}, "maxItems": MAX_PARTS}
    share = {"type": "number", "minimum": 0, "maximum": 1}
    region: Schema = {
        "parts": {**parts, "minItems": 1},
        "box": _optional({"type": "array", "items": share, "minItems": 4, "maxItems": 4}),
        "mask": _optional({"type": "string", "maxLength": MAX_MASK}),
        "name": _optional({"type": "string", "maxLength": MAX_NAME}),
    }
    recipe: Schema = {
        "version": {"const": VERSION},
        "parts": parts,
        "regions": {
            "type": "array",
            "items": {"$ref": f"{REFERENCE}Region"},
            "maxItems": MAX_REGIONS,
        },
        "colours": {
            "type": "array",
            "items": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
            "maxItems": MAX_COLOURS,
        },
        "made_with": {"type": "object"},
    }
    return {
        "StylePart": _of(StylePart, part, ["text"], "A style, and its share."),
        "Region": _of(Region, region, ["parts"], "A part of the photo with styles of its own."),
        "Recipe": _of(
            Recipe,
            recipe,
            ["version", "parts"],
            "All that decides a picture besides the photo. See docs/recipes.md.",
        ),
    }


def _of(kind: type, others: dict[str, Schema], required: list[str], description: str) -> Schema:
    numbers = {item.name: _number(item.metadata, item.default) for item in numbers_of(kind)}
    flags: dict[str, Schema] = {
        item.name: {"type": "boolean", "default": False, "description": item.metadata["help"]}
        for item in flags_of(kind)
    }
    return {
        "type": "object",
        "description": description,
        "properties": {**others, **numbers, **flags},
        "required": required,
        "additionalProperties": False,
    }


def _number(metadata: Any, default: Any) -> Schema:
    bounds: Bounds = metadata["bounds"]
    schema: Schema = {"type": "integer" if bounds.kind is int else "number", "minimum": bounds.low}
    if bounds.high is not None:
        schema["maximum"] = bounds.high
    if bounds.optional:
        schema = _optional(schema)
    return {**schema, "default": default, "description": metadata["help"]}


def _optional(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
