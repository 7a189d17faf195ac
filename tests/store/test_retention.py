"""Nothing is kept longer than it may be, and what is erased is not even in the bytes."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from headwater.errors import InputError, StoreError
from headwater.store import Store, open_store, outbox
from headwater.store.corrections import record, recorded
from headwater.store.retention import Retention, erase, expire, read_retention
from headwater.store.status import Status, status
from headwater.store.subjects import subject_hash
from headwater.store.tables import CONVERSATION, HANDOFF, METADATA, TURN
from tests.store.test_corrections import LABEL, SPANS

NOTHING = {"sent": 0, "dead": 0, "corrections": 0, "conversations": 0, "states": 0}
NONE = {"conversation": 0, "correction": 0, "handoff": 0, "outbox": 0, "turn": 0}


def talk(store: Store, clock, key: str, subject: str | None = None) -> None:
    """A conversation of two turns with something under way, handed over."""
    with store.write() as connection:
        hashed = subject_hash(connection, subject or key)
        conversation = {
            "key": key, "channel": "web", "language": "en", "subject": hashed, "known": subject is not None, "bundle": "b",
            "bundle_version": "1", "bundle_digest": "d", "policy_digest": "p", "state": {"slots": {"email": f"ZEBRA-{key} " * 300}},
            "turns": 2, "status": "handed_over", "created": clock(), "updated": clock(),
        }  # fmt: skip
        written = CONVERSATION.insert().values(conversation).returning(CONVERSATION.c.id)
        about = {"conversation": connection.execute(written).scalar_one(), "subject": hashed, "created": clock()}
        for number, speaker in enumerate(("customer", "bot"), 1):
            turn = {"number": number, "speaker": speaker, "text": f"ZEBRA-{key}", "reply": {"text": "ZEBRA " * 200}}
            connection.execute(TURN.insert().values(about | turn))
        handoff = {"reason": "asked", "summary": "ZEBRA", "slots": {"order": "ZEBRA"}, "wait": "", "state": "waiting"}
        connection.execute(HANDOFF.insert().values(about | handoff))
        outbox.put(connection, "handoff", key, {"summary": "ZEBRA"}, masked=False, subject=subject or key, now=clock)


def fill(store: Store, clock, subject: str | None = None) -> None:
    """A sent message, a dead one, a waiting one and a correction."""
    with store.write() as connection:
        for channel in ("sent", "dead", "waiting"):
            outbox.put(connection, channel, f"{subject} {clock.moment}", {"note": "zebra"}, subject=subject, now=clock)
    outbox.deliver(store, {"sent": lambda message: None, "dead": lambda message: 1 / 0}, attempts=1, now=clock)
    record(store, LABEL, subject=subject, now=clock)


def counts(store: Store) -> dict[str, int]:
    found = [message.state for message in outbox.messages(store)]
    return {state: found.count(state) for state in outbox.STATES} | {"corrections": len(recorded(store))}


def test_each_goes_after_its_days_and_what_waits_stays(store: Store, clock) -> None:
    fill(store, clock)
    clock.forward(days=5)
    fill(store, clock)
    clock.forward(days=5)
    keep = Retention(sent=7, dead=None, corrections=10)
    assert expire(store, keep, clock) == NOTHING | {"sent": 1}, "ten days old is not older"
    clock.forward(microseconds=1)
    assert expire(store, keep, clock) == NOTHING | {"corrections": 1}
    assert counts(store) == {"waiting": 2, "sent": 1, "dead": 2, "corrections": 1}
    assert expire(store, Retention(0, 0, 0), clock) == NOTHING | {"sent": 1, "dead": 2, "corrections": 1}
    assert counts(store) == {"waiting": 2, "sent": 0, "dead": 0, "corrections": 0}


def test_what_became_dead_late_is_kept_from_then_on(store: Store, clock) -> None:
    with store.write() as connection:
        outbox.put(connection, "hook", "1", None, now=clock)
    clock.forward(days=100)
    outbox.deliver(store, {"hook": lambda message: 1 / 0}, attempts=1, now=clock)
    assert expire(store, Retention(dead=90), clock)["dead"] == 0
    clock.forward(days=91)
    assert expire(store, Retention(dead=90), clock)["dead"] == 1


def rows(store: Store) -> tuple[int, int, int]:
    found = status(store).rows
    return found["conversation"], found["turn"], found["handoff"]


def test_a_conversation_goes_whole_after_its_last_word_and_what_was_under_way_before_it(store: Store, clock) -> None:
    talk(store, clock, "old")
    clock.forward(days=8)
    talk(store, clock, "new")
    keep = Retention(conversations=30, states=7)
    assert expire(store, keep, clock) == NOTHING | {"states": 1}
    assert expire(store, keep, clock) == NOTHING
    if store.engine.dialect.name == "sqlite":
        assert b"ZEBRA-old ZEBRA-old" not in stored_bytes(store)
        assert b"ZEBRA-new ZEBRA-new" in stored_bytes(store)
    assert rows(store) == (2, 4, 2)
    clock.forward(days=23)
    assert expire(store, keep, clock) == NOTHING | {"conversations": 1, "states": 1}
    assert rows(store) == (1, 2, 1)
    assert [message.key for message in outbox.messages(store)] == ["new"], "what nobody fetched goes with it"
    assert expire(store, Retention(conversations=None), clock) == NOTHING


def test_of_a_subject_nothing_is_left_and_of_others_all(store: Store, clock) -> None:
    for subject in ("customer-9", "customer-99", None):
        fill(store, clock, subject)
    assert erase(store, "customer-9") == NONE | {"correction": 1, "outbox": 3}
    assert counts(store) == {"waiting": 2, "sent": 2, "dead": 2, "corrections": 2}
    assert erase(store, "customer-9") == NONE
    assert erase(store, " customer-99 ") == NONE | {"correction": 1, "outbox": 3}
    with pytest.raises(InputError, match="expected the id"):
        erase(store, "")


def test_conversations_are_erased_by_whom_they_are_about_or_by_their_own_key(store: Store, clock) -> None:
    for key, subject in (("one", "customer-9"), ("two", None), ("three", "customer-9"), ("four", "customer-8")):
        talk(store, clock, key, subject)
    assert erase(store, "customer-9") == NONE | {"conversation": 2, "turn": 4, "handoff": 2, "outbox": 2}
    assert erase(store, "one") == NONE, "it had a subject"
    assert erase(store, "two") == NONE | {"conversation": 1, "turn": 2, "handoff": 1, "outbox": 1}
    assert rows(store) == (1, 2, 1)
    assert b"ZEBRA-four" in stored_bytes(store)
    if store.engine.dialect.name == "sqlite":
        assert not [key for key in (b"one", b"two", b"three") if b"ZEBRA-" + key in stored_bytes(store)]


def test_every_table_that_may_speak_of_a_person_is_looked_into(store: Store, clock) -> None:
    fill(store, clock, "customer-9")
    about = {name for name, table in METADATA.tables.items() if "subject" in table.c}
    public = {name for name in METADATA.tables if name.startswith("news_")}  # what was published, by anybody
    assert about == set(METADATA.tables) - public - {"setting"}, "a new table needs a subject, or a place among these"
    assert erase(store, "customer-9").keys() == about


def test_the_id_itself_is_nowhere_and_its_hash_is_the_store_s_own(store: Store, clock, tmp_path: Path) -> None:
    fill(store, clock, "customer-9")
    talk(store, clock, "one", "customer-9")
    with store.read() as connection:
        for table in METADATA.sorted_tables:
            if table.name != "outbox":  # this test's own keys name it
                assert "customer-9" not in str(connection.execute(table.select()).all())
        mine = subject_hash(connection, "customer-9")
        assert mine == subject_hash(connection, "customer-9") != subject_hash(connection, "customer-8")
    with open_store(str(tmp_path / "other.sqlite")) as other, other.read() as connection:
        assert subject_hash(connection, "customer-9") != mine


def stored_bytes(store: Store) -> bytes:
    """All that the database's files hold of our tables, as they are on the disk."""
    if store.engine.dialect.name == "sqlite":
        file = Path(str(store.engine.url.database))
        return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CHECKPOINT")
        parts = "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class WHERE relkind IN ('r', 'i', 't')"
        mine = " AND relname !~ '^(pg|sql)_'"
        return b"".join(bytes(part) for part in connection.exec_driver_sql(parts + mine).scalars())


