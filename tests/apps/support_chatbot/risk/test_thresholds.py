"""Thresholds by hand, and by simulating their promises on populations whose risk is known."""

import numpy as np
import pytest

from headwater.errors import InputError
from support_chatbot.risk.curve import FindScores, RiskCurve
from support_chatbot.risk.thresholds import (
    DELTA,
    NEVER,
    answer_threshold,
    ask_threshold,
    find_threshold,
    provable,
    provable_ask,
    zones_for,
)


def curve(top, right, pair=None, among=None, top_outside=None, outside=None, find=None):
    top, right = np.asarray(top), np.asarray(right, dtype=bool)
    none = np.zeros(len(top), dtype=bool)
    return RiskCurve(
        "b", "1", "d", "int8", "intent", "oos", "2026-11-22", (),
        top=top, pair=top if pair is None else np.asarray(pair), right=right,
        top_outside=none if top_outside is None else top_outside, among=right if among is None else among,
        outside=none if outside is None else outside, length=np.full(len(top), 30), find=find,
    )  # fmt: skip


def blocks(*entries):
    """(rows, top, right) blocks."""
    return (np.repeat([entry[k] for entry in entries], [entry[0] for entry in entries]) for k in (1, 2))


def test_answers_by_hand():
    # 1,000 sure and right, 500 at 0.6 of which half are wrong, 500 that are taken to be out of scope
    top, right = blocks((1000, 9500, 1), (250, 6000, 0), (250, 6000, 1), (500, 9900, 1))
    outside = np.arange(2000) >= 1500
    made = curve(top, right, top_outside=outside, outside=outside)
    threshold = answer_threshold(made, 0.05)
    assert 0.6 < threshold <= 0.95
    assert made.answered(threshold).sum() == 1000
    assert answer_threshold(made, 0.25) == 0.0  # 250 of 1,500 are wrong: a sixth


def test_an_answer_to_an_out_of_scope_question_is_wrong():
    top, right = blocks((900, 9500, 1), (100, 9500, 0))
    made = curve(top, right, outside=~right.astype(bool))
    assert answer_threshold(made, 0.05) is None
    assert answer_threshold(made, 0.15) == 0.0


def test_a_threshold_of_four_digits_parts_the_rows_as_the_grid_did():
    for seed in range(20):
        draw = np.random.default_rng(seed)
        top = draw.integers(3000, 9999, size=1500)
        made = curve(top, draw.random(1500) < (top / 10_000) ** 0.5)
        threshold = answer_threshold(made, 0.10)
        if threshold is not None:
            assert round(threshold * 10_000) / 10_000 == threshold
            exact = np.floor((top + draw.random(1500)) * 1e8) / 1e12  # what was rounded down
            assert ((exact >= threshold) == made.answered(threshold)).all()


def test_what_cannot_be_proved_is_said():
    made = curve(np.full(100, 9900), np.ones(100))
    least = provable(made)
    said = rf"at most 1\.0% wrong .* cannot be proved with these 100 answers .* least that can is {least:.1%}"
    with pytest.raises(InputError, match=said):
        zones_for(made, 0.01)
    assert answer_threshold(made, least) is not None
    assert answer_threshold(made, least - 0.001) is None
    assert provable(curve(np.full(100, 9900), np.zeros(100))) is None
    with pytest.raises(InputError, match="nor can any up to 50%"):
        zones_for(curve(np.full(100, 9900), np.zeros(100)), 0.02)


def test_asking_by_hand():
    # Below the answers, 1,000 with the right one among the two nine times in ten, and 1,000 where it never is
    top, right = blocks((1000, 9900, 1), (1000, 6000, 0), (1000, 3000, 0))
    pair = np.repeat([9900, 9000, 4000], 1000)
    among = right.astype(bool) | (np.arange(3000) % 10 > 0) & (np.arange(3000) < 2000)
    made = curve(top, right, pair, among)
    zones = zones_for(made, 0.05, ask_risk=0.2)
    assert 0.4 < zones.ask <= 0.9
    assert made.asked(zones.answer, zones.ask).sum() == 1000
    assert ask_threshold(made, zones.answer, 0.08) is None
    assert zones_for(made, 0.05, ask_risk=0.08).ask == NEVER
    assert 0.1 < provable_ask(made, zones.answer) < 0.2


