from pathlib import Path

import pytest

from headwater.errors import InputError
from support_chatbot.content.sources import UNDERSTOOD, sources_of

POLICY = """
bank = "Northmere"
[facts]
phone = "0117 496 0123"
[[forms.block_card.slots]]
name = "which_card"
question = "Which card?"
[forms.close]
slots = ["reason"]
[forms.change.slots.field]
question = "What?"
"""


def test_facts_forms_and_what_is_understood(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    found = sources_of(tmp_path / "policy.toml")
    assert found.facts == {"bank", "phone"}
    assert found.forms == {"block_card", "close", "change"}
    assert found.slots == {"bank", "phone", "which_card", "reason", "field", *UNDERSTOOD}


def test_an_empty_policy(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text("facts = 3\nforms = []", encoding="utf-8")
    assert sources_of(tmp_path / "policy.toml").slots == set(UNDERSTOOD)


def test_a_policy_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the bot's policy"):
        sources_of(tmp_path / "policy.toml")
    (tmp_path / "policy.toml").write_text("= 3", encoding="utf-8")
    with pytest.raises(InputError, match="expected TOML"):
        sources_of(tmp_path / "policy.toml")
