"""Finding the texts that kill, counted in deaths."""

import pytest

from headwater.errors import ScoringError
from headwater.scoring.deadly import deadly


class Victim:
    """Dies of some texts, and counts."""

    def __init__(self, *kills: str) -> None:
        self.kills, self.deaths, self.asked = set(kills), 0, 0

    def __call__(self, texts) -> bool:
        self.asked += 1
        dies = bool(self.kills & set(texts))
        self.deaths += dies
        return not dies


TEXTS = [f"text {number}" for number in range(2000)]


def test_one_bad_text_of_2000_costs_three_deaths():
    victim = Victim("text 1234")
    assert deadly(TEXTS, victim) == [1234]
    # 63 pieces of 32 texts (one dies), 32 single texts, the one that died once more.
    assert (victim.deaths, victim.asked) == (3, 63 + 32 + 1)


def test_all_are_found_in_order():
    assert deadly(TEXTS, Victim("text 0", "text 1999", "text 31", "text 32")) == [0, 31, 32, 1999]
    assert deadly(["a"], Victim("a")) == [0]
    assert deadly([], Victim("a")) == []


def test_texts_are_not_blamed_for_one_death():
    deaths = iter([False, False])  # the first two times that anything is scored
    assert deadly(TEXTS, lambda texts: next(deaths, True)) == []


def test_where_everything_kills_it_is_not_the_texts():
    victim = Victim(*TEXTS)
    with pytest.raises(ScoringError, match="more than 10 of 2000 texts .* not the texts"):
        deadly(TEXTS, victim)
    assert victim.deaths == 1 + 11 * 2
