"""Money, percentages and quantities, case by case: the words that are found, and what they say."""

import itertools
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headwater.values import KINDS, find_values
from headwater.values.amounts import find_money, find_percentages, find_quantities
from headwater.values.numbers import find_numbers, read_figures

MONEY = [
    ("EUR 3m", [("EUR 3m", "EUR 3000000")]),
    ("EUR3bn", [("EUR3bn", "EUR 3000000000")]),
    ("a USD1.5m-2m loan, GBP40 each", [("USD1.5m", "USD 1500000"), ("2m", "USD 2000000"), ("GBP40", "GBP 40")]),
    ("RON95, AMEUR3 and eur5", []),
    ("3 million euros", [("3 million euros", "EUR 3000000")]),
    ("three million euros", [("three million euros", "EUR 3000000")]),
    ("two hundred dollars", [("two hundred dollars", "USD 200")]),
    ("€3bn of debt", [("€3bn", "EUR 3000000000")]),
    ("US$ 45", [("US$ 45", "USD 45")]),
    ("a US$3m-backed fund", [("US$3m", "USD 3000000")]),
    ("$20 T-shirts, 5m-long", [("$20", "USD 20")]),
    ("£1.2m", [("£1.2m", "GBP 1200000")]),
    ("$20 AUD", [("$20 AUD", "AUD 20")]),
    ("EUR 20 EUR 30", [("EUR 20", "EUR 20"), ("EUR 30", "EUR 30")]),
    ("20 EUR 30", [("20 EUR", "EUR 20")]),
    ("1.250,50 €", [("1.250,50 €", "EUR 1250.5")]),
    ("EUR 1,234,567.89", [("EUR 1,234,567.89", "EUR 1234567.89")]),
    ("CHF 1'250'000", [("CHF 1'250'000", "CHF 1250000")]),
    ("12 500 EUR", [("12 500 EUR", "EUR 12500")]),
    ("INR 1,50,00,000", [("INR 1,50,00,000", "INR 15000000")]),
    ("€1.250", [("€1.250", "EUR 1250")]),
    ("$1.250 billion", [("$1.250 billion", "USD 1250000000")]),
    ("EUR 1,250 million", [("EUR 1,250 million", "EUR 1250000000")]),
    ("$0.0312 a share", [("$0.0312", "USD 0.0312")]),
    ("$3-5 million", [("$3-5 million", "USD 3000000..5000000")]),
    ("3 to 5 million euros", [("3 to 5 million euros", "EUR 3000000..5000000")]),
    ("between $3 and $5 million", [("$3", "USD 3000000"), ("$5 million", "USD 5000000")]),
    ("from $300 to $5 million in cash", [("$300", "USD 300000000"), ("$5 million", "USD 5000000")]),
    ("EUR 3m-5m", [("EUR 3m", "EUR 3000000"), ("5m", "EUR 5000000")]),
    ("EUR 3bn to 5bn", [("EUR 3bn", "EUR 3000000000"), ("5bn", "EUR 5000000000")]),
    ("an A-5 USD", []),
    ("$3m-$5m", [("$3m", "USD 3000000"), ("$5m", "USD 5000000")]),
    ("EUR 3m to 5 people", [("EUR 3m", "EUR 3000000")]),
    ("EUR 3m and 5 million people", [("EUR 3m", "EUR 3000000")]),
    ("a loss of -$5m", [("-$5m", "USD -5000000")]),
    ("a loss of $-5m", [("$-5m", "USD -5000000")]),
    ("$20 T-shirts", [("$20", "USD 20")]),
    ("$5 M&A", [("$5", "USD 5")]),
    ("in 2024", []),
    ("from 2019 to 2024", []),
    ("5 m", []),
    ("page 3", []),
    ("3 EURO-zone", [("3 EURO", "EUR 3")]),
    ("millions of euros", []),
    ("20 % USD bonds", []),
    ("#4 USD", []),
    ("a million reasons", []),
    ("top 10 US banks", []),
]
PERCENTAGES = [
    ("3.1 %", [("3.1 %", "0.031")]),
    ("3,1%", [("3,1%", "0.031")]),
    ("100%", [("100%", "1")]),
    ("3.125 %", [("3.125 %", "0.03125")]),
    ("three per cent", [("three per cent", "0.03")]),
    ("12.5 percent", [("12.5 percent", "0.125")]),
    ("12.5pp", [("12.5pp", "0.125")]),
    ("0.5 percentage points", [("0.5 percentage points", "0.005")]),
    ("25 bps", [("25 bps", "0.0025")]),
    ("25 basis points", [("25 basis points", "0.0025")]),
    ("fell -2 %", [("-2 %", "-0.02")]),
    ("3-5 %", [("3-5 %", "0.03..0.05")]),
    ("50%-owned", [("50%", "0.5")]),
    ("%20 and % of", []),
    ("a percentage", []),
    ("5 bpsomething", []),
    ("3.1 points", []),
]
QUANTITIES = [
    ("5 kg", [("5 kg", "5 kg")]),
    ("1.2 million barrels", [("1.2 million barrels", "1200000 bbl")]),
    ("10,000 barrels per day", [("10,000 barrels per day", "10000 bbl/d")]),
    ("3.5 MW", [("3.5 MW", "3.5 MW")]),
    ("3.5 mw", []),
    ("30 days", [("30 days", "30 d")]),
    ("30 Business Days", [("30 Business Days", "30 business d")]),
    ("a 5-year bond", [("5-year", "5 a")]),
    ("five years", [("five years", "5 a")]),
    ("2-3 weeks", [("2-3 weeks", "2..3 wk")]),
    ("300 shares", [("300 shares", "300 share")]),
    ("100 m² of land", [("100 m²", "100 m2")]),
    ("20 °C", [("20 °C", "20 °C")]),
    ("0.250 t", [("0.250 t", "0.25 t")]),
    ("5 m", []),
    ("5 tall men", []),
    ("3 kgs", []),
    ("May 2024", []),
    ("no. 5 kgx", []),
]


