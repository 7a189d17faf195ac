"""The charts of the support bot's figures, as Altair objects: their texts come in, so that they know no language."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from headwater.ui.colours import ACCENT, OTHER
from support_chatbot.figures import INKS
from support_chatbot.records.outcomes import OUTCOMES, Day, Outcomes

__all__ = ["PICK", "confidence_chart", "outcomes_chart", "picked_outcome"]

PICK = "picked"


def outcomes_chart(found: Outcomes, names: Mapping[str, str], words: Mapping[str, str], chosen: str) -> alt.LayerChart:
    """Conversations by outcome with the interval of each share; a click chooses one. `words`: `share`, `count`, `range`."""
    rows = [
        {
            "outcome": names[outcome],
            "key": outcome,
            "count": found.counts[outcome],
            "share": interval.value,
            "low": interval.low,
            "high": interval.high,
            "range": f"{interval.low:.1%} – {interval.high:.1%}",
            "chosen": outcome == chosen,
        }
        for outcome, interval in ((name, found.shares[name]) for name in OUTCOMES)
    ]
    order = [names[outcome] for outcome in OUTCOMES]
    base = alt.Chart(pd.DataFrame(rows)).encode(
        y=alt.Y("outcome:N", sort=order, title=None, axis=alt.Axis(labelLimit=130, grid=False)),
        tooltip=[
            alt.Tooltip("outcome:N", title=" "),
            alt.Tooltip("count:Q", title=words["count"]),
            alt.Tooltip("share:Q", format=".1%", title=words["share"]),
            alt.Tooltip("range:N", title=words["range"]),
        ],
    )
    share = alt.X("share:Q", title=words["share"], scale=alt.Scale(domainMin=0), axis=alt.Axis(format="%", tickCount=5))
    bars = base.mark_bar(cursor="pointer", cornerRadiusEnd=3, height={"band": 0.7}).encode(
        x=share,
        color=alt.Color(
            "key:N",
            legend=None,
            scale=alt.Scale(domain=list(OUTCOMES), range=[INKS[outcome].colour for outcome in OUTCOMES]),
        ),
        opacity=alt.condition("datum.chosen", alt.value(1), alt.value(0.55 if chosen else 1)),
    )
    ranges = base.mark_rule(strokeWidth=2, color=OTHER.colour).encode(x="low:Q", x2="high:Q")
    picked = bars.add_params(alt.selection_point(name=PICK, fields=["key"]))
    return (picked + ranges).properties(height=220)


def picked_outcome(state: Mapping[str, Mapping[str, object]]) -> str | None:
    """The outcome that a click chose, out of what Streamlit reports of the chart."""
    points = state.get("selection", {}).get(PICK) or []
    return points[0]["key"] if points else None


def confidence_chart(days: Sequence[Day], words: Mapping[str, str]) -> alt.LayerChart:
    """The median probability of the likeliest intent a day, and below it the tenth that is least sure.

    `words`: `sure`, `p10`, `p50`, `turns`, `day` (the format of a day).
    """
    rows = [{"day": day.day, "p10": day.p10, "p50": day.p50, "turns": day.turns} for day in days]
    label = f"utcFormat(toDate(datum.value), '{words['day']}')"
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("day:O", title=None, axis=alt.Axis(labelExpr=label, labelOverlap="parity", labelAngle=0, grid=False)),
        tooltip=[
            alt.Tooltip("day:O", title=" "),
            alt.Tooltip("p50:Q", format=".0%", title=words["p50"]),
            alt.Tooltip("p10:Q", format=".0%", title=words["p10"]),
            alt.Tooltip("turns:Q", title=words["turns"]),
        ],
    )
    scale = alt.Scale(domain=[0, 1])
    up = alt.Y("p50:Q", scale=scale, title=words["sure"], axis=alt.Axis(format="%", tickCount=3))
    span = base.mark_rule(strokeWidth=4, opacity=0.3, color=ACCENT).encode(
        y=alt.Y("p10:Q", scale=scale, title=words["sure"]), y2="p50:Q"
    )
    dots = base.mark_circle(size=55, opacity=1, color=ACCENT).encode(y=up)
    return (span + dots).properties(height=190)
