"""Histories from labels, from a feed through the live path, and known surges; what cannot be read is said with its line."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from headwater.errors import InputError
from sentiment_monitor.news import SENTIMENTS, Placed, Reading
from sentiment_monitor.replay.history import Surge
from sentiment_monitor.replay.sources import from_feed, from_labels, read_surges

NOON = "2026-11-12T12:00:00+00:00"
LABEL = {"at": NOON, "seen": NOON, "dimension": "topic", "value": "Energy", "sentiment": "negative", "story": 1}
SURGE = {"dimension": "topic", "value": "Energy", "start": NOON, "end": "2026-11-12T15:00:00Z"}


def written(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_labels_as_they_were_written(tmp_path):
    history = from_labels(written(tmp_path / "labels.jsonl", LABEL, {**LABEL, "value": "Banking", "story": 2}))
    assert history.series == (("topic", "Banking"), ("topic", "Energy"))
    assert history.story.tolist() == [1, 2] and history.start == datetime(2026, 11, 12, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sentiment": "sad"}, "expected a sentiment of negative"),
        ({"dimension": "planet"}, "expected a dimension of all"),
        ({"value": 3}, "its value"),
        ({"story": "x"}, "whole number"),
        ({"seen": "2026-11-12T12:00:00"}, "with its zone"),
        ({"at": "noon"}, "expected at such as"),
    ],
)
def test_a_label_that_cannot_be_is_refused_with_its_line(tmp_path, change, words):
    with pytest.raises(InputError, match=rf"line 2: .*{words}"):
        from_labels(written(tmp_path / "labels.jsonl", LABEL, LABEL | change))


def test_what_is_no_json_is_refused(tmp_path):
    (tmp_path / "labels.jsonl").write_text("at,seen\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1: expected a JSON object"):
        from_labels(tmp_path / "labels.jsonl")
    with pytest.raises(InputError, match="found none"):
        from_labels(tmp_path / "nowhere.jsonl")


def test_surges(tmp_path):
    noon = datetime(2026, 11, 12, 12, tzinfo=UTC)
    found = read_surges(written(tmp_path / "surges.jsonl", SURGE, SURGE | {"factor": 3}))
    assert found == [Surge("topic", "Energy", noon, noon + timedelta(hours=3), factor) for factor in (None, 3)]
    with pytest.raises(InputError, match="ends after it starts"):
        read_surges(written(tmp_path / "surges.jsonl", SURGE | {"end": NOON}))
    with pytest.raises(InputError, match="number as factor"):
        read_surges(written(tmp_path / "surges.jsonl", SURGE | {"factor": "big"}))


class Settling:
    """A pipeline whose models say "negative" of all, and that every item is its own story."""

    def __init__(self, news):
        self.news, self.order = news, []

    def run_waiting(self):
        while waiting := self.news.waiting(2):
            self.order += [item.title for item in waiting]
            reading = Reading("negative", dict.fromkeys(SENTIMENTS[:3], 1 / 3), False, (("Energy", 0.9),))
            vector = np.zeros(4, np.float32)
            self.news.settle([Placed(item, reading, "first", None, vector) for item in waiting], "digest")
        return len(self.order)


def test_a_feed_goes_through_the_pipeline_in_the_order_in_which_it_was_published(tmp_path):
    rows = [
        {"id": str(n), "text": f"item {n}", "published": f"2026-11-{day:02}T08:00:00Z", "source": "Wire"}
        for n, day in enumerate((14, 12, 13))
    ]
    feed = written(tmp_path / "feed.jsonl", *rows, {"id": "undated", "text": "never"}, {"id": "empty", "text": ""})
    made = []
    history, left_out = from_feed(str(feed), lambda news: made.append(Settling(news)) or made[0])
    assert made[0].order == ["item 1", "item 2", "item 0"]
    assert left_out == 2
    assert set(history.series) == {("all", ""), ("topic", "Energy"), ("source", "Wire")}
    assert (history.at == history.seen).all() and (history.sentiment == SENTIMENTS.index("negative")).all()
