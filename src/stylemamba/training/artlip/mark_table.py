"""Which marks pictures show, by their labels: our own judgement."""

from __future__ import annotations

from collections.abc import Mapping

from stylemamba.portable.style import BENEATH
from stylemamba.training.artlip.statistics_cache import Item

Amounts = Mapping[str, float]
"""Mark of brushwork -> how plainly it is shown, 0 to 1; those not named are not."""

_PRINT: Amounts = {"ukiyo": 1.0}
_NOUVEAU: Amounts = {"nouveau": 1.0}
_CARTOON: Amounts = {"cartoon": 1.0}
_COMIC: Amounts = {"comic": 1.0}
_PAINT: Amounts = {"strokes": 1.0}
_PHOTOGRAPH: Amounts = {"photograph": 1.0}
_TONED: Amounts = {"toned": 1.0}
_MATERIAL: Amounts = {BENEATH: 0.0}

MOVEMENTS: Mapping[str, Amounts] = {
    "abstract expressionism": {"bold": 0.8},
    "art nouveau": _NOUVEAU,
    "baroque": {"chiaroscuro": 1.0},
    "cubism": {"planes": 1.0},
    "expressionism": {"bold": 0.8},
    "fauvism": {"bold": 1.0},
    "impressionism": _PAINT,
    "minimalism": {"flat": 1.0},
    "naive art": {"flat": 0.5, "strokes": 0.2},
    "pointillism": {"dots": 1.0},
    "pop art": {"screen": 1.0},
    "post impressionism": _PAINT,
    "rococo": {"strokes": 0.5},
    "romanticism": {"strokes": 0.7},
    "symbolism": {"strokes": 0.7},
    "ukiyo e": _PRINT,
}
SURREALISTS = ("Max Ernst", "Paul Delvaux", "Rene Magritte", "Salvador Dali", "Yves Tanguy")
ARTISTS: Mapping[str, Amounts] = {
    **dict.fromkeys(SURREALISTS, {"dream": 1.0}),
    "Alphonse Mucha": _NOUVEAU,
    "Andy Warhol": {"screen": 1.0},
    "Edvard Munch": {"waves": 1.0},
    "Gustav Klimt": {"gold": 1.0},
    "Jackson Pollock": {"drip": 1.0},
    "Katsushika Hokusai": {"waveprint": 1.0},
    "Maurice Denis": {"cloison": 1.0},
    "Paul Gauguin": {"cloison": 1.0},
    "Paul Serusier": {"cloison": 1.0},
    "Roy Lichtenstein": _COMIC,
    "Vincent van Gogh": {"starry": 1.0},
    "Wassily Kandinsky": {"bold": 0.8},
}
"""Those whose marks are not their movement's."""
MEDIA: Mapping[str, Amounts] = {
    "cartoon": _CARTOON,
    "charcoal": {"charcoal": 1.0},
    "drawing": {"pencil": 1.0},
    "engraving": {"etching": 1.0},
    "etching": {"etching": 1.0},
    "fresco": {"strokes": 0.3},
    "gouache": {"flat": 0.5},
    "illustration": {"flat": 0.8, "ink": 0.8},
    "lithograph": {"etching": 0.6},
    "mosaic": {"tiles": 1.0},
    "pastel": {"crayon": 0.7},
    "pencil sketch": {"pencil": 1.0},
    "poster": {"flat": 1.0, "ink": 0.5},
    "sketch": {"pencil": 1.0},
    "sketch/study": {"pencil": 1.0},
    "watercolor": {"wash": 1.0},
    "woodcut": {"woodcut": 1.0},
}
"""A medium says more of marks than an artist or a movement does."""
RENDERS: Mapping[str, Amounts] = {
    "autumn": {"strokes": 0.6},
    "black and white photograph": _PHOTOGRAPH,
    "blueprint": {"chalk": 1.0},
    "brick wall": _MATERIAL,
    "chalk on blackboard": {"chalk": 1.0},
    "charcoal": {"charcoal": 1.0},
    "clouds": _MATERIAL,
    "coloured pencil": {"crayon": 0.8},
    "comic book": _COMIC,
    "crayon": {"crayon": 1.0},
    "cross-stitch": _MATERIAL,
    "crystal": _MATERIAL,
    "cyberpunk": {"neon": 1.0},
    "desert sand": _MATERIAL,
    "duotone": {"halftone": 0.6},
    "engraving": {"etching": 1.0},
    "fire": {"flames": 1.0},
    "flat cartoon": _CARTOON,
    "fog": {"fog": 1.0},
    "galaxy": {"galaxy": 1.0},
    "glitch art": _PHOTOGRAPH,
    "gold": _MATERIAL,
    "golden light": _PHOTOGRAPH,
    "graffiti": {"spray": 1.0},
    "ice": _MATERIAL,
    "impasto": {"impasto": 1.0},
    "infrared photograph": _PHOTOGRAPH,
    "ink wash painting": {"inkwash": 1.0},
    "knitted wool": _MATERIAL,
    "linocut": {"woodcut": 1.0},
    "low poly": {"facets": 1.0},
    "marble": _MATERIAL,
    "mosaic": {"tiles": 1.0},
    "neon light": {"neon": 1.0},
    "newspaper print": {"halftone": 1.0},
    "night": {"stars": 1.0},
    "oil painting": _PAINT,
    "paper cut-out": {"flat": 1.0},
    "pastel": {"crayon": 0.7},
    "pen and ink": {"etching": 1.0},
    "pencil drawing": {"pencil": 1.0},
    "pixel art": {"pixels": 1.0},
    "pop art screen print": {"screen": 1.0},
    "propaganda poster": {"flat": 1.0, "ink": 0.5},
    "rain": {"rain": 1.0},
    "rust": _MATERIAL,
    "sepia photograph": _TONED,
    "snow": {"snow": 1.0},
    "stained glass": {"glass": 1.0},
    "stone wall": _MATERIAL,
    "sunset": _PHOTOGRAPH,
    "toy bricks": _MATERIAL,
    "underwater": _PHOTOGRAPH,
    "vaporwave": _PHOTOGRAPH,
    "watercolour": {"wash": 1.0},
    "wood": _MATERIAL,
    "woodcut": {"woodcut": 1.0},
    "x-ray": _PHOTOGRAPH,
}


def amounts_of(item: Item) -> Amounts:
    """How plainly a training picture shows each mark.

    Beneath all marks are clean masses, but where the material is what the networks paint of it.
    """
    return {BENEATH: 1.0, **_labelled(item)}


def _labelled(item: Item) -> Amounts:
    if item.style:
        return RENDERS.get(item.style, {})
    labels = item.record.labels
    if item.record.folder == "photos":
        return _PHOTOGRAPH
    for table, label in ((MEDIA, "medium"), (ARTISTS, "artist"), (MOVEMENTS, "movement")):
        if labels.get(label, "") in table:
            return table[labels[label]]
    return {}
