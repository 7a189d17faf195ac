from dataclasses import replace
from datetime import timedelta

import pytest

from sentiment_monitor.stories.facts import facts_of
from sentiment_monitor.stories.likeness import BARS, clash, jaccard, relation

SOON, LATER = timedelta(hours=1), timedelta(days=3)

APART = [
    ("Shell raises its dividend by 5%", "BP raises its dividend by 5%", "company"),
    ("SHELL RAISES CRUDE PRICES", "CHEVRON RAISES CRUDE PRICES", "company"),
    ("$AAPL gains 3% on strong sales", "$MSFT gains 3% on strong sales", "company"),
    ("Nestle Q1 profit up 4%", "Nestle Q2 profit up 4%", "period"),
    ("Nestle first-quarter sales beat forecasts", "Nestle third quarter sales beat forecasts", "period"),
    ("UK inflation slowed in October", "UK inflation slowed in November", "period"),
    ("Dow closes higher on Monday", "Dow closes higher on Tuesday", "period"),
    ("Tesla shares rise 4%", "Tesla shares fall 4%", "direction"),
    ("Uber price target raised to $50 at Oppenheimer", "Uber price target raised to $50 at Citi", "company"),
    ("<PREMDOR INC> 4TH QTR NET\nShr 35 cts", "<CCL INDUSTRIES INC> 4TH QTR NET\nShr 15 cts", "company"),
    ("S&P 500 lost 15.57 points, or 0.36%", "S&P 500 lost 28.89 points, or 0.75%", "amounts"),
    ("Oil rises as demand fell", "Oil falls as demand rose", "direction"),
    ("Fed raises rates by a quarter point", "Fed cuts rates by a quarter point", "direction"),
]
TOGETHER = [
    ("Shell raises its dividend by 5%", "Shell lifts payout 5%"),
    ("Nestle Q1 profit up 4%", "Nestle's first-quarter profit rose 4 percent"),
    ("Bank of England holds rates", "BANK OF ENGLAND HOLDS RATES"),
    ("Linnea Telecom loses 41,000 customers", "Swedish phone firm Linnea says 41,000 customers left"),
]


@pytest.mark.parametrize(("one", "other", "why"), APART)
def test_what_differs_in_company_period_or_direction_is_two_stories_however_near(one, other, why):
    first, later = facts_of(one), facts_of(other)
    assert clash(first, later) == clash(later, first) == why
    assert relation(first, later, 0.999, SOON) is None


@pytest.mark.parametrize(("one", "other"), TOGETHER)
def test_the_same_news_in_other_words_does_not_clash(one, other):
    first, later = facts_of(one), facts_of(other)
    assert clash(first, later) is clash(later, first) is None
    assert relation(first, later, 0.95, SOON) is not None
    assert relation(first, later, BARS.least - 0.01, SOON) in (None, "copy")


def test_other_words_join_within_hours_and_the_same_words_within_the_window():
    first, other = facts_of("Shell raises its dividend by 5%"), facts_of("Shell lifts payout 5%")
    assert relation(first, other, 0.95, SOON) == "same"
    assert relation(first, other, 0.95, LATER) is None
    assert relation(first, first, 1.0, LATER) == "copy"


def test_one_word_that_says_the_same_days_later_is_another_story():
    halted = facts_of("Halted.")
    assert relation(halted, halted, 1.0, SOON) == "copy"
    assert relation(halted, halted, 1.0, LATER) is None


def test_an_update_is_one_by_its_mark():
    first, later = facts_of("Bank shares slump 5%"), facts_of("UPDATE 1-Bank shares slump 9%")
    assert relation(first, later, 0.95, SOON) == "update"
    assert relation(first, facts_of("UPDATE 1-Bank shares slump 5%"), 1.0, SOON) == "update"
    assert relation(first, facts_of("RPT-Bank shares slump 5%"), 1.0, SOON) == "copy"


def test_amounts_that_agree_lower_the_bar_and_amounts_that_differ_join_by_words_alone():
    bars = replace(BARS, shared=0.5, alike=0.7)
    first = facts_of("Shell earned $5.2 billion")
    for cosine, text in {0.6: "Shell profit was 5.2 bln dollars", 0.8: "Shell posts large earnings"}.items():
        assert relation(first, facts_of(text), cosine, SOON, bars=bars) == "same"
        assert relation(first, facts_of(text), cosine - 0.15, SOON, bars=bars) is None
    assert relation(first, facts_of("Shell profit was 4.9 bln"), 0.999, SOON, bars=bars) is None
    drop = "Shares in Shell fell as much as {} in London after it put off its results without giving a new date"
    later = facts_of(drop.format("9%"))
    assert relation(facts_of(drop.format("5%")), later, 0.5, SOON) == "copy"
    assert relation(facts_of(drop.format("5%")), later, 0.5, LATER) is None


def test_the_same_headline_lowers_the_bar():
    first, later = facts_of("Oil talks\nMinisters met."), facts_of("Oil talks\nThey sat for hours.")
    assert relation(first, later, BARS.titled, SOON) is None
    assert relation(first, later, BARS.titled, SOON, titled=True) == "same"


def test_amounts_are_alike_however_they_are_written():
    one, other = (facts_of(text).numbers for text in ("£48m, up 3.50 pct in 2026", "48 million pounds; a rise of 3.5%"))
    assert one == other == {"48000000", "3.5%"}


def test_jaccard_of_nothing_is_nothing():
    assert jaccard(frozenset(), frozenset()) == 0
    assert jaccard(frozenset("ab"), frozenset("ab")) == 1