def test_erased_texts_are_not_in_the_bytes(store: Store, clock) -> None:
    with store.write() as connection:
        for number in range(50):
            # Small and large: large ones fill pages of their own.
            payload = {"note": f"ZEBRA-{number} " * (1 + 40 * (number % 20))}
            outbox.put(connection, "hook", str(number), payload, subject="customer-9", masked=False, now=clock)
        outbox.put(connection, "hook", "other", {"note": "GIRAFFE"}, now=clock)
    outbox.deliver(store, {"hook": lambda message: None}, now=clock)  # rewrites the rows: older versions lie about
    record(store, SPANS, subject="customer-9")
    assert b"ZEBRA" in stored_bytes(store) and b"Acme Bank" in stored_bytes(store)
    erase(store, "customer-9")
    assert b"GIRAFFE" in stored_bytes(store)
    if store.engine.dialect.name == "sqlite":
        assert b"ZEBRA" not in stored_bytes(store)
        assert b"Acme Bank" not in stored_bytes(store)


def test_a_reader_that_keeps_the_log_is_said_and_a_second_call_ends_it(tmp_path: Path, clock) -> None:
    with open_store(str(tmp_path / "store.sqlite"), wait=0.1) as store:
        fill(store, clock, "customer-9")
        with store.read() as reading:
            reading.execute(sa.text("SELECT * FROM outbox")).all()
            with pytest.raises(StoreError, match="the rows are deleted, but a reader keeps the log"):
                erase(store, "customer-9")
        assert b"zebra" in stored_bytes(store)
        assert erase(store, "customer-9") == NONE
        assert b"zebra" not in stored_bytes(store)


