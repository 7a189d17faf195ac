"""Does the risk bound hold? Thresholds drawn on one half of the held-out questions, looked at on the other.

    python tests/benchmarks/risk_bound.py [--json]      (needs HEADWATER_DATA; a minute)

The bundle predicts once; then 200 random halvings of the numbers. The bound says of a threshold: the risk of the population
that the calibration rows were drawn from exceeds the stated one with a probability of at most delta = 0.1. Three counts:

    population   the risk among all rows, of which the half is a random sample without replacement: what the bound is about
                 (a sample without replacement varies less than the binomial one that the test supposes: Hoeffding 1963)
    other_half   the share wrong in the other half, as it is. It is no risk but an estimate of one, and leans against the
                 first half: errors that the one did not get, the other has. The bound does not speak of it
    surely       the other half has more errors than a risk of exactly the stated size gives once in twenty times

And 200 draws with replacement of as many rows as there are, which is the bound's own setting: independent draws of a
population whose risk is known, at the size of the shipped risk.json.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from headwater import load
from headwater.calibration import binomial_cdf
from headwater.data.maps import read_maps
from support_chatbot.commands.calibrate import DEFAULT_MAPS, DEFAULT_SETS, labelled_questions
from support_chatbot.risk.curve import RiskCurve
from support_chatbot.risk.measure import measure
from support_chatbot.risk.thresholds import ASK_RISK, DELTA, answer_threshold, ask_threshold, provable

__all__ = ["drawn", "halved", "held_out"]

MODEL = Path(__file__).resolve().parents[2] / "models" / "support-intent"
RISKS, TIMES, SEED = (0.01, 0.02, 0.025, 0.03, 0.05, 0.10), 200, 13


def held_out(whole: bool = False) -> RiskCurve:
    """The shipped bundle on its held-out rows; `whole`: CLINC150's foreign intents are out of scope too."""
    opened = load(MODEL / "bundle", "intent")
    maps = read_maps(MODEL / "labels.toml") if whole else DEFAULT_MAPS
    return measure(opened, *labelled_questions(DEFAULT_SETS, maps, opened.head.out_of_scope))


def errors(curve: RiskCurve, answer: float, ask: float | None = None) -> tuple[int, int]:
    """Wrong answers and answers; of `ask`, questions asked back at in vain and all that are."""
    met = curve.answered(answer) if ask is None else curve.asked(answer, ask)
    return int((met & ~(curve.right if ask is None else curve.among)).sum()), int(met.sum())


def halved(curve: RiskCurve, risk: float, times: int = TIMES, ask: bool = False) -> dict[str, Any]:
    """What came of `times` random halvings at one risk of answers; `ask`: of asking back, beside that risk."""
    draw = np.random.default_rng(SEED)
    found = []
    for _ in range(times):
        order = draw.permutation(len(curve))
        found.append(_judged(curve, *np.split(order, [len(order) // 2]), risk, ask))
    return _counted(found, times)


def drawn(curve: RiskCurve, risk: float, times: int = TIMES, ask: bool = False) -> dict[str, Any]:
    """The same of draws with replacement, of as many rows as there are; the other half is another such draw."""
    draw = np.random.default_rng(SEED)
    rows = len(curve)
    found = [
        _judged(curve, draw.integers(rows, size=rows), draw.integers(rows, size=rows), risk, ask) for _ in range(times)
    ]
    return _counted(found, times)


def _judged(
    curve: RiskCurve, seen: np.ndarray, other: np.ndarray, risk: float, ask: bool
) -> tuple[bool, bool, bool, float] | None:
    """(population exceeds, other half exceeds, surely, coverage of the other half); None where nothing is proved."""
    drawn_on, judged_on = curve.take(seen), curve.take(other)
    answer = answer_threshold(drawn_on, risk)
    if answer is None:
        return None
    asked_from = ask_threshold(drawn_on, answer) if ask else None
    if ask and asked_from is None:
        return None
    stated = ASK_RISK if ask else risk
    wrong, met = errors(curve, answer, asked_from)
    other_wrong, other_met = errors(judged_on, answer, asked_from)
    surely = other_wrong > 0 and 1 - binomial_cdf(other_wrong - 1, other_met, stated) < 0.05
    return wrong > stated * met, other_wrong > stated * other_met, surely, other_met / len(judged_on)


def _counted(found: list, times: int) -> dict[str, Any]:
    proved = [entry for entry in found if entry is not None]
    counts = {
        name: sum(bool(entry[column]) for entry in proved)
        for column, name in enumerate(("population", "other_half", "surely"))
    }
    coverage = float(np.median([entry[3] for entry in proved])) if proved else None
    return {"times": times, "proved": len(proved), "exceeded": counts, "median_coverage": coverage}


def least(curve: RiskCurve, times: int = TIMES) -> dict[str, Any]:
    """What comes of a team that asks for whatever is the least that its rows prove: a risk chosen by those rows."""
    draw = np.random.default_rng(SEED)
    risks, exceeded = [], 0
    for _ in range(times):
        seen = curve.take(draw.permutation(len(curve))[: len(curve) // 2])
        risk = provable(seen)
        if risk is not None:
            wrong, met = errors(curve, answer_threshold(seen, risk) or 0.0)
            risks.append(risk)
            exceeded += wrong > risk * met
    return {"times": times, "median_risk": float(np.median(risks)), "exceeded": int(exceeded)}


def report() -> dict[str, Any]:
    content: dict[str, Any] = {"delta": DELTA, "ask_risk": ASK_RISK, "populations": {}}
    for name, whole in (("as shipped", False), ("all of CLINC150", True)):
        curve = held_out(whole)
        content["populations"][name] = {
            "rows": len(curve),
            "out_of_scope": int(curve.outside.sum()),
            "least_risk": provable(curve),
            "risks": {
                str(risk): {
                    "halved": halved(curve, risk),
                    "halved_ask": halved(curve, risk, ask=True),
                    "drawn": drawn(curve, risk),
                    "drawn_ask": drawn(curve, risk, ask=True),
                }
                for risk in RISKS
            },
            "least_taken": least(curve),
        }
        sys.stderr.write(f"{name}: done\n")
    return content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    content = report()
    if given.json:
        sys.stdout.write(json.dumps(content, indent=1) + "\n")
        return
    for name, found in content["populations"].items():
        sys.stdout.write(f"{name}: {found['rows']:,} rows; least risk proved {found['least_risk']}\n")
        for risk, kinds in found["risks"].items():
            for kind, entry in kinds.items():
                sys.stdout.write(f"  {risk} {kind}: {entry}\n")


if __name__ == "__main__":
    main()
