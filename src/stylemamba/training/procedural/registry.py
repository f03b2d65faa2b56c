"""The registry of procedural styles and the words that people type for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from stylemamba.training.procedural import (
    drawing,
    light,
    materials,
    painting,
    photography,
    pieces,
    printing,
    weather,
)
from stylemamba.training.procedural.filters import Array

Render = Callable[[Array, np.random.Generator], Array]


@dataclass(frozen=True)
class ProceduralStyle:
    """A style that a classic filter renders from a photo.

    Attributes:
        name: unique name, also the first caption.
        render: (image (h, w, 3) float32 in [0, 1], generator) -> image of the same shape and range;
            deterministic for a generator's state, any size from 32 px.
        captions: what people type for it.
    """

    name: str
    render: Render
    captions: tuple[str, ...]


def _style(render: Render, captions: str) -> ProceduralStyle:
    words = tuple(captions.split(", "))
    return ProceduralStyle(words[0], render, words)


_STYLES = (
    _style(
        pieces.mosaic,
        "mosaic, a mosaic of small tiles, Byzantine mosaic, Roman mosaic, tesserae, ceramic "
        "tiles, mosaic style, tile mosaic with grout",
    ),
    _style(
        pieces.stained_glass,
        "stained glass, stained glass window, a church window, leaded coloured glass, gothic "
        "cathedral window, vitrail, stained glass style",
    ),
    _style(
        pieces.pixel_art,
        "pixel art, 8-bit pixel art, retro video game, 16-bit game sprite, pixelated, pixels, "
        "Minecraft",
    ),
    _style(
        pieces.low_poly,
        "low poly, low poly art, polygon art, made of triangles, geometric triangles, faceted "
        "polygons, low-poly 3D render",
    ),
    _style(
        pieces.paper_cutout,
        "paper cut-out, layered paper art, papercut, paper craft, cut paper layers, origami "
        "paper, kirigami",
    ),
    _style(
        pieces.embroidery,
        "cross-stitch, embroidery, cross-stitch embroidery, needlework, stitched with thread, "
        "tapestry of stitches, embroidered",
    ),
    _style(
        pieces.wool,
        "knitted wool, wool, knitting, a knitted jumper, woollen yarn, knitwear",
    ),
    _style(
        materials.stone_wall,
        "stone wall, stone, rock wall, made of stone, stone blocks and mortar, carved in stone, "
        "rough rock",
    ),
    _style(
        materials.brick_wall,
        "brick wall, bricks, red bricks, painted on a brick wall, brickwork",
    ),
    _style(
        materials.gold,
        "gold, golden metal, made of gold, gold relief, polished gold, gilded, brass, shiny "
        "gold statue",
    ),
    _style(
        materials.rust,
        "rust, rusty metal, corroded iron, rusted steel, old weathered metal, steampunk rust",
    ),
    _style(
        materials.wood_marquetry,
        "wood, wooden, made of wood, wood marquetry, wood inlay, wood grain, carved wood, "
        "wooden planks",
    ),
    _style(
        materials.marble,
        "marble, white marble, marble statue, marble sculpture, carved in marble, marble with "
        "grey veins",
    ),
    _style(
        materials.ice,
        "ice, frozen, frost, made of ice, ice crystals, frosty window, icy",
    ),
    _style(
        materials.crystal,
        "crystal, green crystal, gemstone, emerald, green gem facets, made of green crystals, jade",
    ),
    _style(
        materials.desert_sand,
        "desert sand, sand, sand drawing, sand dunes, made of sand, desert",
    ),
    _style(
        pieces.toy_bricks,
        "toy bricks, Lego, made of Lego bricks, plastic building blocks",
    ),
    _style(
        light.fire,
        "fire, flames, burning, on fire, blazing flames, inferno, lava, hellfire",
    ),
    _style(
        painting.oil_painting,
        "oil painting, oil on canvas, painted in oil, brush strokes, visible brush strokes, an "
        "oil painting, painterly brushwork",
    ),
    _style(
        painting.impasto,
        "impasto, palette knife painting, thick paint, acrylic painting, thick impasto strokes, "
        "thick textured paint",
    ),
    _style(
        painting.watercolour,
        "watercolour, watercolor, a watercolour painting, watercolor painting, aquarelle, wet "
        "watercolour washes, pale watercolour",
    ),
    _style(
        painting.ink_wash,
        "ink wash painting, sumi-e, Chinese ink painting, Japanese ink wash, brush and ink, "
        "calligraphy ink, Chinese brush painting",
    ),
    _style(
        painting.pastel,
        "pastel, soft pastel drawing, chalk pastel, pastel colours, pastel painting",
    ),
    _style(
        painting.spray_graffiti,
        "graffiti, spray paint, street art, graffiti on a wall, spray painted mural, urban "
        "graffiti",
    ),
    _style(
        printing.comic,
        "comic book, halftone comic, comic, comic strip, Ben-Day dots, halftone dots, printed "
        "comic with halftone dots, retro comic",
    ),
    _style(
        printing.pop_art,
        "pop art screen print, pop art, silkscreen print, bright pop art, pop art poster, flat "
        "clashing colours",
    ),
    _style(
        printing.cartoon,
        "flat cartoon, cartoon, anime, cel shading, animated film, flat colours with outlines, "
        "vector illustration",
    ),
    _style(
        printing.poster,
        "propaganda poster, stencil poster, vintage poster, poster in red and blue, political "
        "poster, soviet poster",
    ),
    _style(
        printing.duotone,
        "duotone, risograph print, two-colour print, duotone poster, riso",
    ),
    _style(
        printing.newspaper,
        "newspaper print, halftone print, newsprint, black halftone dots, old newspaper photograph",
    ),
    _style(
        drawing.pencil_sketch,
        "pencil drawing, pencil sketch, graphite drawing, a sketch with pencil, sketch with "
        "black pencil, hand-drawn pencil shading",
    ),
    _style(
        drawing.charcoal,
        "charcoal, charcoal drawing, a charcoal sketch, smudged charcoal",
    ),
    _style(
        drawing.ink_hatching,
        "pen and ink, ink drawing, pen drawing, cross-hatching, ink hatching, black ink lines",
    ),
    _style(
        drawing.engraving,
        "engraving, copper plate engraving, etching, banknote engraving, old book engraving, "
        "line engraving",
    ),
    _style(
        drawing.woodcut,
        "woodcut, black and white woodcut, wood engraving, carved woodblock, expressionist "
        "woodcut, block print",
    ),
    _style(
        drawing.linocut,
        "linocut, linocut print, lino print, relief print",
    ),
    _style(
        drawing.blueprint,
        "blueprint, technical drawing, architectural blueprint, cyanotype plan, white lines on "
        "blue",
    ),
    _style(
        drawing.chalk,
        "chalk on blackboard, chalkboard drawing, chalk drawing, blackboard, white chalk",
    ),
    _style(
        drawing.crayon,
        "crayon, wax crayon, a sketch with crayon, child's drawing, crayon drawing, children's "
        "crayon scribbles",
    ),
    _style(
        drawing.coloured_pencil,
        "coloured pencil, colored pencils, coloured pencil drawing, drawing with coloured pencils",
    ),
    _style(
        light.neon,
        "neon light, neon, neon sign, glowing neon lines, neon lights on black, glow in the "
        "dark, Tron",
    ),
    _style(
        light.cyberpunk,
        "cyberpunk, cyberpunk city, neon city at night, cyberpunk style, magenta and cyan "
        "night, Blade Runner, synthwave",
    ),
    _style(
        photography.vaporwave,
        "vaporwave, vaporwave aesthetic, pink and turquoise, 80s retro aesthetic, retrowave",
    ),
    _style(
        photography.glitch,
        "glitch art, glitch, digital glitch, broken signal, VHS glitch, datamosh, chromatic "
        "aberration",
    ),
    _style(
        photography.sepia,
        "sepia photograph, sepia, old photograph, vintage photo, antique photograph, "
        "daguerreotype, 19th century photograph",
    ),
    _style(
        photography.black_and_white,
        "black and white photograph, black and white photo, monochrome film, film noir, "
        "greyscale photograph, analogue black and white film",
    ),
    _style(
        photography.infrared,
        "infrared photograph, infrared, infrared film, pink infrared landscape",
    ),
    _style(
        photography.thermal,
        "thermal image, thermal camera, heat map, heat vision",
    ),
    _style(
        photography.x_ray,
        "x-ray, x-ray image, radiograph, negative",
    ),
    _style(
        weather.fog,
        "fog, foggy, mist, misty morning, in thick fog, hazy, smoke",
    ),
    _style(
        weather.clouds,
        "clouds, cloud, made of clouds, cloudy sky, fluffy white clouds",
    ),
    _style(
        weather.snow,
        "snow, snowy winter, snow white, winter, in the snow, blizzard, snowfall",
    ),
    _style(
        weather.rain,
        "rain, rainy day, in the rain, rainstorm, downpour",
    ),
    _style(
        light.night,
        "night, at night, dark night, moonlight, under the stars, midnight blue",
    ),
    _style(
        light.sunset,
        "sunset, at sunset, evening sun, orange sunset, dusk, sunrise",
    ),
    _style(
        light.golden_light,
        "golden light, golden hour, warm sunlight, sun rays, late afternoon sun",
    ),
    _style(
        weather.underwater,
        "underwater, under the sea, deep blue sea, underwater scene, ocean depths",
    ),
    _style(
        light.galaxy,
        "galaxy, nebula, outer space, cosmic, starry galaxy, space",
    ),
    _style(
        weather.autumn,
        "autumn, autumn leaves, fall colours, autumn foliage",
    ),
)

PROCEDURAL_STYLES: Mapping[str, ProceduralStyle] = {style.name: style for style in _STYLES}
"""Name -> style."""
