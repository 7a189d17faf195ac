"""Dialogue tests as files: what is read, and every fault with its line."""

from datetime import datetime
from pathlib import Path

import pytest

from headwater.errors import InputError
from support_chatbot.testing.cases import KEYS, NOON, CaseError, read_cases
from support_chatbot.turn import KINDS

GOOD = """
- name: One
  today: 2026-03-02T09:30
  risk: 0.05
  turns:
    - user: "yes"
      slots: {amount: 20.50, card: ""}
      action: [answered, asked]
    - pick: card_arrival
      says: a
- name: Two
  today: 2026-03-02
  turns:
    - {user: "", outcome: declined}
"""


def written(folder: Path, text: str, name: str = "a.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(CaseError) as raised:
        read_cases(written(folder, text))
    return [f"{fault.line}: {fault.words}" for fault in raised.value.faults]


def test_a_file_is_read_as_it_stands(tmp_path: Path) -> None:
    one, two = read_cases(written(tmp_path, GOOD))
    assert (one.name, one.now, one.risk, one.file, one.line) == ("One", datetime(2026, 3, 2, 9, 30), 0.05, "a.yaml", 2)
    assert one.turns[0].expected == {"slots": {"amount": "20.50", "card": ""}, "action": ("answered", "asked")}
    assert (one.turns[0].said, one.turns[0].lines["action"]) == ("yes", 8)
    assert (one.turns[1].picked, one.turns[1].said) == ("card_arrival", "")
    assert (two.now, two.risk, two.turns[0].said) == (datetime(2026, 3, 2, 12), None, "")
    assert NOON.weekday() == 0


def test_a_folder_is_all_its_files_and_names_stand_once(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "b.yaml")
    written(tmp_path, "- {name: Three, turns: [{user: a, says: b}]}", "a.yaml")
    assert [case.name for case in read_cases(tmp_path)] == ["Three", "One", "Two"]
    written(tmp_path, "- {name: One, turns: [{user: a, says: b}]}", "c.yaml")
    with pytest.raises(CaseError, match=r"c.yaml:1: error: the name 'One' stands in b.yaml:2 already"):
        read_cases(tmp_path)


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    text = """
- name: One
  tday: 2026-03-02
  today: soon
  risk: 5
  turns:
    - user: a
    - user: a
      pick: b
      says: c
    - user: a
      actoin: answered
      action: [answered, aksed]
      outcome: [answered]
      slots: amount
      says: {a: b}
- name: Two
  turns: []
"""
    assert faults(tmp_path, text) == [
        "3: tday: unknown key of a case; did you mean 'today'?",
        "4: today: expected a day as 2026-11-23, or with a time as 2026-11-23T09:30, got 'soon'",
        "5: risk: expected a share of wrong answers between 0 and 1, as 0.03, got '5'",
        f"7: expected what the bot must do: one of {', '.join(KEYS)} at least",
        "8: expected either user: what is typed, or pick: the intent of a button",
        "12: actoin: unknown key of a turn; did you mean 'action'?",
        f"13: action: expected one of {', '.join(KINDS)}, got 'aksed'; did you mean 'asked'?",
        "14: outcome: expected one word, got a list",
        "15: slots: expected a table, as {amount: 20.50, currency: GBP}",
        "16: expected words, got a list or a table",
        "17: expected a name, and turns: a list of at least one '- user: ...'",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: One", "1: expected a list of cases: begin each with '- name: ...'"),
        ("", "1: expected a list of cases: begin each with '- name: ...'"),
        ("- name: [", "1: is no YAML:"),
        ("- name: &a b\n  turns: *a", "2: is no YAML: aliases (*name) are not read"),
        ("- name: a\n  name: b\n  turns: [{user: a, says: b}]", "2: name: stands there twice; keep one"),
    ],
)
def test_what_is_no_list_of_cases(tmp_path: Path, text: str, told: str) -> None:
    assert told in "\n".join(faults(tmp_path, text))


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found no \*.yaml"):
        read_cases(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_cases(tmp_path / "none.yaml")


def test_minutes_after_a_turn(tmp_path: Path) -> None:
    text = "- name: a\n  turns:\n    - user: b\n      after: 31\n      says: c\n"
    assert read_cases(written(tmp_path, text))[0].turns[0].after == 31
    assert (
        "after: expected whole minutes since the turn before, got 'soon'"
        in faults(tmp_path, text.replace("31", "soon"))[0]
    )
