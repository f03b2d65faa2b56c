"""Videos over HTTP: real clips, a real server, and a painter that costs nothing."""

from __future__ import annotations

import gc
import io
import json
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from serving import picture

from stylemamba.server.limits import Limits

av = pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")
pytest.importorskip("cv2", reason="needs pip install 'stylemamba[video]'")
sys.path.insert(0, str(Path(__file__).parent.parent / "video"))

from tiny_videos import HEIGHT, RATE, WIDTH, panned, texture, write  # noqa: E402

from stylemamba.video import film, shot_painter  # noqa: E402

Serve = Callable[..., httpx.Client]
SECRET = "somebody's garden"


class Negative:
    """Inverts frames, as fast as it is let go."""

    go = threading.Event()
    seen = rest = None

    def __init__(self, pipe: Any, recipe: Any) -> None:
        self.notes = [f"painted as {recipe.prompt}"]

    def begin(self, first: Any) -> None: ...

    def paint(self, frame: Any) -> Any:
        assert self.go.wait(20)
        return 255 - frame


@pytest.fixture(autouse=True)
def painter(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Negative]]:
    monkeypatch.setattr(shot_painter, "ShotPainter", Negative)
    Negative.go.set()
    yield Negative
    Negative.go.set()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("clip") / "in.mp4", panned(0, 24)).read_bytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the server's private folder is."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def files(folder: Path) -> list[Path]:
    gc.collect()
    return [path for path in folder.rglob("*") if path.is_file()]


def post(client: httpx.Client, clip: bytes, **data: Any) -> httpx.Response:
    form = {"prompt": "cubism", "every": "1", **data}
    return client.post("/v1/videos", data=form, files={"video": ("../x.m3u8", clip)})


def finished(client: httpx.Client, name: str) -> dict[str, Any]:
    for _ in range(1000):
        job: dict[str, Any] = client.get(f"/v1/jobs/{name}").json()
        if job["state"] in ("done", "failed"):
            return job
        time.sleep(0.01)
    raise AssertionError("the job does not end")


def decoded(content: bytes) -> tuple[int, list[Any], dict[str, str]]:
    """How many sounds there are, frames, and metadata."""
    with av.open(io.BytesIO(content)) as file:
        frames = [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]
        return len(file.streams.audio), frames, dict(file.metadata)


def test_a_clip_comes_back_painted_with_its_sound_and_its_recipe(serve: Serve, clip: bytes) -> None:
    client = serve()
    answer = post(client, clip)
    assert answer.status_code == 202 and answer.json()["kind"] == "video"
    name = answer.json()["id"]
    job = finished(client, name)
    assert (job["step"], job["steps"]) == (24, 24), job
    assert job["result"]["notes"] == ["painted as cubism"] and not job["result"]["interrupted"]
    assert (job["result"]["width"], job["result"]["height"]) == (WIDTH, HEIGHT)
    answer = client.get(f"/v1/jobs/{name}/video")
    assert answer.headers["content-type"] == "video/mp4"
    sounds, frames, metadata = decoded(answer.content)
    assert sounds == 1 and json.loads(metadata["comment"])["parts"][0]["text"] == "cubism"
    _, originals, _ = decoded(clip)
    pairs = zip(frames, originals, strict=True)
    assert np.mean([np.abs(a.astype(int) + b - 255).mean() for a, b in pairs]) < 12
    part = client.get(f"/v1/jobs/{name}/video", headers={"range": "bytes=0-99"})
    assert part.status_code == 206 and part.content == answer.content[:100]
    preview = Image.open(io.BytesIO(client.get(f"/v1/jobs/{name}/preview").content))
    assert preview.size == (WIDTH, HEIGHT)


