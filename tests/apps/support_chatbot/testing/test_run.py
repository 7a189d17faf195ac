"""Cases run: what passes, and how a difference is explained."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from support_chatbot.testing.cases import Case, CaseError, Turn, read_cases
from support_chatbot.testing.coverage import branches_of, coverage_of
from support_chatbot.testing.report import to_json, to_junit
from support_chatbot.testing.run import Result, run_case, run_cases
from tests.apps.support_chatbot.dialogue.conversation import POLICY
from tests.apps.support_chatbot.testing.small_bot import SmallBot

BOT = SmallBot()


def case(*turns: tuple[str, dict[str, Any]], name: str = "One") -> Case:
    return Case(name, tuple(Turn(said, None, expected, {}, number) for number, (said, expected) in enumerate(turns, 1)))


def got(said: str, **expected: Any) -> list[tuple[str, str, str]]:
    result = run_case(case((said, expected)), BOT)
    return [(one.key, one.expected, one.got) for one in result.differences]


def test_a_conversation_that_goes_as_expected() -> None:
    told = case(
        (
            "I lost my card",
            {"intent": ("lost_or_stolen_card",), "action": ("answered", "asked"), "form": "block_card.card"},
        ),
        ("the debit one", {"slots": {"card": "debit"}, "action": "confirming", "does": (), "offers": ("Yes, please",)}),
        ("How do rates work?", {"intent": "exchange_rate", "action": "resumed", "says": ("back to", "Shall I")}),
        ("yes", {"act": "yes", "does": ("block_card",), "outcome": "under_way", "form": "", "reason": ""}),
        ("any fee?", {"quotes": "fees", "outcome": "found", "language": "en", "not_says": "card"}),
        ("human", {"reason": "asked", "slots": {"card_kind": "debit", "amount": ""}}),
    )
    result = run_case(told, BOT)
    assert result.passed, result.explained
    assert len(result.steps) == 6


@pytest.mark.parametrize(
    ("said", "expected", "differs"),
    [
        ("Where is my card?", {"intent": "exchange_rate"}, ("intent", "exchange_rate", "card_arrival")),
        ("Where is my card?", {"action": ("answered", "asked")}, ("action", "answered, asked", "answered")),
        ("I lost my card", {"action": ("answered",)}, ("action", "answered", "answered, asked")),
        ("I lost my card", {"form": ""}, ("form", "none", "block_card, block_card.card")),
        ("I lost my card", {"offers": ()}, ("offers", "none", "debit, spare, virtual, Never mind")),
        ("any fee?", {"quotes": ()}, ("quotes", "none", "fees")),
        ("hello", {"quotes": "fees"}, ("quotes", "fees", "none")),
        ("the debit one", {"slots": {"card_kind": "virtual"}}, ("slots", "card_kind 'virtual'", "'debit'")),
        ("the debit one", {"slots": {"card_kind": ""}}, ("slots", "no card_kind", "'debit'")),
        ("human", {"reason": ""}, ("reason", "none", "asked")),
        ("hello", {"says": ("HELLO", "Ciao")}, ("says", "'Ciao'", repr(POLICY.small_talk.greeting.replace("{bot}", "Mere").replace("{bank}", "Northmere Bank")))),
    ],
)  # fmt: skip
def test_what_differs_is_told(said: str, expected: dict[str, Any], differs: tuple[str, str, str]) -> None:
    assert got(said, **expected) == [differs]


def test_the_first_turn_that_differs_ends_the_conversation_and_is_explained() -> None:
    told = case(
        ("hello", {"act": "greeting"}), ("hello", {"act": "yes", "outcome": "found"}), ("human", {"reason": "x"})
    )
    result = run_case(told, BOT)
    assert [one.turn for one in result.differences] == [2, 2]
    assert len(result.steps) == 2
    lines = result.explained.splitlines()
    assert lines[0] == "turn 2, customer: hello"
    assert lines[1] == "  :2: act: expected yes, got greeting"
    assert lines[3].startswith("  bot: (small_talk) Hello, I'm Mere")


def test_a_button_must_have_been_offered() -> None:
    turns = (Turn("my card", None, {"outcome": "under_way"}), Turn("", "card_linking", {"outcome": "clarified"}))
    assert run_case(Case("a", turns), BOT).passed
    wrong = run_case(Case("a", (turns[0], Turn("", "exchange_rate", {"outcome": "clarified"}))), BOT)
    assert wrong.differences[0].got == "card_arrival, card_linking"


def test_a_case_that_names_what_the_bot_does_not_have(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "- name: a\n  turns:\n    - user: b\n      intent: card_arival\n      form: block_card.colour\n"
        "      reason: bored\n      quotes: [fees]\n      does: sing\n    - pick: nothing\n      says: c\n",
        encoding="utf-8",
    )
    with pytest.raises(CaseError) as raised:
        run_cases(read_cases(file), BOT)  # type: ignore[arg-type]
    assert [(fault.line, fault.words.partition(":")[0]) for fault in raised.value.faults] == [
        (4, "intent"), (5, "form"), (6, "reason"), (7, "quotes"), (8, "does"), (9, "pick"),
    ]  # fmt: skip


def results(*dialogues: str) -> list[Result]:
    return [
        run_case(case(*((said, {}) for said in talk.split("|")), name=str(number)), BOT)
        for number, talk in enumerate(dialogues)
    ]


def forms_of(*dialogues: str) -> set[str]:
    reached = coverage_of(results(*dialogues), BOT)["forms"].reached  # type: ignore[arg-type]
    return {name.removeprefix("block_card: ") for name in reached if name.startswith("block_card")}


def test_the_branches_of_a_form() -> None:
    assert branches_of(POLICY.forms["block_card"]) == (
        "ask card", "wrong value", "a person", "change", "interruption", "confirm", "refused", "cancel", "done",
    )  # fmt: skip
    assert "skip reason" in branches_of(POLICY.forms["close_account"])
    assert {"offer", "offer refused"} <= set(branches_of(POLICY.forms["close_account"]))


@pytest.mark.parametrize(
    ("talk", "branches"),
    [
        ("I lost my card", {"ask card"}),
        ("I lost my card|the debit one|yes", {"ask card", "confirm", "done"}),
        ("I lost my card|the debit one|no", {"ask card", "confirm", "refused"}),
        ("I lost my card|the debit one|cancel", {"ask card", "confirm", "cancel"}),
        ("I lost my card|cancel", {"ask card", "cancel"}),
        ("I lost my card|hm hm|hm hm|hm hm", {"ask card", "wrong value", "a person"}),
        ("I lost my card|Where is my card?", {"ask card", "interruption"}),
        ("I lost my card|the debit one|the virtual one", {"ask card", "confirm", "change"}),
    ],
)
def test_the_branches_that_a_conversation_takes(talk: str, branches: set[str]) -> None:
    assert forms_of(talk) == branches


def test_coverage_counts_turns_and_names_what_is_missing() -> None:
    found = coverage_of(results("Where is my card?", "Where is my card?|human", "my card|the first one"), BOT)  # type: ignore[arg-type]
    assert found["intents"].reached == {"card_arrival": 3}
    assert "card_linking" in found["intents"].missed and "oos" not in found["intents"].missed
    assert found["acts"].reached == {"human": 1}
    assert found["reasons"].missed == ("missed", "tries", "always", "language")  # every intent has its answer
    assert found["asking"].reached == {"first": 1}
    assert found["outcomes"].share == 4 / 7
    assert list(found["waits"].reached) == ["It is a busy hour: the wait is about 10 minutes."]


def test_a_turn_that_differs_reaches_nothing() -> None:
    failed = run_case(case(("hello", {}), ("human", {"reason": "missed"})), BOT)
    assert coverage_of([failed], BOT)["reasons"].reached == {}  # type: ignore[arg-type]


def test_reports() -> None:
    found = run_cases([case(("hello", {"act": "yes"})), case(("hello", {"act": "greeting"}), name="Two")], BOT)  # type: ignore[arg-type]
    content = to_json(found, coverage_of(found, BOT))  # type: ignore[arg-type]
    assert (content["passed"], content["failed"], content["turns"]) == (1, 1, 2)
    assert content["cases"][0]["differences"][0] == {
        "turn": 1, "line": 1, "key": "act", "expected": "yes", "got": "greeting",
    }  # fmt: skip
    root = ElementTree.fromstring(to_junit(found))
    suite = root.find("testsuite")
    assert suite is not None and (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failure = root.find(".//failure")
    assert failure is not None and failure.get("message") == "turn 1: act: expected yes, got greeting"


def test_time_goes_on_between_turns() -> None:
    said = [("I lost my card", 0.0), ("debit", 0.0), ("yes", 31.0), ("yes", 30.0)]
    turns = tuple(Turn(words, expected={"form": "block_card"}, after=after) for words, after in said[:3])
    result = run_case(Case("One", (*turns, Turn("yes", expected={"does": "block_card"}, after=30.0))), SmallBot())
    assert result.passed, result.explained
