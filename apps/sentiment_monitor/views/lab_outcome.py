"""What a replay gave: the alerts in their lanes, how well they did, the chances of the budget, and each alert."""

from datetime import datetime
from functools import partial

import streamlit as st

from headwater.intervals import Interval
from headwater.ui import blocks, formats, frame
from sentiment_monitor import lab
from sentiment_monitor.alerts.wording import plain_number
from sentiment_monitor.desk import Desk
from sentiment_monitor.lab_chart import lanes
from sentiment_monitor.naming import name_of
from sentiment_monitor.views.desk_bar import dated
from sentiment_monitor.views.rule_trial import draw_alerts

__all__ = ["draw_outcome", "draw_said"]


def draw_said(here: Desk, outcome: lab.Outcome, since: datetime) -> None:
    """The head: how many alerts in the days that were replayed, and how many of those asked for were only learnt from."""
    t, made = frame.texts(), outcome.report
    days, asked = lab.days(made, since)
    worst = max(made.alerts, key=lambda alert: alert.severity, default=None)
    said = t.count("lab.told_none", days)
    if worst:
        name = name_of(t, here.companies, worst.dimension, worst.value)
        said = t.count("lab.told", len(made.alerts), days=t.count("span.days", days), name=name)
    learnt = ""
    if days < asked:
        figures = {"asked": asked, "until": dated(made.start, here), "days": days}
        learnt = t.count("lab.learnt", asked - days, **figures)
    frame.head(t("lab.nav"), said, t.joined(learnt, t("lab.rests")))


def draw_outcome(here: Desk, outcome: lab.Outcome) -> None:
    """Everything below the sentence."""
    t, made = frame.texts(), outcome.report
    rows = [
        row | {"name": name_of(t, here.companies, str(row["dimension"]), str(row["value"]))}
        for row in lab.bars(outcome)
    ]
    if rows:
        words = {key: t(f"newsalert.severity.{key}") for key in "123"} | {"false": t("lab.false_one")}
        words |= {key: t(f"lab.axis.{key}") for key in ("start", "end", "severity")} | {"day": t("common.day_axis")}
        st.html(blocks.note(t("lab.lanes")))
        st.altair_chart(
            lanes(rows, (made.start, made.end), here.zone, words, partial(dated, here=here)), key="lab.chart"
        )
    st.html(blocks.facts(_figures(outcome)))
    if not outcome.known:
        st.html(blocks.note(t("lab.unknown")))
    draw_alerts(here, made.alerts, made.false if outcome.known else ())


def _figures(outcome: lab.Outcome) -> list[tuple[str, str]]:
    t, made = frame.texts(), outcome.report
    kind = "false" if outcome.known else "alerts"
    rows = [(t(f"lab.rate.{kind}", rule=name), _interval(rate)) for name, rate in made.false_a_month.items()]
    for name in ("precision", "recall"):
        share: Interval | None = getattr(made, name)
        if share is not None:
            rows.append((t(f"lab.{name}"), formats.within(share.value, share.low, share.high)))
    if made.delay is not None:
        rows.append((t("lab.delay"), t("lab.hours", hours=_interval(made.delay))))
    for name, chance in outcome.chances.items():
        rows.append((t("lab.chance", rule=name), t("lab.no_chance") if chance is None else plain_number(chance)))
    return rows


def _interval(found: Interval) -> str:
    return f"{found.value:.2f} ({found.low:.2f} – {found.high:.2f})"
