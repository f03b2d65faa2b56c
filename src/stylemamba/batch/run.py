"""A job on Ray Data: blocks of photos are read by tasks and painted by a pool of actors."""

from __future__ import annotations

import logging
import os
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Before Ray is imported: its C++ prints on stderr what rows say, and it would send statistics.
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import pyarrow as pa
import ray
import ray.data
import ray.exceptions

from stylemamba.batch.table import SCHEMA
from stylemamba.batch.worker import ROWS, UNFIT, Work, Worker, read_photos
from stylemamba.errors import StyleMambaError

READER_CPUS = 0.1
"""Of a task that reads photos. An actor leaves as much of its cores: where actors have all cores,
nothing is read, and they wait for ever."""
BLOCK = 32
"""Photos at most that an actor is given at a time, all of which are painted again if it dies."""
BLOCKS_PER_WORKER = 16
"""At least, as far as there are photos: nobody waits long for the last one."""
CONNECT_SECONDS = 10.0
"""For a Ray to answer."""
RETRIES = 2
"""How often a block is tried again after its actor has died, before its photos go one by one."""


@dataclass(frozen=True)
class Cluster:
    """A Ray that is joined, and how it is shared out.

    Attributes:
        machines: How many there are.
        workers: How many actors.
        threads: Cores of each.
        gpus: GPUs of each, or a share of one.
    """

    machines: int
    workers: int
    threads: int
    gpus: float

    @classmethod
    def found(cls, workers: int | None, threads: int, gpus: float) -> Cluster:
        """The shares of the Ray that is joined.

        Args:
            workers: As many as fit if None.
            threads: Cores of each worker.
            gpus: GPUs of each worker.

        Raises:
            StyleMambaError: None of its machines has room for one worker.
        """
        machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        room = sum(_room(machine, threads, gpus) for machine in machines)
        if not room:
            cores = max(machine.get("CPU", 0) for machine in machines)
            cards = max(machine.get("GPU", 0) for machine in machines)
            raise StyleMambaError(
                f"no machine of this Ray has {threads} cores and {gpus:g} GPUs for a worker (the "
                f"largest has {cores:g} and {cards:g}): fewer --threads, or --gpus"
            )
        return cls(len(machines), workers or room, threads, gpus)


