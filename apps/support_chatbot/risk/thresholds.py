"""From the risk that the team allows to the thresholds that keep it, each with a finite-sample bound.

Three promises, each by itself with probability 1 - delta over the draw of the held-out questions, for a risk that was
chosen before they were looked at, and as long as live questions are draws of the same kind (see `drift`):

    answer   of the questions that are answered, at most the share `risk` gets the wrong answer
    ask      of the questions that are asked back at, at most the share `ask_risk` is not offered its intent
    find     of the questions that the help centre does not cover, at most the share `find_share` gets a quote

Learn then test (Angelopoulos et al. 2021) of a fixed grid of thresholds, with exact binomial tests that share delta by
the fallback procedure (Wiens 2003); selective risk and its curve are Geifman and El-Yaniv's (2017). All of it stands in
`headwater.calibration.risk_thresholds`.

The questions that are left to ask at depend on the answer threshold, which was found on the same rows. Halving the rows
would keep the promise and cost half the power of the answer's; instead ask's promise is tested at delta / 101 for the
one answer threshold that came out: there are 100 that could have (and none at all), so that by Bonferroni all 101 tests
hold together with probability 1 - delta, whichever is looked at.
"""

import math
from collections.abc import Callable

import numpy as np

from headwater.calibration import GRID, binomial_cdf, risk_thresholds
from headwater.errors import InputError
from support_chatbot.risk.curve import SCALE, FindScores, RiskCurve
from support_chatbot.risk.zones import Zones

__all__ = [
    "ASK_RISK",
    "DELTA",
    "FIND_SHARE",
    "NEVER",
    "answer_threshold",
    "ask_threshold",
    "find_threshold",
    "provable",
    "provable_ask",
    "why_not",
    "zones_for",
]

DELTA, ASK_RISK, FIND_SHARE = 0.1, 0.3, 0.05
NEVER = 2.0  # above every probability and cosine
STEP, LARGEST = 0.001, 0.5  # of the risks that are tried


def zones_for(
    curve: RiskCurve,
    risk: float,
    delta: float = DELTA,
    *,
    ask_risk: float = ASK_RISK,
    find_share: float = FIND_SHARE,
    find: float | None = None,
) -> Zones:
    """The thresholds that keep the three promises; `find` is the cosine to use where none was measured.

    A threshold of NEVER is one that these rows cannot prove: nothing is asked, or nothing quoted. Raises InputError where
    they cannot prove the answers' risk, naming the least that they can.
    """
    answer = answer_threshold(curve, risk, delta)
    if answer is None:
        raise InputError(why_not(curve, risk, delta))
    ask = ask_threshold(curve, answer, ask_risk, delta)
    cosine = find if curve.find is None else find_threshold(curve.find, find_share, delta)
    return Zones(answer, NEVER if ask is None else ask, NEVER if cosine is None else cosine, curve.out_of_scope)


def why_not(curve: RiskCurve, risk: float, delta: float) -> str:
    """Why a risk is not to be had, in a sentence."""
    least, answers = provable(curve, delta), int((~curve.top_outside).sum())
    instead = f"the least that can is {least:.1%}" if least is not None else f"nor can any up to {LARGEST:.0%}"
    return (
        f"at most {risk:.1%} wrong answers cannot be proved with these {answers:,} answers ({1 - delta:.0%} sure); "
        f"{instead}: allow that, or calibrate on more labelled questions"
    )


def answer_threshold(curve: RiskCurve, risk: float, delta: float = DELTA) -> float | None:
    """The lowest probability above which at most the share `risk` of the answers is wrong; None where not provable.

    A wrong answer is an intent that is not the question's, which every answer to an out-of-scope question is.
    """
    open_to = ~curve.top_outside
    return _lowest(curve.confidence[open_to], curve.right[open_to], risk, delta)


def ask_threshold(curve: RiskCurve, answer: float, risk: float = ASK_RISK, delta: float = DELTA) -> float | None:
    """The lowest joint probability of the two likeliest intents above which at most the share `risk` lacks the right one.

    Of the rows that are not answered at `answer`; of out-of-scope questions the right one is never among them.
    """
    rest = ~curve.answered(answer)
    return _lowest(curve.joint[rest], curve.among[rest], risk, delta / (len(GRID) + 1))


def _lowest(sure: np.ndarray, fine: np.ndarray, risk: float, delta: float) -> float | None:
    found = risk_thresholds(sure, fine, (risk,), delta)
    # Rows are rounded down to four digits: the same rows lie above a threshold that is rounded up.
    return math.ceil(round(found[0].threshold * SCALE, 6)) / SCALE if found else None


def find_threshold(scores: FindScores, share: float = FIND_SHARE, delta: float = DELTA) -> float | None:
    """The lowest cosine at which at most the share of uncovered questions gets a quote; None where not provable.

    The share falls as the cosine rises, so that cosines from 1 downwards (steps of 0.01) are tested in that order, each
    at the whole delta, up to the first that fails (fixed sequence testing: Maurer et al. 1995).
    """
    if not 0 < share < 1 or not 0 < delta < 1:
        raise InputError(f"expected a share and a delta between 0 and 1, got {share} and {delta}")
    lowest = None
    for cosine in range(SCALE, -1, -SCALE // 100):
        quoted = int((scores.uncovered >= cosine).sum())
        if binomial_cdf(quoted, len(scores.uncovered), share) > delta:
            break
        lowest = cosine / SCALE
    return lowest


def provable(curve: RiskCurve, delta: float = DELTA) -> float | None:
    """The least risk of answers that these rows prove, in steps of 0.1 %; None where none up to 50 % is.

    A guide to what can be asked for. Who takes it because it came out lowest has chosen by these very rows.
    """
    return _least(lambda risk: answer_threshold(curve, risk, delta) is not None)


def provable_ask(curve: RiskCurve, answer: float, delta: float = DELTA) -> float | None:
    """The least risk of asking back in vain that these rows prove, beside an answer threshold."""
    return _least(lambda risk: ask_threshold(curve, answer, risk, delta) is not None)


def _least(holds: Callable[[float], bool]) -> float | None:
    """By halving: what is proved for one risk is proved for every larger one, as each p-value falls with the risk."""
    low, high = 0, round(LARGEST / STEP)
    if not holds(LARGEST):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle * STEP) else (middle, high)
    return round(high * STEP, 3)
