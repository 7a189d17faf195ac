"""Migrations: they give the tables that the code says, on both databases, whoever comes first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from headwater.store import Store, open_store, schema
from headwater.store.tables import METADATA, SETTING

OPENER = """
import sys
from headwater.store import open_store
from headwater.store import schema

url = sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
with open_store(url) as store, store.read() as connection:
    print(schema.version_of(connection))
"""


def differences(store: Store) -> list:
    with store.read() as connection:
        options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)


def checks(store: Store) -> dict[str, list[str]]:
    """Constraints that Alembic does not compare, by table."""
    with store.read() as connection:
        found = sa.inspect(connection)
        return {name: sorted(check["name"] for check in found.get_check_constraints(name)) for name in METADATA.tables}


def test_the_migrated_tables_are_those_of_the_code(store: Store) -> None:
    assert len(METADATA.tables) >= 15
    assert differences(store) == []
    assert checks(store) == {
        "setting": [],
        "outbox": ["ck_outbox_state"],
        "correction": [],
        "conversation": ["ck_conversation_status"],
        "turn": ["ck_turn_speaker", "ck_turn_thumbs"],
        "handoff": ["ck_handoff_state"],
        "news_alert": ["ck_news_alert_severity", "ck_news_alert_verdict"],
        "news_alert_step": [],
        "news_count": [],
        "news_feed": ["ck_news_feed_kind"],
        "news_item": ["ck_news_item_relation", "ck_news_item_timing"],
        "news_label": ["ck_news_label_dimension", "ck_news_label_sentiment"],
        "news_mention": [],
        "news_mute": [],
        "news_reject": [],
        "news_story": [],
    }


def test_a_column_more_would_be_noticed(store: Store) -> None:
    with store.write() as connection:
        connection.execute(sa.text("ALTER TABLE correction ADD COLUMN mood TEXT"))
    assert len(differences(store)) == 1


def test_down_and_up_again_is_the_same(store: Store) -> None:
    with store.write() as connection:
        command.downgrade(schema.configuration(connection), "base")
    with store.read() as connection:
        assert sa.inspect(connection).get_table_names() == [schema.VERSION_TABLE]
        assert schema.version_of(connection) is None
    with store.write() as connection:
        assert schema.upgrade(connection, store.name) is None
        assert schema.upgrade(connection, store.name) == schema.latest()
    assert differences(store) == []


def test_a_store_of_the_first_version_keeps_what_it_holds(url: str) -> None:
    with open_store(url) as store, store.write() as connection:
        command.downgrade(schema.configuration(connection), "0001")
        connection.execute(SETTING.insert().values(name="mine", value="kept"))
        assert "turn" not in sa.inspect(connection).get_table_names()
    with open_store(url) as store, store.read() as connection:
        assert connection.execute(sa.select(SETTING.c.value).where(SETTING.c.name == "mine")).scalar_one() == "kept"
        assert schema.version_of(connection) == "0005"
        assert differences(store) == []


def test_an_upgrade_that_fails_leaves_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(configuration, version: str) -> None:
        connection = configuration.attributes["connection"]
        connection.execute(sa.text("CREATE TABLE half (id INTEGER)"))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", half)
        with pytest.raises(KeyboardInterrupt):
            open_store(url)
    with open_store(url) as store, store.read() as connection:
        assert "half" not in sa.inspect(connection).get_table_names()


def test_who_comes_while_another_upgrades_waits_and_finds_it_done(url: str) -> None:
    with open_store(url) as store:
        with store.write() as connection:
            command.downgrade(schema.configuration(connection), "base")
        with ThreadPoolExecutor(1) as threads:
            with store.write() as connection:
                schema.upgrade(connection, store.name)
                second = threads.submit(open_store, url)
                assert not wait([second], timeout=0.5).done
            second.result(timeout=30).close()
    assert secrets(url) == 1


def secrets(url: str) -> int:
    with open_store(url) as store, store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(SETTING)).scalar_one()


def test_four_processes_open_a_new_store_at_once(url: str, spawn: Callable) -> None:
    openers = [spawn(OPENER, url) for _ in range(4)]
    assert [opener.stdout.readline() for opener in openers] == ["ready\n"] * 4
    for opener in openers:
        opener.stdin.write("go\n")
        opener.stdin.flush()
    for opener in openers:
        found, said = opener.communicate(timeout=120)
        assert found.strip() == schema.latest(), said
    assert secrets(url) == 1