@pytest.mark.parametrize(("text", "expected"), MONEY, ids=lambda value: value if isinstance(value, str) else "")
def test_money(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[value.start : value.end], value.value) for value in find_money(text)] == expected


@pytest.mark.parametrize(("text", "expected"), PERCENTAGES, ids=lambda value: value if isinstance(value, str) else "")
def test_percentages(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[value.start : value.end], value.value) for value in find_percentages(text)] == expected


@pytest.mark.parametrize(("text", "expected"), QUANTITIES, ids=lambda value: value if isinstance(value, str) else "")
def test_quantities(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(text[value.start : value.end], value.value) for value in find_quantities(text)] == expected


@pytest.mark.parametrize(
    ("figures", "decimal", "value"),
    [("1.250", ".", "1.25"), ("1.250", ",", "1250"), ("1,250", ",", "1.25"), ("1,250", ".", "1250"), ("0,125", "auto", "0.125")],
)  # fmt: skip
def test_the_decimal_sign_can_be_said(figures: str, decimal: str, value: str) -> None:
    assert read_figures(figures, decimal) == Decimal(value)
    assert [found.value for found in find_money(f"EUR {figures} bn", decimal)] == [f"EUR {int(Decimal(value) * 10**9)}"]


@given(st.decimals(0, 10**12, places=2), st.sampled_from([("", "."), (",", "."), (".", ","), (" ", ","), ("'", ".")]))
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_again(value: Decimal, signs: tuple[str, str]) -> None:
    """Any amount with two decimals, in the ways that Europe and America write it."""
    written = f"{value:,.2f}".translate({ord(","): signs[0] or None, ord("."): signs[1]})
    (number,) = find_numbers(f"about {written} of it")
    assert number.values() == (value,)


@given(st.lists(st.sampled_from(["1", "2,5", "EUR", "$", " ", "m", "-", "%", "two", "million", "May", "2024", "/", ".", "kg", "AAPL", "\ud800", "٣", "\n"])).map(" ".join))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_values_of_a_kind_stand_inside_and_apart(text: str) -> None:
    for kind in KINDS:
        found = find_values(text, [kind])
        assert all(0 <= value.start < value.end <= len(text) and value.kind == kind for value in found)
        assert all(before.end <= after.start for before, after in itertools.pairwise(found)), (kind, found)


@pytest.mark.parametrize("piece", ["1 ", "1,", "1", "one ", "GB82 ", "$", "1-", "1/1/", "Q1 ", "may "])
def test_long_rubbish_takes_no_longer_than_its_length(piece: str) -> None:
    """A quadratic pattern would take minutes for 200,000 characters."""
    before = time.process_time()
    find_values(piece * (200_000 // len(piece)))
    assert time.process_time() - before < 30