def test_a_clip_is_sent_once_and_its_frames_are_photos(serve: Serve, clip: bytes) -> None:
    client = serve()
    sent = client.post("/v1/clips", files={"video": clip})
    assert sent.status_code == 201
    about = sent.json()
    assert (about["width"], about["height"], about["frames"]) == (WIDTH, HEIGHT, 24)
    assert about["seconds"] == 24 / RATE and about["rate"] == RATE
    _, originals, _ = decoded(clip)
    for at, place in ((0, 0), (1, RATE)):
        frame = client.get(f"/v1/clips/{about['id']}/frame", params={"at": at})
        shown = np.asarray(Image.open(io.BytesIO(frame.content)))
        assert np.array_equal(shown, originals[place])
    late = client.get(f"/v1/clips/{about['id']}/frame", params={"at": 9})
    assert late.status_code == 422 and late.json()["detail"].startswith("video: has no frames")
    form = {"clip_id": about["id"], "prompt": "cubism", "start": "0.5", "end": "1.5"}
    for _ in range(2):
        name = client.post("/v1/videos", data=form).json()["id"]
        assert finished(client, name)["steps"] == RATE
    assert client.delete(f"/v1/clips/{about['id']}").status_code == 204
    gone = client.post("/v1/videos", data=form)
    assert gone.status_code == 410 and gone.json()["field"] == "clip_id"


