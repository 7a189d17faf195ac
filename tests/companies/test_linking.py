"""Which company a name means, and which it does not."""

import time

import pytest

from headwater.companies.linking import Found
from headwater.companies.table import Companies
from headwater.spans import Span
from tests.benchmarks.company_linking import ROWS, figures, given, read_rows


@pytest.fixture(scope="module")
def companies() -> Companies:
    return Companies.open()


def linked(companies: Companies, text: str, name: str) -> str | None:
    """The company of a mention, the first place where `name` stands."""
    start = text.index(name)
    (found,) = companies.link(text, [Span(start, start + len(name), "neutral")]).mentions
    return found and found.company


def test_one_rises_and_the_other_falls(companies: Companies) -> None:
    found = companies.link("Siemens rises as GE falls", [Span(0, 7, "positive"), Span(17, 19, "negative")])
    assert [there and there.company for there in found.mentions] == ["siemens", "ge-aerospace"]
    assert found.missed == ()


@pytest.mark.parametrize(
    ("text", "name", "company"),
    [
        ("Siemens Gamesa to close two plants", "Siemens Gamesa", None),
        ("Siemens Gamesa to close two plants", "Siemens", None),
        ("Siemens Energy lifts outlook", "Siemens", "siemens-energy"),
        ("Siemens AG lifts outlook", "Siemens AG", "siemens"),
        ("Toyota Sparkle lifts outlook", "Toyota Sparkle", None),
        ("Shares of Siemens's rival fell", "Siemens", "siemens"),
        ("SIEMENS SHARES FALL", "SIEMENS", "siemens"),
        ("Blackrock cuts fees", "Blackrock", "blackrock"),
        ("Nestlé and Nestle are one", "Nestlé", "nestle"),
        ("Itv is no name, ITV is", "Itv", None),
        ("Nvidia-backed start-up raises $10 million", "Nvidia", "nvidia"),
        ("Delta variant spreads", "Delta", None),
        ("Delta raises fares on Atlanta flights", "Delta", "delta"),
        ("Orange juice futures rise", "Orange", None),
        ("Orange County sells bonds", "Orange", None),
        ("Harrison Ford says no", "Ford", None),
        ("Gap Inc to open in Kyiv", "Gap Inc", "gap"),
        ("the gap between yields widened", "gap", None),
        ("NVDA and AMD lead", "NVDA", "nvidia"),
        ("ALL STOCKS FALL", "ALL", None),
    ],
)
def test_a_mention_is_linked_or_not(companies: Companies, text: str, name: str, company: str | None) -> None:
    assert linked(companies, text, name) == company


def test_a_name_of_two_goes_by_what_stands_around_it(companies: Companies) -> None:
    assert linked(companies, "Merck raises Keytruda forecast", "Merck") == "merck"
    assert linked(companies, "Darmstadt-based Merck sees electronics recovering", "Merck") == "merck-kgaa"
    assert linked(companies, "Merck rises", "Merck") is None


def test_an_unsure_name_is_sure_where_the_full_one_stands(companies: Companies) -> None:
    text = "Next plc surprised the market. Next, too, had a good Christmas"
    start = text.rindex("Next")
    assert companies.link(text, [Span(start, start + 4, "positive")]).mentions[0] == Found(start, start + 4, "next")


@pytest.mark.parametrize(
    ("text", "missed"),
    [
        ("Boeing (NYSE: BA) and Tesla rise", ["boeing", "boeing", "tesla"]),
        ("$AAPL, $F and <BP.L>", ["apple", "ford", "bp"]),
        ("(LSE: AAL) is not (NASDAQ: AAL)", ["anglo-american", "american-airlines"]),
        ("(NASDAQ: SIE) is nobody", []),
        ("Honda (7267.T), Tencent (700.HK)", ["honda", "honda", "tencent", "tencent"]),
        ("She paid $50 and left at 4.N", []),
        ("He chose Toyota Boshoku over Toyota Sparkle", []),
        ("People's Bank of China cuts rates", []),
        ("Apple pie, visa fees and the next target", []),
        ("the shell of an oracle, orange with carnival paint", []),
    ],
)
def test_what_no_model_saw(companies: Companies, text: str, missed: list[str]) -> None:
    found = companies.link(text, ()).missed
    assert sorted(there.company for there in found) == sorted(missed)
    assert all(0 <= there.start < there.end <= len(text) for there in found)


@pytest.mark.parametrize("text", ["", " ", "\x00\ud800", "’s", "$", "(NYSE:", "🚀" * 50, "A" * 5000, "Apple " * 500])
def test_any_text_is_read(companies: Companies, text: str) -> None:
    spans = [Span(0, len(text), "neutral")] if text else []
    assert len(companies.link(text, spans).mentions) == len(spans)


def test_the_sentences_of_the_benchmark_are_sound(companies: Companies) -> None:
    rows = read_rows()
    assert len(rows) >= 200, ROWS
    assert len({row.text for row in rows}) == len(rows)
    assert {name.label for row in rows for name in row.names} - {""} <= set(companies)
    assert all(row.text[s.start : s.end].strip() == row.text[s.start : s.end] != "" for row in rows for s in row.names)
    assert sum(not name.label for row in rows for name in row.names) >= 100


def test_the_other_half_is_linked_as_well_as_was_said(companies: Companies) -> None:
    rows = read_rows("test")
    found = figures(rows, [given(companies, row) for row in rows])
    assert found["precision"].value >= 0.94
    assert found["recall"].value >= 0.97


def test_a_very_long_text_is_linked_in_linear_time(companies: Companies) -> None:
    text = "Apple " * 20_000  # an unsure name with hints, each a mention: a loop over all for each would take minutes
    spans = [Span(start, start + 5, "neutral") for start in range(0, len(text), 6)]
    started = time.process_time()
    assert len(companies.link(text, spans).mentions) == 20_000
    assert time.process_time() - started < 5
