"""`headwater store`: what a person reads and a script parses, on both databases."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headwater.cli.main import app
from headwater.data.readers import read_file
from headwater.store import Store, open_store, outbox
from headwater.store.corrections import Correction, record, recorded
from headwater.store.tables import METADATA

runner = CliRunner()
EMPTY = dict.fromkeys(METADATA.tables, 0) | {"setting": 1}
GONE = {"sent": 0, "dead": 0, "corrections": 0, "conversations": 0, "states": 0}
CORRECTION = Correction(
    text="card 4111 1111 1111 1111 charged twice", said="card_arrival", right="charged_twice", who="ann",
    bundle="support-intent", version="1", digest="d" * 64, head="label", kind="single",
)  # fmt: skip


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that the environment names, with a correction, a dead message and one that waits."""
    url = str(tmp_path / "s.sqlite") if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    monkeypatch.setenv("HEADWATER_STORE", url)
    with open_store(url) as opened:
        record(opened, CORRECTION, subject="customer-9")
        with opened.write() as connection:
            for channel in ("hook", "mail"):
                outbox.put(
                    connection, channel, "rule [7]", {"to": "ann@example.org"}, masked=False, subject="customer-9"
                )
        outbox.deliver(opened, {"hook": lambda message: 1 / 0}, attempts=1)
        yield opened


def call(*words: str, code: int = 0):
    done = runner.invoke(app, ["store", *words])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in words and done.stdout else done


def test_status(store: Store) -> None:
    assert call("status", "--json") == {
        "url": store.name,
        "schema": "0005",
        "rows": EMPTY | {"correction": 1, "outbox": 2, "setting": 1},
        "outbox": {"hook": {"waiting": 0, "sent": 0, "dead": 1}, "mail": {"waiting": 1, "sent": 0, "dead": 0}},
    }
    shown = call("status").stdout
    assert "schema 0005" in shown and "correction" in shown and "mail" in shown
    table, empty = shown.split("empty: ")
    assert "news_item" not in table and "news_item" in empty, "what holds nothing takes one line, not ten"


def test_corrections_become_a_file_to_train_on(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    done = call("corrections", str(file), "--head", "label", "--used-in", "support-intent 2", "--json")
    assert done == {"file": str(file), "corrections": 1, "rows": 1}
    (row,) = read_file(file)
    assert (row.text, row.targets) == ("card [card] charged twice", {"label": "charged_twice"})
    assert recorded(store)[0].used_in == "support-intent 2"
    assert "1 rows of 1 corrections" in call("corrections", str(file), "--since", "2020-01-01").stdout
    assert "no corrections" in call("corrections", str(file), "--since", "2999-01-01", code=1).stderr
    record(store, replace(CORRECTION, head="other"))
    assert "choose by --head and --bundle" in call("corrections", str(file), code=1).stderr


def test_expire_needs_days_from_somewhere(store: Store, tmp_path: Path) -> None:
    assert "expected one of --days and --config" in call("expire", code=1).stderr
    (tmp_path / "keep.toml").write_text("[retention]\ndead = 0\ncorrections = false\n")
    assert call("expire", "--days", "1", "--json") == GONE
    assert call("expire", "--config", str(tmp_path / "keep.toml"), "--json") == GONE | {"dead": 1}
    assert call("expire", "--days", "0").stdout == "expired: 0 sent, 0 dead, 1 corrections, 0 conversations, 0 states\n"


def test_erase(store: Store) -> None:
    gone = call("erase", "customer-1", "--json")
    assert gone == {"conversation": 0, "correction": 0, "handoff": 0, "outbox": 0, "turn": 0}
    said = "erased: 0 conversation, 1 correction, 0 handoff, 2 outbox, 0 turn\n"
    assert call("erase", "customer-9").stdout == said
    assert outbox.messages(store) == []


def test_the_outbox_is_listed_without_what_it_says_and_the_dead_are_revived(store: Store) -> None:
    (dead,) = call("outbox", "--state", "dead", "--json")
    assert (dead["channel"], dead["key"], dead["attempts"]) == ("hook", "rule [7]", 1)
    assert dead["last_error"].startswith("ZeroDivisionError")
    shown = runner.invoke(app, ["store", "outbox"], env={"COLUMNS": "200"}).stdout
    assert "rule [7]" in shown and "mail" in shown
    assert "example.org" not in shown + json.dumps(call("outbox", "--json"))
    assert "which messages shall be sent again" in call("revive", code=1).stderr
    assert call("revive", "999999", "--json") == {"messages": 0}
    call("revive", str(2**63), code=2)  # no database has such an id
    assert call("revive", str(dead["id"])).stdout == "revived: 1 messages\n"
    assert call("outbox", "--state", "dead", "--json") == []
    assert "expected --state waiting, sent, dead, got 'gone'" in call("outbox", "--state", "gone", code=1).stderr


def test_upgrade_makes_a_store_and_nothing_else_does(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite"
    for verb in (
        ["status"],
        ["outbox"],
        ["erase", "x"],
        ["corrections", str(tmp_path / "o.jsonl")],
        ["expire", "--days", "1"],
    ):
        assert "expected a store, found none" in call(*verb, "--store", str(file), code=1).stderr
    assert not file.exists()
    assert call("upgrade", "--store", str(file), "--json") == {"url": f"sqlite:///{file}", "schema": "0005"}
    assert call("status", "--store", str(file), "--json")["rows"] == EMPTY


def test_a_password_is_not_printed() -> None:
    pytest.importorskip("psycopg")
    done = call("status", "--store", "postgresql://me:secret@127.0.0.1:9/x", code=1)
    assert "secret" not in done.output
    assert "me:***@127.0.0.1" in done.stderr