def test_frames_count_as_work(serve: Serve, clip: bytes) -> None:
    client = serve(Limits(rate=12))  # three at once
    sent = client.post("/v1/clips", files={"video": clip}).json()["id"]
    answers = [client.get(f"/v1/clips/{sent}/frame").status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_events_tell_how_long_it_takes_and_pictures_are_made_meanwhile(
    serve: Serve, clip: bytes, painter: type[Negative], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylemamba.server.film_painter.PREVIEW_SECONDS", 0.0)
    client = serve(Limits(workers=1))
    painter.go.clear()
    first, second = (post(client, clip).json() for _ in range(2))
    assert second["position"] == 0
    made = client.post("/v1/pictures", data={"prompt": "fire"}, files={"photo": picture()})
    assert made.status_code == 200
    states = []
    with client.stream("GET", f"/v1/jobs/{first['id']}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line[6:]))
                painter.go.set()
    assert states[0]["seconds_left"] is None and states[-1]["state"] == "done"
    assert states[-1]["has_preview"]
    assert finished(client, second["id"])["state"] == "done"


def noise(count: int) -> list[Any]:
    """Frames that have nothing to do with each other."""
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 255, (count, 6, 8, 3), np.uint8)
    return list(tiles.repeat(8, 1).repeat(8, 2))


@pytest.mark.parametrize("segment", [4, film.SEGMENT])
def test_a_video_that_is_stopped_has_what_is_painted(
    serve: Serve,
    tmp_path: Path,
    painter: type[Negative],
    monkeypatch: pytest.MonkeyPatch,
    segment: int,
) -> None:
    monkeypatch.setattr(film, "SEGMENT", segment)
    content = write(tmp_path / "in.mp4", noise(20)).read_bytes()
    client = serve()
    painted: list[Any] = []
    begun = threading.Event()

    def paint(self: Any, frame: Any) -> Any:
        assert begun.wait(20)
        painted.append(frame)
        if len(painted) == 10:
            client.post(f"/v1/jobs/{name}/cancel")
        return 255 - frame

    monkeypatch.setattr(painter, "paint", paint)
    name = post(client, content).json()["id"]
    begun.set()
    job = finished(client, name)
    assert job["state"] == "done" and job["result"]["interrupted"], job
    _, frames, _ = decoded(client.get(f"/v1/jobs/{name}/video").content)
    assert len(frames) == 9 and len(painted) == 10  # that was stopped in the tenth
    assert job["result"]["notes"][-1] == "it was cancelled: it has 9 of 20 frames"


def test_one_that_is_stopped_before_there_is_anything_has_failed(
    serve: Serve, clip: bytes, painter: type[Negative], folder: Path
) -> None:
    client = serve(Limits(video_queue=1))
    painter.go.clear()
    first = post(client, clip).json()["id"]
    while client.get(f"/v1/jobs/{first}").json()["state"] == "queued":
        time.sleep(0.01)
    second = post(client, clip).json()["id"]
    full = post(client, clip)
    assert (full.status_code, full.json()["reason"]) == (503, "queue-full")
    assert int(full.headers["retry-after"]) > 0
    assert client.post(f"/v1/jobs/{second}/cancel").json()["problem"]["reason"] == "cancelled"
    client.post(f"/v1/jobs/{first}/cancel")
    painter.go.set()
    assert finished(client, first)["problem"]["reason"] == "cancelled"
    assert client.get(f"/v1/jobs/{first}/video").json()["reason"] == "cancelled"
    assert files(folder) == []


def test_jobs_are_asked_for_what_they_make(serve: Serve, clip: bytes) -> None:
    client = serve()
    video = post(client, clip).json()["id"]
    finished(client, video)
    refused = client.get(f"/v1/jobs/{video}/picture")
    assert refused.status_code == 409 and "/video" in refused.json()["detail"]
    assert client.get(f"/v1/archive?job={video}").status_code == 409
    form = {"data": {"prompt": "fire"}, "files": {"photo": picture()}}
    made = client.post("/v1/pictures", **form).headers["stylemamba-job"]
    refused = client.get(f"/v1/jobs/{made}/video")
    assert refused.status_code == 409 and "/picture" in refused.json()["detail"]


def test_place_and_title_of_a_clip_are_left_out_if_asked_for(serve: Serve, clip: bytes) -> None:
    told = io.BytesIO()
    with av.open(io.BytesIO(clip)) as source, av.open(told, "w", format="mp4") as target:
        target.metadata["title"] = SECRET
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = copy
                target.mux(packet)
    client = serve()
    for strip, titles in (("false", SECRET), ("true", None)):
        name = post(client, told.getvalue(), strip_metadata=strip).json()["id"]
        finished(client, name)
        _, _, metadata = decoded(client.get(f"/v1/jobs/{name}/video").content)
        assert metadata.get("title") == titles and "comment" in metadata


def test_files_go_with_what_they_are_of_and_with_the_server(
    serve: Serve, clip: bytes, folder: Path
) -> None:
    client = serve()
    sent = client.post("/v1/clips", files={"video": clip}).json()["id"]
    (kept,) = files(folder)
    assert kept.read_bytes() == clip
    assert kept.parent.stat().st_mode & 0o77 == kept.stat().st_mode & 0o77 == 0
    name = client.post("/v1/videos", data={"clip_id": sent, "prompt": "fire"}).json()["id"]
    finished(client, name)
    client.delete(f"/v1/clips/{sent}")
    (result,) = files(folder)
    assert result.suffix == ".mp4"
    client.delete(f"/v1/jobs/{name}")
    assert files(folder) == [] and b"disk_bytes 0.0" in client.get("/metrics").content
    client.post("/v1/clips", files={"video": clip})
    assert len(files(folder)) == 1
    client.app.state.service.close(0)  # as when the server ends
    assert list(folder.iterdir()) == []


def test_the_disk_is_bounded_and_the_oldest_make_way(
    serve: Serve, clip: bytes, folder: Path, painter: type[Negative]
) -> None:
    client = serve(Limits(video_disk=16, video_upload=9))
    painter.go.clear()
    padded = clip + struct.pack(">I4s", 5_000_000, b"free") + bytes(5_000_000 - 8)
    files_of = {"files": {"video": padded}}
    names = [client.post("/v1/clips", **files_of).json()["id"] for _ in range(3)]
    codes = [client.get(f"/v1/clips/{name}/frame").status_code for name in names]
    assert codes == [404, 200, 200]
    job = client.post("/v1/videos", data={"clip_id": names[1], "prompt": "fire"}).json()["id"]
    client.post("/v1/videos", data={"clip_id": names[2], "prompt": "fire"})
    full = client.post("/v1/clips", **files_of)  # the clips are forgotten, but in use
    assert (full.status_code, full.json()["reason"]) == (503, "queue-full")
    assert sum(path.stat().st_size for path in files(folder)) < 11_000_000
    painter.go.set()
    assert finished(client, job)["state"] == "done"


def test_a_result_that_does_not_fit_is_told(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = write(tmp_path / "in.mp4", noise(8)).read_bytes()
    client = serve()
    sent = client.post("/v1/clips", files={"video": content}).json()["id"]
    scratch = client.app.state.service.scratch
    form = {"clip_id": sent, "prompt": "fire"}
    with monkeypatch.context() as small:
        small.setattr(scratch, "_most", scratch.used + 1000)
        job = finished(client, client.post("/v1/videos", data=form).json()["id"])
    assert job["problem"]["reason"] == "queue-full", job
    name = client.post("/v1/videos", data=form).json()["id"]
    assert finished(client, name)["state"] == "done"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"start": "-1"}, "start"),
        ({"start": "nan"}, "start"),
        ({"end": "soon"}, "end"),
        ({"end": "1e9"}, "end"),
        ({"start": "1", "end": "1"}, "end"),
        ({"start": "500"}, "video"),
        ({"every": "0"}, "every"),
        ({"every": "49"}, "every"),
        ({"every": "1.5"}, "every"),
        ({"every": "9" * 5000}, "every"),
        ({"clip_id": "both"}, "video"),
        ({"strip_metadata": "maybe"}, "strip_metadata"),
        ({"prompt": ""}, "prompt"),
        ({"recipe": {"parts": [{"text": "a"}], "steps": 5}}, "recipe.steps"),
        ({"recipe": {"parts": [{"text": "a"}], "tile": True}}, "recipe.tile"),
        ({"recipe": {"parts": [], "regions": [
            {"parts": [{"text": "a"}], "box": [0, 0, 1, 1]}]}}, "recipe.regions"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    serve: Serve, clip: bytes, data: dict[str, Any], field: str
) -> None:
    form = {"prompt": "fire", **data}
    if "recipe" in data:
        form = {"recipe": json.dumps({"version": 1, **data["recipe"]})}
    answer = serve().post("/v1/videos", data=form, files={"video": clip})
    assert answer.status_code == 422 and answer.json()["field"] == field, answer.text


def test_a_clip_that_is_too_long_or_too_large_is_refused(
    serve: Serve, clip: bytes, tmp_path: Path
) -> None:
    client = serve(Limits(video_frames=12, video_megapixels=1))
    long = post(client, clip)
    assert (long.status_code, long.json()["reason"]) == (413, "too-large")
    assert post(client, clip, start="0.5", end="1.5").status_code == 202
    wide = write(tmp_path / "wide.mp4", [texture(0, 720, 1600)], sound=False).read_bytes()
    answer = client.post("/v1/clips", files={"video": wide})
    assert (answer.status_code, answer.json()["reason"]) == (413, "too-large")
    assert answer.json()["detail"].startswith("video: its frames are 1600 x 720: at most 1 mega")
    client = serve(Limits(video_upload=1, upload=3))
    for path in ("/v1/clips", "/v1/videos"):
        answer = client.post(path, files={"video": bytes(1_000_001)})
        assert (answer.status_code, answer.json()["reason"]) == (413, "too-large")


def test_frames_of_other_sizes_are_scaled_to_the_first(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "sizes.ts"
    with av.open(str(path), "w", format="mpegts") as file:
        stream = file.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        pictures = noise(4)
        for picture_ in pictures:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(picture_, format="rgb24")))
        file.mux(stream.encode())
    other = tmp_path / "other.ts"
    with av.open(str(other), "w", format="mpegts") as file:
        stream = file.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 96, 32, "yuv420p"
        for place in range(4):
            frame = av.VideoFrame.from_ndarray(texture(place, 32, 96), format="rgb24")
            frame.pts = 8 + place
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    client = serve()
    job = finished(client, post(client, path.read_bytes() + other.read_bytes()).json()["id"])
    assert job["state"] == "done", job
    assert (job["result"]["width"], job["result"]["height"]) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("missing", ["av", "cv2"])
def test_without_the_packages_it_says_what_to_install(
    serve: Serve, clip: bytes, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    client = serve()
    assert client.get("/v1/about").json()["video"]["missing"] is None
    monkeypatch.setitem(sys.modules, missing, None)
    assert "stylemamba[video]" in client.get("/v1/about").json()["video"]["missing"]
    for answer in (post(client, clip), client.post("/v1/clips", files={"video": clip})):
        assert (answer.status_code, answer.json()["reason"]) == (501, "not-installed")
        assert "pip install 'stylemamba[video]'" in answer.json()["detail"]
