import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from headwater.errors import InputError
from sentiment_monitor.news import OpenStory, Waiting
from sentiment_monitor.stories import Stories
from sentiment_monitor.stories.words import shingles

FEED = Path(__file__).parents[4] / "apps" / "sentiment_monitor" / "sample" / "feed.jsonl"
START = datetime(2026, 11, 11, 8, tzinfo=UTC)
SIZE = 384


def item(number: int, text: str, hours: float = 0.0, title: str | None = None) -> Waiting:
    at = START + timedelta(hours=hours)
    return Waiting(number, "wire", text if title is None else title, text, at, at)


def vectors_of(texts: list[str]) -> np.ndarray:
    """A vector by words: each word has a direction of its own, so that texts with the same words are near."""
    rows = np.zeros((len(texts), SIZE), np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.lower().split():
            row += np.random.default_rng(sum(word.encode())).normal(size=SIZE).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def near(cosine: float) -> np.ndarray:
    """Two unit vectors that far apart."""
    rows = np.zeros((2, SIZE), np.float32)
    rows[0, 0], rows[1, 0], rows[1, 1] = 1, cosine, (1 - cosine**2) ** 0.5
    return rows


class Store:
    """Stands for the records: gives ids to new stories, and the open ones back."""

    def __init__(self) -> None:
        self.rows: dict[int, list] = {}  # story -> [first item, vector, items]

    def settle(self, items, vectors, placed) -> list[int]:
        ids: list[int] = []
        for number, (_, story) in enumerate(placed):
            if story is None:
                ids.append(len(self.rows) + 1)
                self.rows[ids[-1]] = [items[number], vectors[number].astype(np.float16), [items[number]]]
            else:
                ids.append(ids[-story - 1] if story < 0 else story)
                self.rows[ids[-1]][2].append(items[number])
        return ids

    def open_stories(self):
        for story, (first, vector, items) in self.rows.items():
            titles = tuple(dict.fromkeys(each.title for each in items))
            yield OpenStory(story, first.text, vector.astype(np.float32), max(each.at for each in items), titles)


def run(items, vectors, size, *, anew=False, broken=False):
    """(relation, story) of every item, placed in batches of `size`; the index built anew, or a batch lost, before each."""
    store, stories, found = Store(), Stories(), []
    for start in range(0, len(items), size):
        batch, rows = items[start : start + size], vectors[start : start + size]
        if anew:
            stories = Stories()
            stories.load(store.open_stories())
        if broken:
            stories.place(batch, rows)
            stories.forget()
        placed = stories.place(batch, rows)
        ids = store.settle(batch, rows, placed)
        stories.settled(ids)
        found += [(relation, story) for (relation, _), story in zip(placed, ids, strict=True)]
    return found


@pytest.fixture(scope="module")
def feed():
    rows = [json.loads(line) for line in FEED.read_text(encoding="utf-8").splitlines()]
    items = []
    for number, row in enumerate(rows, 1):
        at = datetime.fromisoformat(row["published"])
        title = row["text"].split(". ")[0] if row["source"] == "Corvus Wire" else row["text"]
        items.append(Waiting(number, row["source"], title, row["text"], at, at))
    return items, vectors_of([each.text for each in items])


def test_the_copies_of_the_shipped_feed_are_found(feed):
    found = run(*feed, 300)
    pairs = [(22, 21), (65, 64), (96, 95), (130, 129), (160, 159), (189, 188), (256, 255), (279, 278)]
    assert [(later, first) for later, first in pairs if found[later - 1][1] != found[first - 1][1]] == []
    wire = {found[number - 1] for number in (206, 213, 222)}
    assert {relation for relation, _ in wire} == {"update"}
    assert sum(relation == "first" for relation, _ in found) > 270


@pytest.mark.parametrize("size", [1, 19, 64])
@pytest.mark.parametrize("way", [{}, {"anew": True}, {"broken": True}])
def test_nothing_depends_on_batches_restarts_or_batches_that_were_lost(feed, size, way):
    items, vectors = feed
    if way:
        items, vectors = items[195:240], vectors[195:240]
    assert run(items, vectors, size, **way) == run(items, vectors, len(items))


def test_a_story_that_begins_in_the_batch_is_named_by_its_place():
    items = [item(1, "Oil is dear today"), item(2, "Shell raises its dividend by 5%"), item(3, "SHELL raises its dividend, by 5%"), item(4, "UPDATE 1-Shell raises its dividend by 5%")]  # fmt: skip
    stories = Stories()
    vectors = vectors_of([each.text for each in items])
    assert stories.place(items, vectors) == [("first", None), ("first", None), ("copy", -2), ("update", -2)]
    stories.settled([40, 41, 41, 41])
    assert stories.place(items[1:2], vectors[1:2]) == [("copy", 41)]


def test_other_words_join_by_their_vectors_within_hours_only():
    told = ("Shell raises its dividend", "Shell lifts payout")
    for hours, relation in ((2, "same"), (72, "first")):
        placed = Stories().place([item(1, told[0]), item(2, told[1], hours)], near(0.97))
        assert placed[1][0] == relation


def test_the_headline_of_a_later_item_leads_to_the_story_too():
    first, later = near(0.7)
    items = [item(1, "OPEC ministers meet\nThey met.", 0, "OPEC ministers meet"), item(2, "UPDATE 1-OPEC talks go into the night\nOPEC ministers meet still", 1, "UPDATE 1-OPEC talks go into the night")]  # fmt: skip
    other = item(3, "OPEC talks go into the night\nNobody has slept", 2, "OPEC talks go into the night")
    stories = Stories()
    stories.load([OpenStory(5, items[0].text, first, items[0].at, (items[0].title, items[1].title))])
    assert stories.place([other], later[None]) == [("same", 5)]
    stories.forget()
    stories.load([])
    bare = Stories()
    bare.load([OpenStory(5, items[0].text, first, items[0].at, (items[0].title,))])
    assert bare.place([other], later[None]) == [("first", None)]


def test_a_story_closes_after_the_window_and_the_oldest_where_there_are_too_many():
    stories = Stories(window=timedelta(days=1), limit=3)
    texts = [
        "Alpha wins an order",
        "Beta builds a plant",
        "Gamma names a chief",
        "Delta closes a mill",
        "Epsilon opens a shop",
    ]
    for number, text in enumerate(texts[:4]):
        stories.place([item(number, text, number)], vectors_of([text]))
        stories.settled([number + 1])
    assert len(stories) == 3
    assert stories.place([item(9, texts[0], 4)], vectors_of(texts[:1])) == [("first", None)]
    stories.forget()
    stories.place([item(10, texts[4], 26.5)], vectors_of(texts[4:]))
    stories.settled([5])
    assert len(stories) == 2  # Delta of the third hour, and Epsilon


def test_a_story_that_is_joined_stays_open():
    stories = Stories(window=timedelta(days=1))
    text = "Alpha wins an order"
    for number, hours in enumerate((0, 20, 40, 60)):
        assert stories.place([item(number, text, hours)], vectors_of([text])) == [
            ("copy", 1) if number else ("first", None)
        ]
        stories.settled([1])


def test_a_batch_is_settled_or_forgotten_before_the_next():
    stories, text = Stories(), ["Alpha wins an order"]
    stories.place([item(1, *text)], vectors_of(text))
    with pytest.raises(InputError, match="settled"):
        stories.place([item(2, *text)], vectors_of(text))
    with pytest.raises(InputError, match="stories of 1 items, got 2"):
        stories.settled([1, 2])
    stories.forget()
    assert len(stories) == 0
    with pytest.raises(InputError, match="vector for each of 1"):
        stories.place([item(1, *text)], vectors_of([]))


def test_hashes_are_the_same_in_every_process():
    code = "from sentiment_monitor.stories.hashing import hashed; print(hashed([frozenset('abc')])[0].digest()[:4])"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed}) for seed in "12"]  # fmt: skip
    assert runs[0].stdout == runs[1].stdout != ""
    assert shingles(["a", "b"]) == {"a b"}
