from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

import headwater
from entity_extractor.api import documents_router
from entity_extractor.extraction import open_extractor
from headwater.api.app import create_app
from headwater.api.service import Limits
from tests.servers import served

TEXT = "Acme rose in London on 3 May 2024 😀. Gold fell."


@pytest.fixture
def url(tmp_path: Path, tiny: Callable) -> Iterator[str]:
    tiny(tmp_path / "model", "entities")
    tagger = headwater.load(tmp_path / "model")
    app = create_app([tagger.model], Limits(body=100_000), keys=("secret",))
    app.include_router(documents_router(open_extractor(models={"entities": tagger})))
    with served(app) as server:
        yield f"{server.url}/v1/documents"


def post(url: str, content: bytes, key: str = "secret", **query: str) -> httpx.Response:
    return httpx.post(url, content=content, params=query, headers={"Authorization": f"Bearer {key}"}, timeout=60)


def test_a_text_is_answered_with_offsets_into_it_and_entities_that_name_its_mentions(url):
    (found,) = post(url, TEXT.encode()).json()["documents"]
    assert (found["text"], found["kind"], found["id"]) == (TEXT, "txt", "text.txt")
    assert all(TEXT[one["start"] : one["end"]] == one["text"] and one["paragraph"] == 1 for one in found["mentions"])
    assert "2024-05-03" in {one["value"] for one in found["mentions"]}
    held = sorted(number for entity in found["entities"] for number in entity["mentions"])
    assert held == list(range(len(found["mentions"])))


def test_a_table_gives_a_document_a_row(url):
    answer = post(url, b"id,body\n7,Gold fell\n8,EUR 3m\n", name="a.csv", column="body", id_column="id").json()
    assert [(one["id"], one["text"]) for one in answer["documents"]] == [("7", "Gold fell"), ("8", "EUR 3m")]


def test_rows_that_are_refused_are_told_beside_the_others(url):
    answer = post(url, b'{"text": "Gold fell"}\n{"text": 3}\n', name="a.jsonl").json()
    assert [one["id"] for one in answer["documents"]] == ["a.jsonl:1"]
    assert answer["refused"] == [{"name": "a.jsonl:2", "why": "expected a text in 'text', got int"}]


@pytest.mark.parametrize(
    ("content", "query", "status", "fault"),
    [
        (b"%PDF-1.4 broken", {"name": "a.pdf"}, 400, "expected"),
        (b"\x00\x01", {}, 400, "expected"),
        (b"", {}, 400, "expected"),
        (b"a,b\n1,2\n", {"name": "a.csv", "column": "text"}, 400, "text"),
        (b"x" * 100_001, {}, 413, "100"),
        (b"x", {"name": ""}, 422, ""),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(url, content, query, status, fault):
    answer = post(url, content, **query)
    assert (answer.status_code, fault in answer.text) == (status, True)


def test_without_a_key_nothing_is_read(url):
    assert post(url, TEXT.encode(), key="wrong").status_code == 401
