from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support_chatbot.understanding.money import plain_number
from support_chatbot.understanding.slots import SLOTS, find_slots

SUNDAY = date(2026, 11, 22)
PARTS = ["£", "20", "1,250.50", " € ", "twenty", "and", "pounds", "3 March", "31/02/2026", "the 5th", "card ending 4321", "#99321", "ref. ",
         "TX-48291", "GB82 WEST 1234 5698 7654 32", "12-34-56", "12345678", "4111 1111 1111 1111", "a@b.co", "+44 20 7946 0958", "k", "İ", "ß",
         "paid to Ann", "at Tesco", "US", "in france", "debit card", "last ", "friday", "p", ".", "٣", "\ud800", "👍", "\n"]  # fmt: skip


def values(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for slot in find_slots(text, today=SUNDAY):
        found.setdefault(slot.name, []).append(slot.value)
    return found


CASES = [
    ("£20", {"amount": ["20"], "currency": ["GBP"]}),
    ("my card 4111 1111 1111 1112 was stolen", {"card": ["1112"]}),
    ("4111-1111-1111-1112", {"card": ["1112"]}),
    ("my card 4321 was stolen", {"card": ["4321"]}),
    ("20 quid", {"amount": ["20"], "currency": ["GBP"]}),
    ("EUR 1,250.50", {"amount": ["1250.50"], "currency": ["EUR"]}),
    ("1.250,50 €", {"amount": ["1250.50"], "currency": ["EUR"]}),
    ("1 250,5 €", {"amount": ["1250.50"], "currency": ["EUR"]}),
    ("£1.250", {"amount": ["1250"], "currency": ["GBP"]}),
    ("twenty pounds", {"amount": ["20"], "currency": ["GBP"]}),
    ("I paid two hundred and fifty dollars", {"amount": ["250"], "currency": ["USD"]}),
    ("a hundred euros", {"amount": ["100"], "currency": ["EUR"]}),
    ("5k", {"amount": ["5000"]}),
    ("five grand", {"amount": ["5000"]}),
    ("a tenner", {"amount": ["10"]}),
    ("50p and 50 cents", {"amount": ["0.50", "0.50"], "currency": ["GBP"]}),
    ("£5 and 50p", {"amount": ["5.50"], "currency": ["GBP"]}),
    ("forty-nine pounds and ninety-nine pence", {"amount": ["49.99"], "currency": ["GBP"]}),
    ("12 euros 30 cents", {"amount": ["12.30"], "currency": ["EUR"]}),
    ("5 dollars and then 50 cents", {"amount": ["5", "0.50"], "currency": ["USD"]}),
    ("make it 1,040.50", {"amount": ["1040.50"]}),
    ("$20 AUD", {"amount": ["20"], "currency": ["AUD"]}),
    ("-£30.00", {"amount": ["30"], "currency": ["GBP"]}),
    ("$100-$200", {"amount": ["100", "200"], "currency": ["USD", "USD"]}),
    ("withdraw 50 from an ATM", {"amount": ["50"]}),
    ("£250 to Anna Baker yesterday", {"amount": ["250"], "currency": ["GBP"], "name": ["Anna Baker"], "date": ["2026-11-21"]}),
    ("20 quid to Tom", {"amount": ["20"], "currency": ["GBP"], "name": ["Tom"]}),
    ("a fee of €5 to Germany", {"amount": ["5"], "currency": ["EUR"], "country": ["Germany"]}),
    ("GBP20.50", {"amount": ["20.50"], "currency": ["GBP"]}),
    ("ABC20k", {}),
    ("cancel my transfer of 250 made yesterday", {"amount": ["250"], "date": ["2026-11-21"]}),
    ("a charge of 3 times as much", {}),
    ("I topped up 3 times", {}),
    ("I got 2 transfer fees", {}),
    ("100% sure", {}),
    ("TOP 5 reasons", {}),
    ("GBP to AUD", {"currency": ["GBP", "AUD"]}),
    ("do you take euros", {"currency": ["EUR"]}),
    ("on 3 March", {"date": ["2026-03-03"]}),
    ("03/04/2026", {"date": ["2026-04-03"]}),
    ("12/25/2026", {"date": ["2026-12-25"]}),
    ("31/02/2026", {}),
    ("2026-03-04", {"date": ["2026-03-04"]}),
    ("25 Dec", {"date": ["2025-12-25"]}),
    ("since 3/4", {"date": ["2026-04-03"]}),
    ("20/11", {"date": ["2026-11-20"]}),
    ("no, 3/4", {"date": ["2026-04-03"]}),
    ("on 11/20", {"date": ["2026-11-20"]}),
    ("change the date to 11/19", {"date": ["2026-11-19"]}),
    ("24/7", {}),
    ("3/4 of it", {}),
    ("support 24/7", {}),
    ("last Friday", {"date": ["2026-11-20"]}),
    ("last Sunday", {"date": ["2026-11-15"]}),
    ("on Sunday", {"date": ["2026-11-22"]}),
    ("by Friday", {"date": ["2026-11-27"]}),
    ("next monday", {"date": ["2026-11-23"]}),
    ("every Friday", {}),
    ("it was the 5th", {"date": ["2026-11-05"]}),
    ("the 2nd card", {}),
    ("two days ago, yesterday and last night", {"date": ["2026-11-20", "2026-11-21", "2026-11-21"]}),
    ("in March", {"date": ["2026-03"]}),
    ("May I ask", {}),
    ("last week", {"date": ["2026-W47" if SUNDAY.isocalendar().week == 48 else "2026-W46"]}),
    ("next month", {"date": ["2026-12"]}),
    ("my card ending 4321", {"card": ["4321"]}),
    ("**** 4321", {"card": ["4321"]}),
    ("4321", {"card": ["4321"]}),
    ("1200", {"amount": ["1200"]}),
    ("card 4111 1111 1111 1111", {"card": ["1111"]}),
    ("number 4111 1111 1111 1112", {"card": ["1112"]}),
    ("number 4111111111111112", {}),
    ("my debit card or the virtual one", {"card_kind": ["debit", "virtual"]}),
    ("a direct debit was credited", {}),
    ("ref. TX-48291 and #99321", {"order": ["TX-48291", "99321"]}),
    ("order number ab12345", {"order": ["AB12345"]}),
    ("I want to order a card", {}),
    ("COVID-19", {}),
    ("gb82 west 1234 5698 7654 32", {"account": ["GB82WEST12345698765432"]}),
    ("sort code 12-34-56, account number 12345678", {"account": ["12-34-56 12345678"]}),
    ("I sent 1,250.75 euros to Maria Lopez", {"amount": ["1250.75"], "currency": ["EUR"], "name": ["Maria Lopez"]}),
    ("account number 12345678, sort code 12-34-56", {"account": ["12-34-56 12345678"]}),
    ("sort code 123456 account 12345678", {"account": ["12-34-56 12345678"]}),
    ("account 12345678", {"account": ["12345678"]}),
    ("ann@example.org", {"email": ["ann@example.org"]}),
    ("call +44 20 7946 0958", {"phone": ["+442079460958"]}),
    ("from the UK to france, tell us", {"country": ["United Kingdom", "France"]}),
    ("I live in the US", {"country": ["United States"]}),
    ("cold turkey with jordan", {}),
    ("in Turkey", {"country": ["Türkiye"]}),
    ("my name is Anna Kowalska", {"name": ["Anna Kowalska"]}),
    ("I sent £5 to Bob Smith yesterday", {"currency": ["GBP"], "amount": ["5"], "name": ["Bob Smith"], "date": ["2026-11-21"]}),
    ("a payment at Marks & Spencer's", {"name": ["Marks & Spencer"]}),
    ("a payment from the ATM", {}),
    ("I PAID TO YOU AT HOME", {}),
]  # fmt: skip


def test_cases_are_there() -> None:
    assert len(CASES) > 60


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_values(text: str, wanted: dict[str, list[str]]) -> None:
    assert values(text) == wanted


def test_offsets_are_of_the_value_alone() -> None:
    found = find_slots("I paid £20.50 at Tesco last Friday with card ending 4321.", today=SUNDAY)
    assert [(slot.name, slot.start, slot.end, slot.text) for slot in found] == [
        ("currency", 7, 8, "£"),
        ("amount", 8, 13, "20.50"),
        ("name", 17, 22, "Tesco"),
        ("date", 23, 34, "last Friday"),
        ("card", 52, 56, "4321"),
    ]


def test_no_value_holds_a_whole_card_number() -> None:
    found = find_slots("4111-1111-1111-1111 and 5500 0000 0000 0004", today=SUNDAY)
    assert [slot.value for slot in found] == ["1111", "0004"]


def test_numbers_as_slots_hold_them() -> None:
    from decimal import Decimal

    assert [plain_number(Decimal(value)) for value in ("20.00", "0.5", "1E+3", "1.239")] == [
        "20",
        "0.50",
        "1000",
        "1.239",
    ]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(st.sampled_from(PARTS), max_size=8).map(" ".join),
        st.lists(st.sampled_from(PARTS), max_size=6).map("".join),
    )
)
def test_slots_fit_the_text_and_never_overlap(text: str) -> None:
    at = 0
    for slot in find_slots(text, today=SUNDAY):
        assert slot.name in SLOTS
        assert slot.value
        assert text[slot.start : slot.end] == slot.text != ""
        assert slot.start >= at
        at = slot.end
