"""Style fusion: the conditional state-space model that bends a latent towards a style."""

from stylemamba.fusion.network import StyleFusion, StyleFusionConfig

__all__ = ["StyleFusion", "StyleFusionConfig"]