@contextmanager
def joined_ray(address: str | None) -> Iterator[None]:
    """Ray, for a while.

    Args:
        address: Of a cluster; `local` for one of its own on this machine, None for what RAY_ADDRESS
            names, or what runs on this machine, or else one of its own. A Ray that this process has
            joined before is used, and left as it is.

    Raises:
        StyleMambaError: There is none at that address.
    """
    if ray.is_initialized():
        yield
        return
    if address is None:
        address = os.environ.get("RAY_ADDRESS") or _started_last()
    try:
        if address is not None and ":" in address:
            _check_answers(address)
        with silenced():
            ray.init(
                address,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise StyleMambaError(f"no Ray at {address} ({reason})") from error
    try:
        yield
    finally:
        ray.shutdown()


def _started_last() -> str | None:
    """The Ray that `ray start` left a note of, which outlives it; `local` if that one is gone."""
    folder = os.environ.get("RAY_TMPDIR") or os.environ.get("TMPDIR") or "/tmp"
    try:
        address = Path(folder, "ray", "ray_current_cluster").read_text().strip()
    except OSError:
        return None
    try:
        _check_answers(address)
    except (OSError, ValueError):
        return "local"
    return address


def _check_answers(address: str) -> None:
    """Ray itself asks for ever.

    Raises:
        OSError: Nobody does.
        ValueError: The address has no port.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()


@contextmanager
def silenced() -> Iterator[None]:
    """Nothing reaches stderr, where Ray's C++ tells of its log level."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def paint_all(
    rows: Sequence[Mapping[str, Any]], work: Work, folder: str, overwrite: bool, cluster: Cluster
) -> Iterator[dict[str, Any]]:
    """Paints photos, each once, and tells what became of it as soon as it is known.

    An actor that dies is started again, and its block given out again. A block that has killed its
    actors comes back photo by photo, so that one row tells of the photo that does it.

    Args:
        rows: Photos, of `worker.ROWS`; their outputs differ.
        work: How to paint.
        folder: Of the results, path or URI.
        overwrite: Replace files that are not results of this folder.
        cluster: Who does it.

    Yields:
        Rows of `table.SCHEMA`, in any order.

    Raises:
        StyleMambaError: The models cannot be loaded, or not do what is asked for, or Ray is gone.
    """
    left = {row["output"]: row for row in rows}
    size = max(1, min(BLOCK, len(rows) // (BLOCKS_PER_WORKER * cluster.workers)))
    for round_ in (_Round(size, waiting=1), _Round(1, waiting=0)):
        for told in _painted(list(left.values()), round_, work, folder, overwrite, cluster):
            if told["state"] == UNFIT:
                raise StyleMambaError(told["error"])
            if left.pop(told["output"], None) is not None:
                yield told
        if not left:
            return
    problem = "its worker died each time, as where a photo needs more memory than there is"
    for row in left.values():
        known = {name: row[name] for name in row if name in SCHEMA.names and name != "recipe"}
        yield {**known, "state": "failed", "error": problem}


@dataclass(frozen=True)
class _Round:
    """How photos are given out.

    Attributes:
        block: How many at a time.
        waiting: Blocks that wait at an actor while it is at another one, and die with it.
    """

    block: int
    waiting: int


def _painted(
    rows: Sequence[Mapping[str, Any]],
    round_: _Round,
    work: Work,
    folder: str,
    overwrite: bool,
    cluster: Cluster,
) -> Iterator[dict[str, Any]]:
    """What came back of the rows; those of blocks that killed their actors are missing."""
    blocks = [
        pa.Table.from_pylist([dict(row) for row in rows[start : start + round_.block]], ROWS)
        for start in range(0, len(rows), round_.block)
    ]
    workers = min(cluster.workers, len(blocks))
    with _quiet_ray_data():
        data = ray.data.from_arrow(blocks).map_batches(
            read_photos, batch_size=None, batch_format="pyarrow", num_cpus=READER_CPUS
        )
        data = data.map_batches(
            Worker,
            fn_constructor_args=(work, folder, overwrite, cluster.threads),
            batch_size=round_.block,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(
                size=workers, max_tasks_in_flight_per_actor=1 + round_.waiting
            ),
            num_cpus=cluster.threads - READER_CPUS,
            num_gpus=cluster.gpus or None,
            max_task_retries=RETRIES,
        )
        try:
            for table in data.iter_batches(batch_size=None, batch_format="pyarrow"):
                yield from table.to_pylist()
        except ray.exceptions.RayError as error:
            reason = " ".join(str(error).split())
            raise StyleMambaError(f"Ray gave up ({reason}); the same command goes on") from error


@contextmanager
def _quiet_ray_data() -> Iterator[None]:
    """Ray Data without bars of its own, where lost blocks are no failure of the whole.

    Nor does Ray tell of dead workers on stdout, where summaries go; its log files have it.
    """
    context = ray.data.DataContext.get_current()
    before = context.max_errored_blocks, context.enable_progress_bars
    context.max_errored_blocks, context.enable_progress_bars = -1, False
    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), warnings.catch_warnings():
            # Ray 2.60 has no other way yet to bound the retries of a pool's actors.
            warnings.simplefilter("ignore")
            yield
    finally:
        context.max_errored_blocks, context.enable_progress_bars = before
        logger.setLevel(level)


def _room(machine: Mapping[str, float], threads: int, gpus: float) -> int:
    """How many workers a machine has room for."""
    by_cores = int(machine.get("CPU", 0) // threads)
    return min(by_cores, int(machine.get("GPU", 0) // gpus)) if gpus else by_cores
