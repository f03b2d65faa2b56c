"""Words of art: usual spellings, adjectives, synonyms and class prompts for the captions."""

from __future__ import annotations

from collections.abc import Mapping

MOVEMENT_SPELLINGS: Mapping[str, str] = {
    "ukiyo e": "ukiyo-e",
    "post impressionism": "post-impressionism",
    "art nouveau": "Art Nouveau",
}
"""Movements as the data writes them -> as people write them."""

ADJECTIVES: Mapping[str, str] = {
    "abstract expressionism": "abstract expressionist",
    "Art Nouveau": "Art Nouveau",
    "baroque": "baroque",
    "cubism": "cubist",
    "expressionism": "expressionist",
    "fauvism": "fauvist",
    "impressionism": "impressionist",
    "minimalism": "minimalist",
    "naive art": "naive",
    "pointillism": "pointillist",
    "pop art": "pop art",
    "post-impressionism": "post-impressionist",
    "rococo": "rococo",
    "romanticism": "romantic",
    "symbolism": "symbolist",
    "ukiyo-e": "ukiyo-e",
}
"""Movement -> the adjective that a prompt puts before a noun."""

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "abstract expressionism": ("action painting",),
    "Art Nouveau": ("Jugendstil",),
    "naive art": ("naïve art", "folk art"),
    "pointillism": ("neo-impressionism", "divisionism"),
    "pop art": ("pop-art",),
    "fauvism": ("the Fauves", "wild bold colours of the Fauves"),
    "post-impressionism": ("postimpressionism",),
    "ukiyo-e": ("ukiyo-e woodblock print", "Japanese woodblock print", "Japanese print"),
    "minimalism": ("minimal art",),
    "romanticism": ("the romantic era",),
    "baroque": ("baroque art",),
    "rococo": ("rococo art",),
    "woodblock print": ("Japanese woodblock print", "ukiyo-e print", "woodcut"),
    "pencil sketch": (
        "pencil drawing",
        "sketch",
        "line drawing",
        "sketch with black pencil",
        "hand-drawn sketch",
    ),
    "cartoon": ("comic", "cartoon drawing", "clip art", "cartoon illustration", "flat cartoon"),
    "sketch": ("drawing", "study", "quick sketch"),
    "drawing": ("sketch",),
    "illustration": ("book illustration",),
    "watercolour": ("watercolour painting", "aquarelle"),
    "poster": ("vintage poster",),
    "charcoal": ("charcoal drawing",),
    "pastel": ("pastel drawing",),
    "banded texture": ("banded", "bands of colour", "stripes"),
    "blotchy texture": ("blotchy", "blotches", "stains"),
    "braided texture": ("braided", "braids", "wickerwork", "plaited rope"),
    "bubbly texture": ("bubbly", "bubbles", "foam"),
    "bumpy texture": ("bumpy", "rough bumpy surface"),
    "chequered texture": ("chequered", "checkerboard", "checkered pattern"),
    "cobwebbed texture": ("cobwebbed", "cobweb", "spider web"),
    "cracked texture": ("cracked", "cracked earth", "cracks", "craquelure"),
    "crosshatched texture": ("crosshatched", "cross-hatching", "hatching"),
    "crystalline texture": ("crystalline", "crystals", "crystal"),
}
"""Movement or medium -> other words that people type for it."""

GENRES: Mapping[str, str] = {
    "abstract_painting": "abstract painting",
    "cityscape": "cityscape",
    "genre_painting": "scene of everyday life",
    "illustration": "illustration",
    "landscape": "landscape",
    "nude_painting": "nude",
    "portrait": "portrait",
    "religious_painting": "religious painting",
    "sketch_and_study": "sketch",
    "still_life": "still life",
}
"""Genres as the data writes them -> as people write them."""

MEDIUM_SPELLINGS: Mapping[str, str] = {"sketch/study": "sketch", "watercolor": "watercolour"}
"""Media as the data writes them -> as people write them."""

