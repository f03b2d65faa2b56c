"""Lines of light, and pencils, on faces and on dark ground."""

from __future__ import annotations

import numpy as np
from test_cartoon import face

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.geometry import luma


def test_no_tubes_of_neon_are_in_faces() -> None:
    light = luma(brushwork(face(), face(), {"neon": 1.0}))
    assert light[74:87, 93:113].max() < 0.6 < light[34:150, 70:170].max()


def test_blueprints_hatch_what_is_dark_and_have_a_frame() -> None:
    photo = np.full((3, 200, 300), 0.9, dtype=np.float32)
    photo[:, 60:140, 100:200] = 0.1
    light = luma(brushwork(photo, photo, {"chalk": 1.0}, stroke=0.75))
    assert light[75:125, 115:185].std() > 2 * light[75:125, 30:80].std()
    assert light[5:10, 30:270].mean(1).max() > light[20:40, 30:270].mean() + 0.2


def test_pencils_leave_a_white_margin_and_hatch_faces() -> None:
    photo = face()
    light = luma(brushwork(photo, photo, {"pencil": 1.0}))
    assert light[:2].min() > 0.9
    assert light[30:, 5:50][:120].mean() < 0.85
    skin = light[105:130, 105:135]
    assert 0.5 < skin.mean() < 0.93 and skin.std() > 0.01
