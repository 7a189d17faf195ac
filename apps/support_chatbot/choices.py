"""What the team has chosen for its bot, kept in the store: the risk dial, and the folders searched beside its help centre.

Every session of the pages and every server of one store reads the same choices.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store import Store
from headwater.store.tables import SETTING
from support_chatbot.bot import RISK

__all__ = ["choose_risk", "choose_sources", "chosen_risk", "chosen_sources", "standing_sources"]

DIAL, SOURCES = "support.risk", "support.sources"


def chosen_risk(store: Store) -> float:
    """The share of wrong answers that the team allows; `bot.RISK` until it has chosen."""
    try:
        risk = float(_read(store, DIAL) or RISK)
    except ValueError:
        return RISK
    return risk if 0 < risk < 1 else RISK


def choose_risk(store: Store, risk: float) -> None:
    """Keep the dial's choice. Raises InputError for what is no share."""
    if not 0 < risk < 1:
        raise InputError(f"expected a share of wrong answers between 0 and 1, got {risk}")
    _write(store, DIAL, repr(risk))


def chosen_sources(store: Store) -> tuple[Path, ...]:
    """Files and folders that the team has added to the search, also those that are no longer there."""
    try:
        names = json.loads(_read(store, SOURCES) or "[]")
    except ValueError:
        return ()
    return tuple(Path(name) for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def standing_sources(store: Store) -> tuple[Path, ...]:
    """Those of them that are there: one that has gone must not keep the bot from opening."""
    return tuple(source for source in chosen_sources(store) if source.exists())


def choose_sources(store: Store, sources: Sequence[Path]) -> None:
    """Keep the folders to search. Raises InputError for one that is not there, and for two of one name."""
    for source in sources:
        if not source.is_absolute() or not source.exists():
            raise InputError(f"expected the whole path of a folder or file on this machine, found none at {source}")
    names = ["help", *(source.resolve().name for source in sources)]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"expected folders of different names, got two called {twice}: links would lead to either")
    _write(store, SOURCES, json.dumps([str(source) for source in sources]))


def _read(store: Store, name: str) -> str | None:
    with store.read() as connection:
        return connection.execute(sa.select(SETTING.c.value).where(SETTING.c.name == name)).scalar()


def _write(store: Store, name: str, value: str) -> None:
    with store.write() as connection:
        connection.execute(SETTING.delete().where(SETTING.c.name == name))
        connection.execute(SETTING.insert().values(name=name, value=value))
