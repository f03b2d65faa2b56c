"""Videos that nobody should send: every answer names what is wrong, and nothing else is opened."""

from __future__ import annotations

import io
import random
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import picture

from stylemamba.errors import StyleMambaError
from stylemamba.server.limits import Limits

av = pytest.importorskip("av", reason="needs pip install 'stylemamba[video]'")
pytest.importorskip("cv2", reason="needs pip install 'stylemamba[video]'")
sys.path.insert(0, str(Path(__file__).parent.parent / "video"))

from tiny_videos import panned, write  # noqa: E402

from stylemamba.video import shot_painter  # noqa: E402
from stylemamba.video.clip import Clip  # noqa: E402

Serve = Callable[..., httpx.Client]
GENEROUS = Limits(rate=1_000_000, video_upload=4, video_megapixels=1, video_queue=100)
DAMAGED = 8


class Still:
    """Leaves frames as they are."""

    seen = rest = None

    def __init__(self, pipe: Any, recipe: Any) -> None:
        self.notes: list[str] = []

    def begin(self, first: Any) -> None: ...

    def paint(self, frame: Any) -> Any:
        return frame


@pytest.fixture(autouse=True)
def painter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shot_painter, "ShotPainter", Still)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("clips")
    names = ("a.mp4", "a.mkv", "a.avi", "a.ts")
    return {name: write(folder / name, panned(0, 8)).read_bytes() for name in names}


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[Any]]]:
    """An address on this machine, and who asked for it."""
    asked: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            try:
                while True:
                    asked.append(listener.accept()[1])
            except OSError:
                return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}", asked


def lists(address: str, path: Path) -> Iterator[bytes]:
    """Files that name others."""
    for place in (f"http://{address}/a.ts", f"file:{path}", str(path), f"concat:{path}|{path}"):
        yield (
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n"
            f"{place}\n#EXT-X-ENDLIST\n"
        ).encode()
        yield f"ffconcat version 1.0\nfile '{place}'\nduration 1\n".encode()
    yield (
        "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static'"
        " mediaPresentationDuration='PT9S'><Period><AdaptationSet contentType='video'>"
        f"<Representation id='0' bandwidth='1'><BaseURL>http://{address}/a.mp4</BaseURL>"
        "</Representation></AdaptationSet></Period></MPD>"
    ).encode()
    yield (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {address.split(':')[1]} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    ).encode()


def test_lists_of_files_open_none(
    serve: Serve, clips: dict[str, bytes], tmp_path: Path, elsewhere: tuple[str, list[Any]]
) -> None:
    address, asked = elsewhere
    victim = tmp_path / "victim.mp4"
    victim.write_bytes(clips["a.mp4"])
    client = serve(GENEROUS)
    for content in lists(address, victim):
        answer = client.post("/v1/clips", files={"video": ("a.m3u8", content)})
        assert (answer.status_code, answer.json()["reason"]) == (415, "not-a-video"), content
        assert str(tmp_path) not in answer.text and "/tmp" not in answer.text
        local = tmp_path / "list.m3u8"  # nor on the command line
        local.write_bytes(content)
        with pytest.raises(StyleMambaError, match="cannot be read as a video"):
            Clip.of(local)
    for name in (f"http://{address}/a.mp4", f"concat:{victim}|{victim}", "pipe:0"):
        with pytest.raises(StyleMambaError, match="cannot be read as a video"):
            Clip.of(Path(name))
    assert asked == []


def patched(content: bytes, box: bytes, offset: int, values: bytes) -> bytes:
    """An MP4 file with other bytes so far behind a box's name."""
    place = content.index(box) + offset
    return content[:place] + values + content[place + len(values) :]


def lying(content: bytes) -> Iterator[bytes]:
    """MP4 files whose header asks for far more than there is."""
    for side in (16_384, 65_535):
        sides = struct.pack(">HH", side, side)
        wide = patched(content, b"avc1", 28, sides)
        yield patched(wide, b"tkhd", 80, struct.pack(">II", side << 16, side << 16))
    many = patched(content, b"stsz", 8, struct.pack(">II", 1, 2**31 - 1))
    yield many
    many = patched(many, b"stts", 12, struct.pack(">I", 2**31 - 1))
    yield patched(many, b"stsc", 16, struct.pack(">I", 2**31 - 1))
    yield patched(content, b"mvhd", 16, struct.pack(">II", 1, 2**32 - 1))
    yield patched(content, b"mdhd", 16, struct.pack(">II", 0, 0))
    yield patched(content, b"stts", 16, struct.pack(">I", 2**31))
    yield patched(content, b"moov", -4, struct.pack(">I", 2**31))


