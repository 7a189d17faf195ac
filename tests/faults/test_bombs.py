"""Small files that are vast when unpacked, through every reader of foreign bytes: refused or bounded, in little memory."""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.apps.entity_extractor.documents.files import docx, mail, packed
from tests.apps.entity_extractor.documents.test_reading import DEEP_XML, XML_BOMB, W, filled_pdf
from tests.apps.sentiment_monitor.intake.broken import BROKEN
from tests.faults.conftest import many
from tests.tiny import tiny_bundle

GROWTH = 200_000  # kB
PLAIN = {"a.txt": b"Acme rose", "a.html": b"<html><p>Acme rose</p></html>", "a.jsonl": b'{"text": "Acme rose"}'}
BOMBS = ("bomb", "laughs", "100 kB 1,000 times", "parameter entities", "inside each other", "10,000 divs", "lists deep")
# Reads each file of a folder in its turn, after all that reading needs is loaded; a line of JSON for each.
PROGRAM = """
import json, sys, time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from entity_extractor.documents import read_documents
from entity_extractor.documents.limits import UPLOAD
from headwater.api.app import create_app
from headwater.api.jobs import Jobs
from headwater.bundle import open_bundle
from headwater.errors import HeadwaterError
from headwater.scoring.textfiles import TextFile, read_csv, read_jsonl
from headwater.serving.model import open_model
from headwater.store import open_store
from sentiment_monitor.intake.api import Inbox, events_router
from sentiment_monitor.intake.documents import read_document
from sentiment_monitor.records.news import News
from tests.servers import served

root = Path(sys.argv[1])
app = create_app([open_model(open_bundle(root / "news"), "int8", "cpu")], workers=1, jobs=Jobs(root / "jobs"))
app.include_router(events_router(Inbox(News(open_store(str(root / "store.sqlite"))))))

def extracted(path):
    return sum(len(document.text) for document in read_documents(path.name, path.read_bytes(), limits=UPLOAD))

def fed(path):
    batch = read_document(path.read_bytes(), "https://wire.example/feed", datetime.now(UTC))
    return sum(len(item.text) for item in batch.items)

def lines(path):
    with TextFile(path) as file:
        return sum(item.size() for item in (read_csv if ".csv" in path.name else read_jsonl)(file))

def sent(path):
    packed = {"Content-Encoding": "gzip"}
    answers = [httpx.post(server.url + to, content=path.read_bytes(), headers=packed, timeout=120) for to in ("/v1/classify", "/v1/events")]
    assert [answer.status_code for answer in answers] == [413, 413], answers
    return answers[0].json()["error"]

def uploaded(path):
    made = httpx.post(server.url + "/v1/score", content=path.read_bytes(), headers={"Content-Encoding": "gzip"}, timeout=120).json()
    while (job := httpx.get(f"{server.url}/v1/score/{made['id']}", timeout=60).json())["state"] in ("queued", "running"):
        time.sleep(0.05)
    assert job["scored"] == 0, job
    return job["error"] or f"{job['rejected']} rejected"

def size(name):
    return int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith(name)))

with served(app) as server:
    httpx.post(server.url + "/v1/classify", json={"texts": ["oil rose"]}, timeout=60)
    for path in sorted((root / "sound").iterdir()):
        extracted(path)
    for how in ("extracted", "fed", "lines", "sent", "uploaded"):
        for path in sorted((root / how).iterdir()):
            Path("/proc/self/clear_refs").write_text("5")  # the peak is from here on
            before, began = size("VmRSS"), time.monotonic()
            try:
                said = globals()[how](path)
            except HeadwaterError as fault:
                said = str(fault)
            growth = size("VmHWM") - before
            print(json.dumps([f"{how} {path.name}", said, growth, time.monotonic() - began]), flush=True)
"""


def zeros(megabytes: int, before: bytes = b"") -> bytes:
    """A gzip file that unpacks to so many megabytes of blanks: members one after the other are one file."""
    return gzip.compress(before) + gzip.compress(b" " * 10**6, 9) * megabytes