def test_the_days_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "store.toml"
    file.write_text("[retention]\nsent = 7\ndead = false\n")
    assert read_retention(file) == Retention(sent=7, dead=None)
    assert read_retention(file).corrections == 730


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[retention]\nsend = 7", "send: expected one of sent, dead, corrections, conversations, states"),
        ("[retention]\nsent = -1", "sent: expected days, or false for ever, got -1"),
        ("[retention]\nsent = true", "got True"),
        ("[retention]\nsent = inf", "got inf"),
        ("[retention]\nsent = nan", "got nan"),
        ("[retention]\nsent = '7'", "got '7'"),
        ("sent = 7", "expected a table .retention., found none"),
        ("[retention", "expected a TOML file"),
    ],
)
def test_days_that_cannot_be(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "store.toml").write_text(content)
    with pytest.raises(InputError, match=expected):
        read_retention(tmp_path / "store.toml")
    with pytest.raises(InputError, match="No such file"):
        read_retention(tmp_path / "none.toml")


def test_status_counts_rows_and_messages(store: Store, clock) -> None:
    fill(store, clock, "customer-9")
    talk(store, clock, "one")
    assert status(store) == Status(
        url=store.name,
        schema="0005",
        rows=dict.fromkeys(METADATA.tables, 0)
        | {"conversation": 1, "correction": 1, "handoff": 1, "outbox": 4, "setting": 1, "turn": 2},
        outbox={
            "dead": {"waiting": 0, "sent": 0, "dead": 1},
            "handoff": {"waiting": 1, "sent": 0, "dead": 0},
            "sent": {"waiting": 0, "sent": 1, "dead": 0},
            "waiting": {"waiting": 1, "sent": 0, "dead": 0},
        },
    )
