from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import torch
from PIL import Image
from serving import SlowPipeline, picture

from stylemamba.portable.recipe import Recipe
from stylemamba.progress import Progress
from stylemamba.server.limits import Limits

Serve = Callable[..., httpx.Client]


def post(client: httpx.Client, path: str = "/v1/jobs", **data: Any) -> httpx.Response:
    return client.post(path, data={"prompt": "ukiyo-e", **data}, files={"photo": picture()})


def finished(client: httpx.Client, name: str) -> dict[str, Any]:
    for _ in range(1000):
        job: dict[str, Any] = client.get(f"/v1/jobs/{name}").json()
        if job["state"] in ("done", "failed"):
            return job
        time.sleep(0.01)
    raise AssertionError("the job does not end")


def test_a_photo_and_a_prompt_make_a_picture_that_holds_its_recipe(serve: Serve) -> None:
    answer = post(serve(), "/v1/pictures")
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/png"
    image = Image.open(io.BytesIO(answer.content))
    assert image.getpixel((0, 0)) == (5, 155, 255)
    recipe, made_with = Recipe.from_json(image.text["stylemamba"])
    assert recipe.prompt == "ukiyo-e" and recipe.steps == 0 and "photo" in made_with


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_other_formats_hold_the_recipe_too(serve: Serve, form: str) -> None:
    client = serve()
    answer = post(client, f"/v1/pictures?format={form}")
    assert answer.headers["content-type"] == f"image/{form}"
    assert Image.open(io.BytesIO(answer.content)).format == form.upper()
    found = client.post("/v1/recipes", files={"file": answer.content}).json()
    assert found["recipe"]["parts"][0]["text"] == "ukiyo-e"


def test_a_recipe_says_all_and_a_file_of_it_will_do(serve: Serve, pipe: SlowPipeline) -> None:
    recipe = Recipe.of("cubism::2 fire", seed=7, strength=0.5)
    files = {"photo": picture(), "recipe": recipe.to_json().encode()}
    assert serve().post("/v1/pictures", files=files).status_code == 200
    call = pipe.calls[-1]
    assert (call["prompt"], call["seed"], call["strength"]) == (recipe.prompt, 7, 0.5)


def test_alpha_and_size_are_the_photos(serve: Serve) -> None:
    files = {"photo": picture((40, 10), (0, 0, 0, 77))}
    answer = serve().post("/v1/pictures", data={"prompt": "fire"}, files=files)
    image = Image.open(io.BytesIO(answer.content))
    assert image.size == (40, 10) and image.getpixel((3, 3)) == (255, 255, 255, 77)


def test_a_draft_is_small_and_a_copy_is_reduced(serve: Serve) -> None:
    client = serve()
    files = {"photo": picture((300, 200))}
    job = client.post("/v1/jobs", data={"prompt": "fire", "draft": "150"}, files=files).json()
    assert finished(client, job["id"])["result"]["width"] == 150
    small = client.get(f"/v1/jobs/{job['id']}/picture", params={"side": 30, "format": "webp"})
    assert Image.open(io.BytesIO(small.content)).size == (30, 20)


def test_a_photo_is_sent_once_for_many_pictures(serve: Serve) -> None:
    client = serve()
    sent = client.post("/v1/photos", files={"photo": picture()})
    assert sent.status_code == 201 and sent.json()["width"] == 30 and sent.json()["recipe"] is None
    form = {"photo_id": sent.json()["id"], "prompt": "fire"}
    for _ in range(2):
        assert client.post("/v1/pictures", data=form, files={"x": b""}).status_code == 200
    assert client.delete(f"/v1/photos/{form['photo_id']}").status_code == 204
    gone = client.post("/v1/pictures", data=form, files={"x": b""})
    assert gone.status_code == 410 and gone.json()["field"] == "photo_id"


def test_a_result_that_is_sent_as_a_photo_tells_its_recipe(serve: Serve) -> None:
    client = serve()
    made = post(client, "/v1/pictures").content
    sent = client.post("/v1/photos", files={"photo": made}).json()
    assert sent["recipe"]["parts"][0]["text"] == "ukiyo-e"


def test_events_lead_to_the_end(serve: Serve, pipe: SlowPipeline) -> None:
    client = serve()
    pipe.go.clear()
    name = post(client).json()["id"]
    assert pipe.started.acquire(timeout=5)
    states = []
    with client.stream("GET", f"/v1/jobs/{name}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data: "):
                states.append(json.loads(line[6:])["state"])
                pipe.go.set()
    assert states[0] == "running" and states[-1] == "done"
    assert client.get(f"/v1/jobs/{name}/picture").status_code == 200


def test_jobs_wait_in_order_and_a_full_queue_says_so(serve: Serve, pipe: SlowPipeline) -> None:
    client = serve(Limits(queue=2, workers=1))
    pipe.go.clear()
    first = post(client).json()["id"]
    assert pipe.started.acquire(timeout=5)
    second, third = (post(client).json() for _ in range(2))
    assert (second["position"], third["position"]) == (0, 1)
    full = post(client)
    assert full.status_code == 503 and full.json()["reason"] == "queue-full"
    assert int(full.headers["retry-after"]) > 0
    cancelled = client.post(f"/v1/jobs/{second['id']}/cancel").json()
    assert cancelled["state"] == "failed" and cancelled["problem"]["reason"] == "cancelled"
    assert client.get(f"/v1/jobs/{third['id']}").json()["position"] == 0
    pipe.go.set()
    assert finished(client, first)["state"] == finished(client, third["id"])["state"] == "done"
    assert len(pipe.calls) == 3  # that of the start, the first and the third