def test_zones_agree_with_the_rows_that_they_part():
    top, right = blocks((1000, 9500, 1), (500, 6000, 0))
    zones = zones_for(curve(top, right), 0.05, find=0.55)
    assert (zones.find, zones.out_of_scope) == (0.55, "oos")
    assert zones.zone([("a", 0.95), ("b", 0.01)]) == "answer"
    assert zones.zone([("a", 0.60), ("b", 0.01)]) != "answer"


def test_find_by_hand():
    # 0 of 45 above it prove 5 % (0.95^45 = 0.0994); 44 do not
    assert find_threshold(FindScores(np.full(45, 3050), np.zeros(0)), 0.05) == 0.31
    assert find_threshold(FindScores(np.full(44, 3050), np.zeros(0)), 0.05) is None
    # Of 100, two above are as likely as 0.118 at 5 %, one 0.037
    scores = np.array([9000, 7000, 5000] + [1000] * 97)
    assert find_threshold(FindScores(scores, np.zeros(0)), 0.05) == 0.71
    assert find_threshold(FindScores(scores, np.zeros(0)), 0.99) == 0.11  # all but the 97, as 100 of 100 are too many
    with pytest.raises(InputError, match="between 0 and 1"):
        find_threshold(FindScores(scores, np.zeros(0)), 0.0)


def test_nothing_is_quoted_where_nothing_was_measured():
    top, right = blocks((1000, 9500, 1), (10, 6000, 0))
    assert zones_for(curve(top, right), 0.05).find == NEVER
    made = curve(top, right, find=FindScores(np.full(100, 2000), np.zeros(0)))
    assert zones_for(made, 0.05, find=0.9).find == 0.21


def sampled(draw, rows):
    """A fifth out of scope, a third of those taken for an intent; a model whose confidence says little of its errors.

    The chances of an error by confidence and of the right one among two are given, so that the true risks are too.
    """
    sure = 1 - draw.beta(0.6, 3.0, size=rows)
    outside = draw.random(rows) < 0.2
    top_outside = np.where(outside, draw.random(rows) < 0.67, draw.random(rows) < 0.02)
    wrong = outside | (draw.random(rows) < 0.01 + 0.3 * (1 - sure))
    among = ~outside & (~wrong | (draw.random(rows) < 0.6))
    right = np.where(top_outside, outside, ~wrong)
    top = (sure * 10_000).astype(int)
    pair = np.minimum(10_000, top + ((10_000 - top) * draw.random(rows)).astype(int))
    sure_of_oos = top_outside & (draw.random(rows) < 0.8)
    return curve(top, right, np.where(sure_of_oos, 10_000 - top, pair), among, top_outside, outside)


@pytest.mark.parametrize(("risk", "ask_risk"), [(0.14, 0.45), (0.11, 0.40)])
def test_both_promises_hold_over_draws(risk, ask_risk):
    everyone = sampled(np.random.default_rng(0), 1_000_000)
    times, proved, answers, asks, asked = 200, 0, 0, 0, 0
    for seed in range(1, times + 1):
        seen = sampled(np.random.default_rng(seed), 2000)
        answer = answer_threshold(seen, risk)
        if answer is None:
            continue
        proved += 1
        met = everyone.answered(answer)
        answers += (met & ~everyone.right).sum() > risk * met.sum()
        ask = ask_threshold(seen, answer, ask_risk)
        if ask is not None:
            asked += 1
            met = everyone.asked(answer, ask)
            asks += (met & ~everyone.among).sum() > ask_risk * met.sum()
    assert proved > 40  # the test can fail
    assert asked > 20
    assert answers <= DELTA * times + 13  # 3 standard deviations of 200 at 0.1
    assert asks <= DELTA * times + 13


def test_the_share_of_quotes_holds_over_draws():
    draw = np.random.default_rng(5)
    exceeded = 0
    for _ in range(400):
        cosine = find_threshold(FindScores((draw.random(300) * 10_000).astype(int), np.zeros(0)), 0.1)
        exceeded += 1 - cosine > 0.1  # the true share above it
    assert 0 < exceeded <= 0.1 * 400 + 18
