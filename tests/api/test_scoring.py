"""Files as jobs: the bytes of `headwater score`, kept promises after a kill, and refusals that say why."""

import concurrent.futures
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from headwater.api import worker
from headwater.api.app import create_app
from headwater.api.job import Asked, Job
from headwater.api.jobs import Jobs, Unready
from headwater.api.keys import Keys
from headwater.api.service import Limits
from headwater.scoring import score_file
from headwater.serving.model import open_model
from tests.servers import served
from tests.tiny import tiny_bundle

ROWS = [{"id": f"r{n}", "text": f"oil rose {n % 7} Acme Bank fell in London"} for n in range(250)] + [{"id": "bad"}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
client = httpx.Client(timeout=60)  # a machine may be busy
get, post, delete = client.get, client.post, client.delete
KEYS = "".join(
    f'[[keys]]\nname = "{name}"\nkey = "{name}"\nscopes = {json.dumps(scopes)}\n'
    for name, scopes in {"ann": ["score"], "bob": ["score"], "root": ["score", "admin"], "reader": ["predict"]}.items()
)


@pytest.fixture
def serve(models, tmp_path):
    """Serve with jobs: serve(most=..., ...) -> a context manager of a client."""

    def start(models=models[:2], keys=(), limits=None, **settings):
        jobs = Jobs(tmp_path / "jobs", **settings)
        return served(create_app(models, limits, keys, workers=1, jobs=jobs))

    return start


def ended(url, job, headers=None, seconds=60.0):
    """The job when it has ended."""
    end = time.monotonic() + seconds
    while (told := get(f"{url}/v1/score/{job}", headers=headers).json())["state"] in ("queued", "running"):
        assert time.monotonic() < end, told
        time.sleep(0.02)
    return told


@pytest.fixture
def held(monkeypatch):
    """Jobs wait before each shard until the event is set."""
    free, sound = threading.Event(), worker.scorer_of

    def slow(*arguments, **options):
        made = sound(*arguments, **options)
        if options.get("polite"):
            score = made.score
            made.score = lambda texts: (free.wait(30), score(texts))[1]
        return made

    monkeypatch.setattr(worker, "scorer_of", slow)
    yield free
    free.set()


def test_the_result_has_the_bytes_of_headwater_score_however_it_is_sent(serve, bundles, tmp_path):
    (tmp_path / "rows.jsonl").write_bytes(LINES)
    table = pa.table({"words": [row.get("text") for row in ROWS]})
    pq.write_table(table, tmp_path / "rows.parquet")
    comma = "words\n" + "".join(f"{row.get('text', '')}\n" for row in ROWS)
    with serve() as own:
        url = own.url + "/v1/score"
        for suffix, kind, column, options in (
            ("jsonl", "jsonl", "text", {"content": LINES, "headers": {"Content-Type": "application/x-ndjson"}}),
            ("jsonl", "csv", "text", {"content": gzip.compress(LINES), "headers": {"Content-Encoding": "gzip"}}),
            ("jsonl", "parquet", "text", {"files": {"file": ("rows.jsonl", LINES)}}),
            ("csv", "jsonl", "words", {"files": {"file": ("rows.csv", comma, "text/csv")}}),
            ("parquet", "csv", "words", {"content": (tmp_path / "rows.parquet").read_bytes()}),
        ):
            (tmp_path / "rows.csv").write_text(comma)
            wanted = tmp_path / f"wanted-{suffix}.{kind}"
            report = score_file(
                [bundles["one"]], tmp_path / f"rows.{suffix}", wanted, text_column=column, risk=0.05, shard_rows=2000
            )
            asked = {"model": "one", "format": kind, "text_column": column, "risk": 0.05}
            answer = post(url, params=asked, **options)
            assert answer.status_code == 202, answer.text
            job = ended(own.url, answer.json()["id"])
            assert (job["state"], job["read"], job["scored"], job["rejected"], job["share"]) == (
                "done", report.read, report.scored, report.rejected, 1.0,
            )  # fmt: skip
            assert get(f"{url}/{job['id']}/result").content == wanted.read_bytes()
            assert get(f"{url}/{job['id']}/rejects").content == Path(report.rejects).read_bytes()
            assert answer.headers["Location"] == f"/v1/score/{job['id']}"
        assert len(get(url).json()["jobs"]) == 5
        assert 'headwater_jobs{state="done"} 5.0' in get(own.url + "/metrics").text


def test_two_models_make_one_row_as_the_command_does(serve, models, bundles, tmp_path):
    (tmp_path / "rows.jsonl").write_bytes(LINES)
    score_file([bundles["one"], bundles["all"]], tmp_path / "rows.jsonl", tmp_path / "out.jsonl")
    with serve() as own:
        answer = post(own.url + "/v1/score", params={"model": ["one", "all"]}, content=LINES).json()
        job = ended(own.url, answer["id"])
        result = get(f"{own.url}/v1/score/{job['id']}/result").content
    assert result == (tmp_path / "out.jsonl").read_bytes()
    assert [entry["name"] for entry in job["models"]] == ["one", "all"]


@pytest.mark.parametrize(
    ("params", "options", "status", "said"),
    [
        ({}, {"content": LINES}, 404, "expected one of the models all, one"),
        ({"model": "nope"}, {"content": LINES}, 404, "got 'nope'"),
        ({"model": "one", "risk": 0.01}, {"content": LINES}, 400, "one of the risks 0.05"),
        ({"model": "one", "risk": 2}, {"content": LINES}, 422, "risk: Input should be less than 1"),
        ({"model": "one", "format": "xml"}, {"content": LINES}, 422, "query.format"),
        ({"model": ["one", "one"]}, {"content": LINES}, 400, "two heads would fill the column"),
        ({"model": "one"}, {}, 400, "got nothing"),
        ({"model": "one"}, {"content": LINES, "headers": {"Content-Encoding": "br"}}, 415, "content encoding"),
        ({"model": "one"}, {"content": LINES, "headers": {"Content-Type": "multipart/form-data"}}, 400, "boundary"),
        ({"model": "one"}, {"files": {"a": ("a", LINES), "b": ("b", LINES)}}, 422, "one file and nothing beside"),
        ({"model": "one"}, {"data": {"note": "x"}, "files": {"a": ("a", LINES)}}, 422, "one file and nothing beside"),
        ({"model": "one"}, {"content": b"--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\nhalf",
                            "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400, "a part of one"),
        ({"model": "one"}, {"content": LINES, "headers": {"Idempotency-Key": "a b"}}, 400, "visible characters"),
        ({"model": "one"}, {"content": b"x" * 60_000}, 413, "or raise --max-upload"),
        ({"model": "one"}, {"content": (b"x" * 10_000 for _ in range(6))}, 413, "at most 50,000 bytes"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_and_leaves_nothing_behind(shared, tmp_path, params, options, status, said):
    own, folder = shared
    answer = post(own.url + "/v1/score", params=params, **options)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text
    assert [path.name for path in folder.iterdir()] == [".lock"]


@pytest.fixture(scope="module")
def shared(models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared") / "jobs"
    with served(create_app(models[:2], Limits(upload=50_000), workers=1, jobs=Jobs(folder))) as own:
        yield own, folder


def test_a_file_that_cannot_be_read_fails_with_a_sentence_without_paths(serve, tmp_path):
    with serve() as own:
        for content, kind, said in (
            (b"heading\nx\n", "text/csv", "the file, line 1: expected a header with one column 'text'"),
            (b"none of it", "application/octet-stream", "the format cannot be told"),
            (b"text\nx\n", "application/x-www-form-urlencoded", f"send a Content-Type of {', '.join(worker.TYPES)}"),
            (b"none of it", "application/vnd.apache.parquet", "the file cannot be read as Parquet"),
        ):
            made = post(own.url + "/v1/score?model=one", content=content, headers={"Content-Type": kind}).json()
            job = ended(own.url, made["id"])
            assert (job["state"], said in job["error"]) == ("failed", True), job
            assert str(tmp_path) not in job["error"]
            assert "--" not in job["error"]
            answer = get(f"{own.url}/v1/score/{made['id']}/result")
            assert (answer.status_code, "it failed" in answer.json()["error"]) == (409, True)


def test_the_same_key_and_file_are_the_same_job_and_another_file_is_refused(serve, tmp_path):
    (tmp_path / "keys").write_text(KEYS)
    with serve(keys=Keys(file=tmp_path / "keys")) as own:

        def send(content=LINES, key='"same"', who="ann", **params):
            headers = {"Idempotency-Key": key, "Authorization": f"Bearer {who}"}
            return post(own.url + "/v1/score", params={"model": "one", **params}, content=content, headers=headers)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: send(), range(4)))
        assert {answer.status_code for answer in answers} == {202}
        (job,) = {answer.json()["id"] for answer in answers}
        assert [answer.headers.get("Idempotent-Replayed") for answer in answers].count("true") == 3
        assert send(key="same").json()["id"] == job  # quotes may be left out
        for other in (send(LINES + b"{}\n"), send(format="csv")):
            assert (other.status_code, "another file" in other.json()["error"]) == (422, True)
        assert send(who="bob").json()["id"] != job  # a key is its caller's
        assert send(key="other").json()["id"] != job
        ann = {"Authorization": "Bearer ann"}
        ended(own.url, job, ann)
        assert delete(f"{own.url}/v1/score/{job}", headers=ann).status_code == 204
        assert send().json()["id"] != job  # the key goes with its job
    with serve(keys=Keys(file=tmp_path / "keys")) as own:
        again = post(own.url + "/v1/score?model=one", content=LINES, headers={**ann, "Idempotency-Key": "other"})
        assert again.headers["Idempotent-Replayed"] == "true"


def test_a_caller_sees_the_jobs_of_its_own_key_and_admin_all(serve, tmp_path):
    (tmp_path / "keys").write_text(KEYS)
    with serve(keys=Keys(file=tmp_path / "keys")) as own:

        def ask(who, path="", verb="GET", **options):
            return client.request(
                verb, f"{own.url}/v1/score{path}", headers={"Authorization": f"Bearer {who}"}, **options
            )

        job = ask("ann", "?model=one", "POST", content=LINES).json()["id"]
        ended(own.url, job, {"Authorization": "Bearer ann"})
        for path in (f"/{job}", f"/{job}/result", f"/{job}/rejects"):
            assert [ask(who, path).status_code for who in ("ann", "bob", "root", "reader")] == [200, 404, 200, 403]
        assert [len(ask(who).json()["jobs"]) for who in ("ann", "bob", "root")] == [1, 0, 1]
        assert ask("bob", f"/{job}", "DELETE").status_code == 404
        assert ask("ann", "/../keys").status_code in (403, 404)
        assert ask("root", f"/{job}", "DELETE").status_code == 204
        assert ask("ann", f"/{job}").status_code == 404
        assert sorted(path.name for path in (tmp_path / "jobs").iterdir()) == [".lock"]


def test_too_many_files_are_refused_and_a_running_one_can_be_deleted(serve, held, tmp_path):
    with serve(most=2) as own:
        url = own.url + "/v1/score?model=one"
        first = post(url, content=LINES).json()["id"]
        while get(f"{own.url}/v1/score/{first}").json()["state"] != "running":
            time.sleep(0.01)
        assert get(f"{own.url}/v1/score/{first}/result").status_code == 409
        waiting = [post(url, content=LINES).json()["id"] for _ in range(2)]
        refused = post(url, content=LINES)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
        assert post(own.url + "/v1/classify", json={"texts": ["oil"], "model": "one"}).status_code == 200
        assert delete(f"{own.url}/v1/score/{first}").status_code == 204  # runs
        assert delete(f"{own.url}/v1/score/{waiting[0]}").status_code == 204  # waits
        assert get(f"{own.url}/v1/score/{first}").status_code == 404
        held.set()
        assert ended(own.url, waiting[1])["state"] == "done"
        assert {path.name for path in (tmp_path / "jobs").iterdir()} == {".lock", waiting[1]}


def test_a_second_server_serves_its_models_and_takes_no_files(serve):
    with serve() as first, serve() as second:
        assert post(first.url + "/v1/score?model=one", content=LINES).status_code == 202
        refused = post(second.url + "/v1/score?model=one", content=LINES)
        assert (refused.status_code, "--jobs" in refused.json()["error"]) == (503, True)
        assert post(second.url + "/v1/classify", json={"texts": ["oil"], "model": "one"}).status_code == 200


def test_a_job_whose_model_has_changed_or_gone_fails_and_says_so(serve, held, models, tmp_path):
    mine = open_model(tiny_bundle(tmp_path / "mine", "sentiment"), "int8", "cpu")
    with serve([mine]) as own:
        job = post(own.url + "/v1/score", content=LINES).json()["id"]
        other = post(own.url + "/v1/score", content=LINES).json()["id"]
        threading.Timer(0.3, held.set).start()
        own.stop()
    changed = open_model(tiny_bundle(tmp_path / "changed" / "mine", "sentiment", seed=7), "int8", "cpu")
    record = tmp_path / "jobs" / other / "job.json"
    told = json.loads(record.read_text())
    assert told["state"] == "queued"  # the server stopped after the shard of the first
    record.write_text(json.dumps(told | {"asked": told["asked"] | {"models": ["gone"]}}))
    record = tmp_path / "jobs" / job / "job.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"state": "running"}))
    with serve([changed]) as own:
        failed = ended(own.url, other)
        assert "expected one of the models mine, got 'gone'" in failed["error"]
        first = ended(own.url, job)
        assert "the model mine is not the one that this file was taken for" in first["error"]
        assert first["error"].endswith("send the file again")
        again = post(own.url + "/v1/score", content=LINES).json()["id"]
        own.stop()
    told = json.loads((tmp_path / "jobs" / again / "job.json").read_text())
    (tmp_path / "jobs" / again / "job.json").write_text(json.dumps(told | {"state": "queued"}))
    with serve([mine]) as own:
        assert "is not the one that this file was taken for (bundle" in ended(own.url, again)["error"]


def test_what_is_left_half_done_is_cleared_away_and_nothing_else_is_touched(tmp_path):
    folder = tmp_path / "jobs"
    for name in (".upload-" + "a" * 24, ".gone-" + "b" * 24, ".ssh", "notes", "c" * 24):
        (folder / name).mkdir(parents=True)
        (folder / name / "job.json").write_text("none of ours")
    jobs = Jobs(folder)
    jobs.open()
    assert {path.name for path in folder.iterdir()} == {".lock", ".ssh", "notes", "c" * 24}
    assert jobs.listed(None) == []
    with pytest.raises(Unready, match="another process"):
        Jobs(folder).open()
    jobs.release()
    Jobs(folder).open()


def test_jobs_expire_so_many_days_after_their_end(tmp_path, serve, models):
    with serve() as own:
        job = post(own.url + "/v1/score?model=one", content=LINES).json()["id"]
        ended(own.url, job)
    for days, there in ((6.9, True), (7.1, False)):
        jobs = Jobs(tmp_path / "jobs", now=lambda days=days: datetime.now(UTC) + timedelta(days=days))
        jobs.open()
        threading.Timer(0.2, jobs.close).start()
        assert jobs.take() is None
        jobs.release()
        assert (tmp_path / "jobs" / job).exists() is there


def queued(jobs):
    """A job of one line that was taken, and not begun."""
    with jobs.upload() as folder:
        (folder / "input").write_bytes(b'{"text": "oil"}')
        return jobs.add(folder, Job("", "", "", "", Asked(("one",), "jsonl"), (), "0", 1))[0]


def test_a_file_on_which_the_server_ended_three_times_has_failed(tmp_path):
    jobs = Jobs(tmp_path / "jobs")
    jobs.open()
    bad, good = queued(jobs), queued(jobs)
    for _ in range(5):  # stops in order are not held against it
        assert jobs.take().id == bad.id
        jobs.close()
        jobs.release()
        jobs.open()
    for _ in range(3):
        assert jobs.take().id == bad.id
        jobs.release()  # as when it is killed
        jobs.open()
    assert jobs.get(bad.id, None).state == "failed"
    assert jobs.get(bad.id, None).error.startswith("the server ended three times on this file")
    assert jobs.take().id == good.id


@pytest.mark.parametrize("days", [1e6, float("inf")])
def test_jobs_may_be_kept_for_ever(serve, days):
    with serve(days=days) as own:
        for _ in range(2):
            job = post(own.url + "/v1/score?model=one", content=LINES).json()["id"]
            assert ended(own.url, job, seconds=10)["state"] == "done"


def test_an_expired_job_that_cannot_be_deleted_ends_nothing(tmp_path, monkeypatch):
    jobs = Jobs(tmp_path / "jobs", days=0)
    jobs.open()
    old, new = queued(jobs), queued(jobs)
    jobs.end(old, "done")
    monkeypatch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    assert jobs.take().id == new.id
    assert jobs.get(old.id, None).state == "done"


def test_other_requests_do_not_wait_while_a_folder_is_deleted(tmp_path, monkeypatch):
    jobs, met = Jobs(tmp_path / "jobs"), []
    jobs.open()
    job = queued(jobs)

    def look(*_, **__):
        other = threading.Thread(target=lambda: (jobs.listed(None), met.append(True)), daemon=True)
        other.start()
        other.join(5)

    monkeypatch.setattr("headwater.api.jobs.shutil.rmtree", look)
    jobs.delete(job)
    assert met == [True]


def test_a_thread_for_files_that_has_ended_is_told(serve, monkeypatch):
    with serve() as own:
        assert get(own.url + "/health").json()["faults"] == []
    monkeypatch.setattr(Jobs, "take", lambda _: 1 / 0)
    with serve() as own:
        end = time.monotonic() + 20
        while (told := get(own.url + "/health")).status_code == 200:
            assert time.monotonic() < end
        assert "the thread that scores them has ended" in told.json()["faults"][0]
        assert post(own.url + "/v1/score?model=one", content=LINES).status_code == 503


def test_a_file_that_is_deleted_at_its_last_moment_leaves_the_disk(serve, tmp_path, monkeypatch):
    sound = Jobs.end

    def end(jobs, job, *words):
        jobs.delete(job)
        sound(jobs, job, *words)

    monkeypatch.setattr(Jobs, "end", end)
    with serve() as own:
        job = post(own.url + "/v1/score?model=one", content=LINES).json()["id"]
        end = time.monotonic() + 20
        while (tmp_path / "jobs" / job).exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        assert get(f"{own.url}/v1/score/{job}").status_code == 404


def test_a_batch_of_a_file_lets_requests_go_first_and_is_not_put_off_for_ever(models, monkeypatch):
    queue, slept = SimpleNamespace(tokens=9), []

    def sleep(seconds):
        slept.append(seconds)
        queue.tokens = 9 if len(slept) < 5 else 0

    monkeypatch.setattr(worker.time, "sleep", sleep)
    monkeypatch.setattr(worker, "PATIENCE", 30.0)
    polite = worker._polite(models[1], SimpleNamespace(queue=queue))
    assert polite.predict_heads(["oil rose"]) == models[1].predict_heads(["oil rose"])
    assert len(slept) == 5
    queue.tokens = 9
    monkeypatch.setattr(worker, "PATIENCE", 0.0)
    assert polite.predict_heads(["oil rose"])
    assert len(slept) == 5


# Serves a tiny model with small shards that take their time, so that a kill falls among them.
PROGRAM = """
import sys, time
from pathlib import Path
import uvicorn
from headwater.api import worker
from headwater.api.app import create_app
from headwater.api.jobs import Jobs
from headwater.bundle import open_bundle
from headwater.serving.model import open_model

bundle, folder, port, pause = sys.argv[1:]
sound, whole = worker.scorer_of, worker.score_file
def slow(*arguments, **options):
    made = sound(*arguments, **options)
    score = made.score
    made.score = lambda texts: (time.sleep(float(pause)), score(texts))[1]
    return made
worker.scorer_of = slow
worker.score_file = lambda *arguments, **options: whole(*arguments, shard_rows=20, **options)
app = create_app([open_model(open_bundle(Path(bundle)), "int8", "cpu")], workers=1, jobs=Jobs(Path(folder)))
uvicorn.run(app, port=int(port), log_level="error")
"""


def test_a_server_that_was_killed_goes_on_where_it_stood_and_ends_in_the_same_bytes(bundles, tmp_path):
    from tests.cli.test_serve import free_port

    lines = b"".join(b'{"text": "oil rose %d Acme"}\n' % n for n in range(400))
    (tmp_path / "rows.jsonl").write_bytes(lines)
    score_file([bundles["one"]], tmp_path / "rows.jsonl", tmp_path / "wanted.jsonl", shard_rows=20)
    port, url = free_port(), ""

    def start(pause):
        words = [sys.executable, "-c", PROGRAM, str(bundles["one"]), str(tmp_path / "jobs"), str(port), str(pause)]
        server = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        end = time.monotonic() + 60
        while time.monotonic() < end and server.poll() is None:
            try:
                get(url + "/health")
                return server
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the server did not start")

    url = f"http://127.0.0.1:{port}"
    server = start(0.1)
    try:
        job = post(url + "/v1/score", content=lines).json()["id"]
        other = post(url + "/v1/score", content=lines[: len(lines) // 400 * 100]).json()["id"]
        while get(f"{url}/v1/score/{job}").json()["read"] < 100:
            time.sleep(0.02)
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait(20)
    assert json.loads((tmp_path / "jobs" / job / "job.json").read_text())["state"] == "running"
    server = start(0)
    try:
        told = ended(url, job)
        assert (told["state"], told["read"], told["scored"]) == ("done", 400, 400)
        assert get(f"{url}/v1/score/{job}/result").content == (tmp_path / "wanted.jsonl").read_bytes()
        assert ended(url, other)["state"] == "done"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