ARTIST_SPELLINGS: Mapping[str, str] = {
    "Akseli Gallen Kallela": "Akseli Gallen-Kallela",
    "Amadeo de Souza Cardoso": "Amadeo de Souza-Cardoso",
    "Anna Ostroumova Lebedeva": "Anna Ostroumova-Lebedeva",
    "Conrad Marca Relli": "Conrad Marca-Relli",
    "Edward Burne Jones": "Edward Burne-Jones",
    "Henri de Toulouse Lautrec": "Henri de Toulouse-Lautrec",
    "Henri Edmond Cross": "Henri-Edmond Cross",
    "Hiroshige": "Utagawa Hiroshige",
    "J. E. H. Macdonald": "J. E. H. MacDonald",
    "Jean Auguste Dominique Ingres": "Jean-Auguste-Dominique Ingres",
    "Jean Baptiste Camille Corot": "Jean-Baptiste-Camille Corot",
    "Jean Baptiste Greuze": "Jean-Baptiste Greuze",
    "Jean Baptiste Oudry": "Jean-Baptiste Oudry",
    "Jean Baptiste Simeon Chardin": "Jean-Baptiste-Siméon Chardin",
    "Jean Francois Millet": "Jean-François Millet",
    "Jean Honore Fragonard": "Jean-Honoré Fragonard",
    "Jean Marc Nattier": "Jean-Marc Nattier",
    "Jean Michel Basquiat": "Jean-Michel Basquiat",
    "Jozsef Rippl Ronai": "József Rippl-Rónai",
    "Karl Schmidt Rottluff": "Karl Schmidt-Rottluff",
    "Kuzma Petrov Vodkin": "Kuzma Petrov-Vodkin",
    "Louise Elisabeth Vigee le Brun": "Élisabeth Vigée Le Brun",
    "Marevna (marie Vorobieff)": "Marevna",
    "Pierre Auguste Renoir": "Pierre-Auguste Renoir",
    "Pierre Paul Prud'hon": "Pierre-Paul Prud'hon",
    "Rembrandt": "Rembrandt van Rijn",
    "Salvador Dali": "Salvador Dalí",
    "Joan Miro": "Joan Miró",
    "Paul Cezanne": "Paul Cézanne",
    "Sol Lewitt": "Sol LeWitt",
    "William Turner": "J. M. W. Turner",
    "Yiannis Tsaroychis": "Yannis Tsarouchis",
}
"""Names that no rule mends."""

ARTIST_SURNAMES: Mapping[str, str] = {
    "Diego Velazquez": "Velázquez",
    "Élisabeth Vigée Le Brun": "Vigée Le Brun",
    "Grandma Moses": "Grandma Moses",
    "Ito Jakuchu": "Jakuchu",
    "Ito Shinsui": "Shinsui",
    "Peter Max": "Peter Max",
    "Piet Mondrian": "Mondrian",
    "Rembrandt van Rijn": "Rembrandt",
    "Tivadar Kosztka Csontvary": "Csontváry",
    "Walasse Ting": "Walasse Ting",
}
"""Short names that differ from the last word with its particles."""

CLASS_PROMPTS: Mapping[str, tuple[str, ...]] = {
    **{
        movement: (
            movement,
            f"{movement} style",
            f"a painting in the style of {movement}",
            f"{adjective} painting",
            f"{adjective} style painting",
        )
        for movement, adjective in ADJECTIVES.items()
    },
    "ukiyo-e": (
        "ukiyo-e",
        "ukiyo-e style",
        "ukiyo-e woodblock print",
        "a Japanese woodblock print",
        "a Japanese print in the style of ukiyo-e",
    ),
    "pencil sketch": (
        "pencil sketch",
        "a pencil sketch",
        "a pencil drawing",
        "a sketch with black pencil",
        "pencil sketch style",
    ),
    "cartoon": (
        "cartoon",
        "a cartoon",
        "cartoon style",
        "a cartoon drawing",
        "a comic illustration",
    ),
    "photo": ("a photo", "a photograph", "photo", "a realistic photo", "photograph"),
}
"""The 19 evaluation classes (16 movements, pencil sketch, cartoon, photo) -> prompts for them."""