def test_a_job_in_work_is_stopped(serve: Serve, pipe: SlowPipeline) -> None:
    client = serve()
    pipe.go.clear()
    name = post(client).json()["id"]
    assert pipe.started.acquire(timeout=5)
    assert client.get(f"/v1/jobs/{name}/picture").status_code == 409
    client.post(f"/v1/jobs/{name}/cancel")
    assert finished(client, name)["problem"]["reason"] == "cancelled"
    assert client.get(f"/v1/jobs/{name}/picture").json()["reason"] == "cancelled"


def test_what_takes_too_long_is_stopped(serve: Serve, pipe: SlowPipeline) -> None:
    client = serve(Limits(seconds=1))
    pipe.go.clear()
    answer = post(client, "/v1/pictures")
    assert answer.status_code == 503 and answer.json()["reason"] == "timeout"


def test_whoever_hangs_up_stops_the_picture(serve: Serve, pipe: SlowPipeline) -> None:
    client = serve()
    pipe.go.clear()
    with pytest.raises(httpx.ReadTimeout):
        client.post(
            "/v1/pictures", data={"prompt": "fire"}, files={"photo": picture()}, timeout=0.3
        )
    for _ in range(500):
        if b"jobs_running 0.0" in client.get("/metrics").content:
            break
        time.sleep(0.02)
    assert b'outcome="cancelled"' in client.get("/metrics").content


def test_forgotten_jobs_are_gone(serve: Serve) -> None:
    client = serve()
    name = post(client).json()["id"]
    finished(client, name)
    assert client.delete(f"/v1/jobs/{name}").status_code == 204
    assert client.get(f"/v1/jobs/{name}").status_code == 404
    assert client.get(f"/v1/jobs/{name}/picture").status_code == 404


def test_an_archive_has_all_pictures(serve: Serve) -> None:
    client = serve()
    names = [post(client).json()["id"] for _ in range(3)]
    for name in names:
        finished(client, name)
    called = [("name", "cat.jpg"), ("name", "../etc/passwd")]
    answer = client.get("/v1/archive", params=[*(("job", name) for name in names), *called])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["001-cat.png", "002-etc-passwd.png", "003-picture.png"]
        assert Image.open(archive.open("001-cat.png")).size == (30, 20)


def test_a_failure_is_one_answer_and_the_next_job_goes_on(serve: Serve, pipe: SlowPipeline) -> None:
    client = serve()
    pipe.error = RuntimeError("secret")
    answer = post(client, "/v1/pictures")
    assert answer.status_code == 500 and answer.json()["reason"] == "internal"
    assert "secret" not in answer.text and "Traceback" not in answer.text
    pipe.error = None
    assert post(client, "/v1/pictures").status_code == 200


def test_going_down_finishes_what_is_in_work_and_refuses_the_rest(
    serve: Serve, pipe: SlowPipeline
) -> None:
    from stylemamba.server.jobs import Job, Workers
    from stylemamba.server.problems import Problem

    pipe.go.clear()
    workers = Workers(
        lambda job: pipe(None, job.recipe, on_progress=_heard(job)), Limits(workers=1)
    )
    jobs = [Job(Recipe.of("fire"), None) for _ in range(2)]
    for job in jobs:
        workers.submit(job)
    assert pipe.started.acquire(timeout=5)
    workers.close(0.1)
    assert [job.problem.reason for job in jobs if job.problem] == ["cancelled", "shutting-down"]
    with pytest.raises(Problem, match="going down"):
        workers.submit(Job(Recipe.of("fire"), None))


def _heard(job: Any) -> Any:
    def hear(_: Any) -> None:
        if job.reason_to_stop:
            raise job.reason_to_stop

    return hear


def test_the_time_that_is_left_is_of_the_steps_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    from stylemamba.server import jobs

    now = [100.0]
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now[0])
    job = jobs.Job(Recipe.of("fire"), None)
    job.start(60, 1)
    assert job.seconds_left is None
    now[0] = 108.0
    job.shows(1, 1, stage="pass")  # of 8 s
    job.shows(0, 10, stage="tile")
    assert job.seconds_left is None
    now[0] = 112.0
    job.shows(4, 10, stage="tile")
    assert job.seconds_left == 6.0
    job.end(None, None)
    assert job.seconds_left is None


def test_a_preview_leaves_the_rest_as_it_will_be(
    serve: Serve, pipe: SlowPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint = type(pipe).__call__

    def shows_black(self: Any, image: Any, recipe: Any, *, on_progress: Any = None) -> Any:
        on_progress(Progress("fit", 0, 1, image=torch.zeros(1, 3, 40, 60)))
        return paint(self, image, recipe, on_progress=on_progress)

    client = serve()
    monkeypatch.setattr(type(pipe), "__call__", shows_black)
    left = {"parts": [{"text": "fire"}], "box": [0, 0, 0.5, 1], "feather": 0}
    recipe = json.dumps({"version": 1, "parts": [], "regions": [left]})
    files = {"photo": picture((30, 20), (255, 255, 255)), "recipe": recipe.encode()}
    name = client.post("/v1/pictures", files=files).headers["stylemamba-job"]
    preview = Image.open(io.BytesIO(client.get(f"/v1/jobs/{name}/preview").content)).convert("L")
    assert preview.size == (60, 40)
    assert preview.getpixel((10, 20)) < 20 and preview.getpixel((50, 20)) > 235
