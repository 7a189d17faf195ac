"""What may stand in an answer: the slots that something fills, and the forms that exist."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.errors import InputError

__all__ = ["UNDERSTOOD", "Sources", "sources_of"]

# What understanding finds in a message.
UNDERSTOOD = (
    "account", "amount", "card", "card_kind", "country", "currency", "date", "email", "name", "order", "phone",
)  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """`facts` are always known; `slots` is everything that may be: facts, what forms ask for, what is understood."""

    slots: frozenset[str]
    facts: frozenset[str]
    forms: frozenset[str]


def sources_of(policy_file: Path) -> Sources:
    """What the policy in the file gives to answers; whether the policy itself is sound is the dialogue's to say.

    Raises InputError where the file cannot be read as TOML.
    """
    try:
        policy = tomllib.loads(policy_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{policy_file}: expected the bot's policy, got {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{policy_file}: expected TOML: {error}") from error
    facts = frozenset({*_table(policy.get("facts")), *({"bank", "bot"} & set(policy))})
    forms = _table(policy.get("forms"))
    asked = {name for form in forms.values() for name in _names(_table(form).get("slots"))}
    return Sources(facts | asked | set(UNDERSTOOD), facts, frozenset(forms))


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _names(slots: Any) -> set[str]:
    """The names of slots in a table by name, or in a list of names or of tables with a name."""
    if isinstance(slots, Mapping):
        return set(slots)
    listed = slots if isinstance(slots, list) else []
    return {str(slot.get("name", "")) if isinstance(slot, Mapping) else str(slot) for slot in listed}
