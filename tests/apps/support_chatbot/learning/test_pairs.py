import numpy as np
import pytest

from headwater.intervals import wilson
from support_chatbot.learning.pairs import best_answer
from support_chatbot.learning.talk import Exchange


def exchange(number: int, answer: str, resolution: str = "unknown", agent: str | None = None) -> Exchange:
    return Exchange("why", answer, f"t{number}", agent or f"t{number}", resolution, number, number + 1)


NORTH, EAST, BETWEEN = (1.0, 0.0), (0.0, 1.0), (0.6, 0.8)


def test_agreement_is_the_mean_cosine_to_other_agents_worked_by_hand() -> None:
    given = [exchange(0, "a", agent="ann"), exchange(1, "b", agent="ann"), exchange(2, "c", agent="bob")]
    best = best_answer(given, np.array([NORTH, BETWEEN, BETWEEN]))
    # "b" and "c" are alike. c agrees with a by 0.6 and b by 1.0: 0.8. b agrees with c alone, ann's own left out: 1.0.
    assert best is not None and best.text == "b" and best.agreement == pytest.approx(1.0)
    assert (best.alike, best.conversations) == (2, 3)


def test_what_resolved_goes_before_what_only_agents_agree_on() -> None:
    given = [exchange(n, "wait", "unresolved") for n in range(4)] + [exchange(n, "do", "resolved") for n in range(4, 8)]
    best = best_answer(given, np.array([NORTH] * 4 + [EAST] * 4))
    assert best is not None and best.text == "do" and (best.resolved, best.known) == (4, 4)
    assert best.score == pytest.approx((wilson(4, 4).low + best.agreement) / 2, abs=1e-3)
    assert best.seen == ("t4 line 5", "t5 line 6", "t6 line 7", "t7 line 8")


def test_one_lucky_end_does_not_beat_many() -> None:
    given = [exchange(0, "lucky", "resolved")] + [exchange(n, "tried", "resolved") for n in range(1, 9)]
    best = best_answer([*given, exchange(9, "tried", "unresolved")], np.array([NORTH] + [EAST] * 9))
    assert best is not None and best.text == "tried"


def test_a_conversation_counts_once_however_often_it_says_the_same() -> None:
    given = [exchange(0, "do", "resolved"), exchange(0, "do", "resolved"), exchange(1, "do", "resolved")]
    best = best_answer(given, np.array([EAST] * 3))
    assert best is not None and (best.resolved, best.alike) == (2, 2)


def test_ties_go_to_the_shorter_then_the_later() -> None:
    given = [exchange(0, "long words"), exchange(1, "short"), exchange(2, "brief")]
    best = best_answer(given, np.array([EAST] * 3))
    assert best is not None and best.text == "brief"


def test_nothing_given_is_no_answer() -> None:
    assert best_answer([], np.zeros((0, 2))) is None
