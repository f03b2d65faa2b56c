from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import fake_pipeline
import pytest


@pytest.fixture(scope="session")
def two_cores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A real Ray of this machine with two cores, whatever the machine has."""
    pytest.importorskip("ray", reason="pip install 'stylemamba[ray]'")
    import fake_work
    from ray import cloudpickle

    from stylemamba.batch import run

    for module in (fake_pipeline, fake_work):  # which workers cannot import
        cloudpickle.register_pickle_by_value(module)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(_import_path()))
        patch.setenv("RAY_worker_niceness", "0")  # or whoever shares the machine goes first
        with run.silenced():
            run.ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False)
        yield
        run.ray.shutdown()


def _import_path() -> list[str]:
    import stylemamba

    before = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return [str(Path(stylemamba.__file__).parents[1]), *filter(None, before)]