def huge() -> bytes:
    """An AVI of JPEG pictures that say they are 65,500 x 65,500."""
    file = io.BytesIO()
    with av.open(file, "w", format="avi") as target:
        stream = target.add_stream("mjpeg", rate=12)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for frame in panned(0, 3):
            target.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        target.mux(stream.encode())
    small, large = struct.pack(">HH", 48, 64), struct.pack(">HH", 65_500, 65_500)
    content = file.getvalue().replace(b"\xff\xc0\0\x11\x08" + small, b"\xff\xc0\0\x11\x08" + large)
    assert content.count(large) == 3
    return content.replace(struct.pack("<II", 64, 48), struct.pack("<II", 65_500, 65_500))


def others(clip: bytes) -> Iterator[bytes]:
    """Files that are no videos."""
    yield from (b"", b"\0", b"\x1aE\xdf\xa3", b"RIFF\0\0\0\0AVI ", b"\x47" * 4000, b"GIF89a")
    yield picture()
    sound = io.BytesIO()
    with av.open(io.BytesIO(clip)) as source, av.open(sound, "w", format="mp4") as target:
        copy = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.size:
                packet.stream = copy
                target.mux(packet)
    yield sound.getvalue()
    yield huge()


def damaged(clips: dict[str, bytes]) -> Iterator[bytes]:
    """Cut and altered ones, the same in every run."""
    rng = random.Random(0)
    while True:
        content = bytearray(rng.choice(list(clips.values())))
        if rng.randrange(2):
            del content[rng.randrange(1, len(content)) :]
        for _ in range(rng.randrange(0, 60)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        yield bytes(content)


def told(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, answer.text
    content = answer.json()
    assert content["reason"] and content["detail"]
    assert "/tmp" not in answer.text and "Traceback" not in answer.text


def ended(client: httpx.Client, name: str) -> dict[str, Any]:
    while True:
        job: dict[str, Any] = client.get(f"/v1/jobs/{name}").json()
        if job["state"] in ("done", "failed"):
            return job
        time.sleep(0.01)


def test_videos_that_are_none_or_lie_are_refused(serve: Serve, clips: dict[str, bytes]) -> None:
    client = serve(GENEROUS)
    for content in others(clips["a.mp4"]):
        told(client.post("/v1/videos", data={"prompt": "fire"}, files={"video": content}))
    for content in lying(clips["a.mp4"]):
        answer = client.post("/v1/videos", data={"prompt": "fire"}, files={"video": content})
        if answer.status_code == 202:
            job = ended(client, answer.json()["id"])
            assert job["state"] == "done" or job["problem"]["status"] < 500, job
        else:
            told(answer)


def test_damaged_videos_are_painted_or_refused(serve: Serve, clips: dict[str, bytes]) -> None:
    client = serve(GENEROUS)
    names = []
    for content, _ in zip(damaged(clips), range(DAMAGED), strict=False):
        answer = client.post("/v1/videos", data={"prompt": "fire"}, files={"video": content})
        if answer.status_code == 202:
            names.append(answer.json()["id"])
        else:
            told(answer)
    for name in names:
        job = ended(client, name)
        if job["state"] == "done":
            content = client.get(f"/v1/jobs/{name}/video").content
            with av.open(io.BytesIO(content)) as file:
                assert next(file.decode(video=0)).width == 64
        else:
            assert job["problem"]["status"] < 500 and "/tmp" not in str(job["problem"]), job
    assert names


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
VALUES = st.one_of(st.floats().map(str), st.integers().map(str), TEXT)
FORMS = st.dictionaries(
    st.sampled_from(["start", "end", "every", "strip_metadata", "recipe", "clip_id", "x"]),
    VALUES,
    max_size=4,
)


@pytest.fixture
def client(serve: Serve) -> httpx.Client:
    return serve(GENEROUS)


@given(form=FORMS)
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_form_is_told_what_is_wrong_with_it(client: httpx.Client, form: dict[str, str]) -> None:
    answer = client.post("/v1/videos", data={"prompt": "fire", **form}, files={"video": b"none"})
    told(answer)


@pytest.mark.parametrize("at", ["-1", "nan", "1e300", "x", ""])
def test_times_of_frames_are_numbers(
    client: httpx.Client, clips: dict[str, bytes], at: str
) -> None:
    name = client.post("/v1/clips", files={"video": clips["a.mkv"]}).json()["id"]
    told(client.get(f"/v1/clips/{name}/frame", params={"at": at}))
