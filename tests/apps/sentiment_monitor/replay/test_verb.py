"""`sentiment-monitor replay`: what it prints of a history with one known surge, and what it refuses."""

import json

import pytest
from typer.testing import CliRunner

from headwater.store import open_store
from sentiment_monitor.cli import app
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.replay.history import moment
from tests.apps.sentiment_monitor.replay.conftest import ONSET, SURGE

runner = CliRunner()
RULES = """
[[rule]]
name = "topic"
dimension = "topic"
windows = [2, 6, 24]
chance = 1e-4
"""


def call(*words: object, code: int = 0):
    done = runner.invoke(app, ["replay", *map(str, words)], env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done


@pytest.fixture(scope="module")
def files(tmp_path_factory, history):
    folder = tmp_path_factory.mktemp("replay")
    with (folder / "labels.jsonl").open("w", encoding="utf-8") as stream:
        for row in range(len(history)):
            dimension, value = history.series[history.of[row]]
            at, seen = (moment(column[row]).isoformat() for column in (history.at, history.seen))
            label = {"at": at, "seen": seen, "dimension": dimension, "value": value, "story": int(history.story[row])}
            stream.write(json.dumps(label | {"sentiment": SENTIMENTS[history.sentiment[row]]}) + "\n")
    surge = {"dimension": "topic", "value": "Energy", "factor": 6}
    span = {"start": SURGE.start.isoformat(), "end": SURGE.end.isoformat()}
    (folder / "surges.jsonl").write_text(json.dumps(surge | span), encoding="utf-8")
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")
    return folder


def test_a_budget_is_found_and_the_surge_with_it(files):
    words = ("--labels", files / "labels.jsonl", "--rules", files / "rules.toml", "--surges", files / "surges.jsonl")
    found = json.loads(call(*words, "--budget", "1 false alarm a month per topic", "--json").stdout)
    assert found["false_a_month"]["topic"]["value"] <= 1.0
    assert found["recall"]["value"] == 1.0 and found["recall_by_factor"]["6"]["value"] == 1.0
    (surge,) = found["surges"]
    assert 0 < surge["delay_hours"] < 3 and surge["start"] == ONSET.isoformat()
    assert [one["value"] for one in found["alerts"] if not one["false"]] == ["Energy"]
    assert 0 < found["chances"]["topic"] <= 1e-3


def test_it_says_what_it_found_in_words(files):
    words = call(
        "--labels", files / "labels.jsonl", "--rules", files / "rules.toml", "--surges", files / "surges.jsonl"
    ).output
    assert (
        "topic: topic Energy: " in words
        and " were expected, p = " in words
        and "of 1 known surges" in words
        and "of 6 times the usual: 100%" in words
    )
    assert "false alarms in 30 days" in words
    unknown = call("--labels", files / "labels.jsonl", "--rules", files / "rules.toml").output
    assert "alerts in 30 days" in unknown and "precision" not in unknown and "false" not in unknown


def test_it_wants_one_history(files, tmp_path):
    for words in ((), ("--labels", files / "labels.jsonl", "--from-store")):
        assert "expected one of FEED" in call(*words, code=1).output
    with open_store(str(tmp_path / "empty.sqlite")):
        pass
    assert "at least one story" in call("--from-store", "--store", tmp_path / "empty.sqlite", code=1).output
