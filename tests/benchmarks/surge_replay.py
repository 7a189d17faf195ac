"""Surges caught, how soon, and false alarms: the monitor's alerts beside other detectors, at one budget of false alarms.

    python tests/benchmarks/surge_replay.py [--json]       (four minutes on one idle core)

made      histories of `surges.py`, 180 days and 12 topics each. Thresholds: the loosest that tell at most one false alarm a
          month and topic in a history without surges (seed 11). Measured on two others with surges (12, 13), from the 29th
          day on. Surges that lie in what a detector learns from make all of them quieter, and not alike, so that they end
          at different false alarms; hence `matched`: thresholds of the same budget in the same history with its surges
          (added when the first figures had shown this). All detectors see the same counts at the same ticks, and open,
          end and cool down by the same code.
reuters   the dates of reuters21578 (needs HEADWATER_DATA), with two draws of surges, from the sixteenth day on. Thresholds
          are those of `made`: "false alarms" of the plain dates may be real news that nobody has labelled.

False alarms have a bootstrap interval over weeks, all topics of a week together; recall Wilson's; delays (hours, median of
what was caught) a bootstrap's. `against` compares each detector with the monitor's alerts on the same surges: difference in
recall (the monitor's less its), and in delay where both caught one (the monitor's less its), with bootstrap intervals.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import numpy as np

from headwater.intervals import bootstrap, wilson
from sentiment_monitor.alerts.rule import Alert, Rule
from sentiment_monitor.alerts.rules import read_rules
from sentiment_monitor.replay.budget import chances, read_budget, within
from sentiment_monitor.replay.history import History, Surge
from sentiment_monitor.replay.report import MONTH, Caught, catches, median
from sentiment_monitor.replay.run import Trace, told, trace
from tests.benchmarks.reuters_dates import LEARNT, reuters, with_surges
from tests.benchmarks.surge_detectors import DETECTORS, as_trace
from tests.benchmarks.surges import Parameters, draw

__all__ = ["summary", "traces"]

OURS = "monitor"
BUDGET = "1 false alarm a month per topic"
TUNED, TESTED, REUTERS_DRAWS = 11, (12, 13), (1, 2)
RULE = next(rule for rule in read_rules() if rule.dimension == "topic")  # the one that ships
# Decades from a p at which an alert opens to one that ends it: of a probability two, of a score one.
RULES = {OURS: RULE} | {name: replace(RULE, close=10.0) for name in DETECTORS}

Outcome = tuple[Sequence[Caught], Sequence[Alert], Sequence[Alert], Trace]  # caught, false, all


def traces(history: History, learning: timedelta) -> dict[str, Trace]:
    """What each detector finds in a history, by name, from the end of the learning on."""
    whole = trace(history, [RULE])
    skip = next(place for place, tick in enumerate(whole.ticks) if tick >= history.start + learning)
    ours = Trace(whole.ticks[skip:], whole.found[skip:], whole.targets)
    return {OURS: ours} | as_trace(history, RULES["z"], ours, list(DETECTORS))


def outcome(traced: Trace, rules: Sequence[Rule], surges: Sequence[Surge]) -> Outcome:
    alerts = told(traced, rules)
    return (*catches(alerts, [one for one in surges if one.start >= traced.ticks[0]]), alerts, traced)


def weekly(outcomes: Sequence[Outcome]) -> dict[str, np.ndarray]:
    """False alarms and months of topics watched, by week of each history."""
    rows = []
    for _, false, _, traced in outcomes:
        start, span = traced.ticks[0], traced.ticks[-1] - traced.ticks[0]
        weeks = max(1, round(span / timedelta(days=7)))
        counts = np.zeros(weeks)
        for alert in false:
            counts[min(weeks - 1, int((alert.opened - start) / span * weeks))] += 1
        rows += [(count, span / weeks / MONTH * len(traced.targets[RULE.name])) for count in counts]
    return dict(zip(("false", "months"), np.array(rows).T, strict=True))


def delays(caught: Sequence[Caught]) -> np.ndarray:
    """Hours from onset; NaN for what was not caught."""
    return np.array([np.nan if one.delay is None else one.delay / timedelta(hours=1) for one in caught])


def summary(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    caught = [one for each, *_ in outcomes for one in each]
    alerts, false = (sum(len(each[place]) for each in outcomes) for place in (2, 1))
    rate = bootstrap(weekly(outcomes), {"rate": lambda sums: sums["false"] / sums["months"]})["rate"]
    found: dict[str, Any] = {"alerts": alerts, "false_a_month": asdict(rate)}
    if caught:
        found |= {"surges": len(caught), "precision": asdict(wilson(alerts - false, max(alerts, 1)))}
        kinds: Mapping[str, Sequence[Caught]] = {"all": caught} | {
            f"{factor}x": [one for one in caught if one.surge.factor == factor]
            for factor in sorted({one.surge.factor or 0 for one in caught})
        }
        for name, some in kinds.items():
            hours = delays(some)
            hits = hours[~np.isnan(hours)]
            found[name] = {
                "surges": len(some), "recall": asdict(wilson(len(hits), len(some))),
                "delay": asdict(median(hits.tolist())) if len(hits) else None,
            }  # fmt: skip
    return found


def against(ours: Sequence[Outcome], other: Sequence[Outcome]) -> dict[str, Any]:
    """The monitor's less the other's: recall over the same surges, delay over those that both caught."""
    mine, theirs = (delays([one for each, *_ in side for one in each]) for side in (ours, other))
    gain = (~np.isnan(mine)).astype(float) - ~np.isnan(theirs)
    both = ~np.isnan(mine) & ~np.isnan(theirs)
    rows = {"gain": gain, "rows": np.ones_like(gain)}
    recall = bootstrap(rows, {"recall": lambda sums: sums["gain"] / sums["rows"]})["recall"]
    return {
        "recall": asdict(recall), "both": int(both.sum()),
        "delay": asdict(median((mine - theirs)[both].tolist())) if both.any() else None,
    }  # fmt: skip


def compared(histories: Sequence[tuple[dict[str, Trace], Sequence[Surge]]], tuned: Mapping[str, Sequence[Rule]]) -> Any:
    every = {
        name: [outcome(found[name], rules, surges) for found, surges in histories] for name, rules in tuned.items()
    }
    out = {name: summary(outcomes) for name, outcomes in every.items()}
    for name in DETECTORS:
        if histories[0][1]:
            out[name]["against"] = against(every[OURS], every[name])
    return out


def thresholds(found: Mapping[str, Trace], surges: Sequence[Surge]) -> dict[str, list[Rule]]:
    """Each detector's rule with the largest chance that keeps the budget in this history."""
    budget = read_budget(BUDGET)
    return {name: within([rule], chances(found[name], [rule], budget, surges)) for name, rule in RULES.items()}


