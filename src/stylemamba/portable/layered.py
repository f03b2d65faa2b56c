"""Styles over one picture, and what is done with it after the networks: colours and brushwork."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .brushwork import amounts as amounts_of
from .brushwork import brushwork, needs_people
from .brushwork.ground import People
from .geometry import Array
from .palette import Recolouring
from .recipe import Recipe
from .recolour import in_colours
from .style import Style


def strengths_of(recipe: Recipe) -> tuple[float, ...]:
    """How much of the change the styles of a recipe get, the base's first, times the whole."""
    return (float(not recipe.keeps_rest), *(region.strength for region in recipe.regions))


@dataclass(frozen=True)
class Layered:
    """One or several styles over a picture.

    Attributes:
        styles: n of them.
        strengths: How much of the change each style's places get, times the whole; n of them.
        maps: Weights (n, h, w) at the size of the picture, with a sum of one at every place. None
            where the one style is everywhere.
        parts: Of a photo, that decide on the colours; see palette.py. None for the picture's own.
        framed: The sheet ends at the border; see `brushwork`.
    """

    styles: Sequence[Style]
    strengths: Sequence[float]
    maps: Array | None
    parts: Array | None = None
    framed: bool = True

    @property
    def strength(self) -> float | Array:
        """How much of the change to apply: one number, or a map (h, w)."""
        if self.maps is None or len(set(self.strengths)) == 1:
            return self.strengths[0]
        return np.tensordot(np.array(self.strengths, np.float32), self.maps, 1)

    def finished(
        self,
        picture: Array,
        photo: Array,
        recipe: Recipe,
        people_in: Callable[[Array], People | None],
    ) -> Array:
        """What the networks painted, in the colours and with the marks and finishes of the styles.

        Args:
            picture: (3, h, w) in about [0, 1].
            photo: That it was made from, likewise.
            recipe: Its seed, strength, stroke, texture, palette and colours.
            people_in: Finds people in the photo; it is asked where they count.
        """
        coloured = self.coloured(picture, photo, recipe.strength, recipe.palette)
        amounts = self.amounts(recipe.texture, recipe.strength)
        people = people_in(photo) if needs_people(amounts) else None
        done = brushwork(coloured, photo, amounts, recipe.seed, recipe.stroke, people, self.framed)
        done = self._with_finishes(done, recipe)
        if recipe.colours:
            done = done + min(1.0, recipe.strength) * (in_colours(done, recipe.colours) - done)
        return done

    def _with_finishes(self, picture: Array, recipe: Recipe) -> Array:
        """A painted picture (3, h, w) with the finishes of its styles; see finish.py."""
        much = [min(1.0, recipe.strength * own) * (1 - recipe.palette) for own in self.strengths]
        if self.maps is None:
            return self.styles[0].finished(picture, much[0])
        done = picture
        for style, share, weight in zip(self.styles, much, self.maps, strict=True):
            if style.finishes and weight.any():
                done = done + weight * (style.finished(picture, share, weight) - picture)
        return done

    def coloured(self, picture: Array, photo: Array, strength: float, keep: float) -> Array:
        """A picture in the colours of its styles' paintings, or of the photo; see palette.py.

        Args:
            picture: (3, h, w) in [0, 1].
            photo: That it was made from.
            strength: Of the recipe.
            keep: Of the photo's colours, the recipe's palette.
        """
        recolouring = Recolouring(picture, photo, self.parts)
        of_styles = [
            picture + min(1.0, strength * own) * (recolouring.by(style.paintings, keep) - picture)
            for style, own in zip(self.styles, self.strengths, strict=True)
        ]
        if self.maps is None:
            return of_styles[0]
        return np.einsum("nhw,nchw->chw", self.maps, np.stack(of_styles))

    def amounts(self, texture: float, strength: float) -> Mapping[str, float | Array]:
        """How much of each mark brushwork makes: numbers, or maps (h, w).

        Args:
            texture: Of the recipe.
            strength: Of the recipe.
        """
        of_styles = [
            amounts_of(style.marks, texture, strength * own)
            for style, own in zip(self.styles, self.strengths, strict=True)
        ]
        if self.maps is None:
            return of_styles[0]
        return {
            mark: np.tensordot(
                np.array([amounts[mark] for amounts in of_styles], np.float32), self.maps, 1
            )
            for mark in of_styles[0]
            if any(amounts[mark] for amounts in of_styles)
        }
