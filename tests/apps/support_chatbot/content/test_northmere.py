"""What ships: Northmere Bank's answers against the intents of the shipped bundle and the facts they promise."""

import json
import re
from datetime import date
from pathlib import Path

from support_chatbot.content import check_folder, fill, open_folder, slots_of
from support_chatbot.content.checks import words_in
from support_chatbot.content.folder import NORTHMERE
from support_chatbot.content.sources import UNDERSTOOD

ROOT = Path(__file__).resolve().parents[4]
FACTS = {
    "bank": "Northmere Bank",
    "phone": "0117 496 0123",
    "hours": "8 am to 8 pm, every day",
    "card_line": "0117 496 0199",
    "phone_abroad": "+44 117 496 0199",
    "email": "help@northmere.example",
}
FORMS = (
    "block_card", "cancel_transfer", "change_details", "close_account", "dispute_payment", "missing_refund",
    "replacement_card", "top_up_problem", "transfer_problem",
)  # fmt: skip
FOLDER = open_folder(NORTHMERE)
HEAD = json.loads((ROOT / "models" / "support-intent" / "bundle" / "bundle.json").read_text(encoding="utf-8"))["heads"][
    0
]
INTENTS = [label for label in HEAD["labels"] if label != HEAD["out_of_scope"]]
ANSWERS = sorted(FOLDER.answers.values(), key=lambda answer: answer.file)


def test_there_are_77_and_the_doctor_finds_nothing() -> None:
    assert len(INTENTS) == len(ANSWERS) == 77
    known = {*FACTS, *UNDERSTOOD}
    found = check_folder(FOLDER, INTENTS, known, FORMS, facts=FACTS, today=date(2026, 11, 22))
    assert [str(one) for one in found] == []


def test_each_can_be_said_with_facts_alone_and_at_a_fitting_length() -> None:
    for answer in ANSWERS:
        said = fill(answer.text, FACTS)
        assert "{" not in said, answer.file
        assert 40 <= words_in(answer.text) <= 130, answer.file
        assert answer.links, answer.file
        assert not re.search(r"  |\( | [,.;:]|\bthe the\b|\*\*\*\*", said), answer.file


def test_numbers_and_addresses_are_the_fictional_ones() -> None:
    """A number that a reader could call is Ofcom's, from {slots}; an address ends in .example; % stands without a space."""
    for answer in ANSWERS:
        assert not re.search(r"\b0\d{3,4}[ -]?\d{3}|\+44|\d %", answer.text), answer.file
        assert all(".example" in found for found in re.findall(r"www\.\S+|https?://\S+|\S+@\S+", answer.text)), (
            answer.file
        )


def test_titles_and_texts_are_each_of_one_answer() -> None:
    assert len({answer.title.casefold() for answer in ANSWERS}) == len({answer.text for answer in ANSWERS}) == 77


def test_the_sums_of_the_answers_stand_in_the_facts() -> None:
    """An amount, a percentage or a sum that an answer names is on the sheet of facts: nobody invents one in passing."""
    sheet = (NORTHMERE / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"[£€]\d[\d,.]*\d|[£€]\d|\d[\d.]*%", sheet))
    told = {
        (answer.intent, sum_)
        for answer in ANSWERS
        for sum_ in re.findall(r"[£€]\d[\d,.]*\d|[£€]\d|\d[\d.]*%", answer.text)
    }
    assert {one for one in told if one[1] not in shown} == set()


def test_no_answer_promises_by_a_country_or_a_day_that_it_cannot_know() -> None:
    """France is in SEPA and Cuba has no cards: what is true of one country is false of the next."""
    used = {(answer.intent, use.name) for answer in ANSWERS for use in slots_of(answer.text) if use.name not in FACTS}
    assert {name for _, name in used} <= {"amount", "card", "date", "name"}
    assert {intent for intent, name in used if name == "date"} == {"card_payment_wrong_exchange_rate"}
    assert len(used) > 30  # personal all the same