def named(rows: int, told: bool) -> bytes:
    """A Parquet file whose every row names one text that is too long; `told` says that the column is a dictionary."""
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["oil " * 250_001]))
    parts = [column] if told else [part.cast(pa.string()) for part in (column[:100],) * (rows // 100)]
    pq.write_table(pa.table({"text": pa.chunked_array(parts)}), stream := io.BytesIO(), compression="zstd")
    return stream.getvalue()


def bombs(megabytes: int) -> Iterator[tuple[str, str, bytes]]:
    """(who reads it, its name, its content)."""
    long = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>'.encode() + b"a" * 99_000_000
    filled = packed(docx("Acme"), {"word/media/x": b"\0" * 10**6 * min(megabytes, 300)})
    yield "extracted", "filled.docx", filled
    yield "extracted", "long.docx", packed(docx("Acme"), {"word/document.xml": long + b"</w:t></w:r></w:p></w:body></w:document>"})  # fmt: skip
    yield "extracted", "laughs.docx", packed(docx("Acme"), {"word/document.xml": XML_BOMB})
    yield "extracted", "deep.docx", packed(docx("Acme"), {"word/document.xml": DEEP_XML})
    yield "extracted", "filled.pdf", filled_pdf()
    yield "extracted", "deep.html", b"<div>" * 200_000
    yield "extracted", "filled.eml", mail("see", ("a.docx", filled), ("b.pdf", filled_pdf()))
    yield "extracted", "parts.eml", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 400 + b"x\n" * 20_000
    for name in ("blanks.jsonl.gz", "blanks.csv.gz"):
        begun = b"text\n" if "csv" in name else b'{"text": "'
        yield "extracted", name, zeros(megabytes, begun)
        yield "lines", name, zeros(megabytes, begun)
    for number, broken in enumerate(BROKEN):
        if any(word in broken.name for word in BOMBS):
            yield "fed", f"{number}.xml", broken.content
    yield "sent", "blanks.gz", gzip.compress(b" " * 10**6 * 120)  # one member: of a body no other is read
    yield "uploaded", "blanks.gz", zeros(megabytes, b'{"text": "')
    yield "uploaded", "dictionary.parquet", named(min(megabytes, 600), told=True)
    yield "uploaded", "strings.parquet", named(min(megabytes, 600), told=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read and set back in Linux's /proc")
def test_bombs_are_refused_or_bounded(tmp_path: Path, told: Callable[[str, str, str], None]) -> None:
    megabytes = many(1000, 120)
    tiny_bundle(tmp_path / "news", "sentiment")
    given = [*bombs(megabytes), *(("sound", name, content) for name, content in PLAIN.items())]
    given += [("sound", "a.docx", docx("Acme")), ("sound", "a.eml", mail("Acme"))]
    for how, name, content in given:
        (tmp_path / how).mkdir(exist_ok=True)
        (tmp_path / how / name).write_bytes(content)
    assert sum(how == "fed" for how, _, _ in given) >= 6
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HEADWATER_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], env=environment, capture_output=True, text=True, timeout=800
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == sum(how != "sound" for how, _, _ in given)
    for case, said, growth, _ in found:
        assert growth < GROWTH, (case, said, growth)
        assert isinstance(said, int) or "\n" not in said, (case, said)
        assert not isinstance(said, int) or said < 25_000_000, (case, said)
    worst, slowest = max(found, key=lambda one: one[2]), max(found, key=lambda one: one[3])
    told(
        f"{len(found)} zip, XML, gzip and Parquet bombs ({megabytes:,} MB unpacked) through the readers of documents, feeds, tables and bodies",
        "refused or bounded, at most 200 MB each",
        f"all; at most {worst[2] / 1000:.0f} MB ({worst[0]}) and {slowest[3]:.1f} s ({slowest[0]})",
    )  # fmt: skip