def measure() -> dict[str, Any]:
    began, learning = time.process_time(), timedelta(days=Parameters().warm_up)
    calm, surging = draw(TUNED, surges=False), draw(TUNED)
    calm_found, surging_found = (traces(drawn.history, learning) for drawn in (calm, surging))
    tuned, matched = thresholds(calm_found, ()), thresholds(surging_found, surging.surges)
    made = [(traces(drawn.history, learning), drawn.surges) for drawn in map(draw, TESTED)]
    out: dict[str, Any] = {
        "budget": BUDGET, "tuned_on": TUNED, "tested_on": TESTED, "parameters": asdict(Parameters()),
        "thresholds": {name: rules[0].chance for name, rules in tuned.items()},
        "matched_thresholds": {name: rules[0].chance for name, rules in matched.items()},
        "tuned": compared([(calm_found, ())], tuned), "made": compared(made, tuned), "matched": compared(made, matched),
    }  # fmt: skip
    if os.environ.get("HEADWATER_DATA"):
        history = reuters()
        laid = [with_surges(history, seed) for seed in REUTERS_DRAWS]
        sys.stderr.write(f"{round(time.process_time() - began)} s: the made histories\n")
        out["reuters"] = {
            "stories": len(history), "topics": len(history.series), "from": str(history.start), "to": str(history.end),
            "plain": compared([(traces(history, LEARNT), ())], tuned),
            "surges": compared([(traces(one.history, LEARNT), one.surges) for one in laid], tuned),
        }  # fmt: skip
    return out | {"cpu_seconds": round(time.process_time() - began)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given, content = parser.parse_args(), measure()
    if given.json:
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return
    for part in (content["made"], content["matched"], content.get("reuters", {}).get("surges", {})):
        for name, one in part.items():
            recall, delay = one["all"]["recall"]["value"], (one["all"]["delay"] or {"value": np.nan})["value"]
            false = one["false_a_month"]["value"]
            sys.stdout.write(f"{name}: {recall:.0%} caught after {delay:.1f} h, {false:.2f} false alarms a month\n")


if __name__ == "__main__":
    main()
