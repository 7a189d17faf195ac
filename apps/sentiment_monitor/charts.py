"""The two charts of the monitor, as Altair objects: their texts come in, so that they know no language."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from headwater.ui.colours import ACCENT, OTHER, SENTIMENT
from sentiment_monitor.trend import LABELS, Day

__all__ = ["PICK", "counts_chart", "net_chart", "picked_day"]

PICK = "picked"


def counts_chart(days: Sequence[Day], names: Mapping[str, str], words: Mapping[str, str], chosen: str) -> alt.Chart:
    """Stories a day, stacked by sentiment: negative ones hang below the line. A click selects a day.

    `names` maps each label to its word; `words` holds the texts `count` (the axis) and `day` (the format of a day).
    """
    rows = [
        {
            "day": day.day.isoformat(),
            "height": -day.counts[label] if label == "negative" else day.counts[label],
            "count": day.counts[label],
            "sentiment": names[label],
            "order": LABELS.index(label),
            "chosen": day.day.isoformat() == chosen,
        }
        for day in days
        for label in LABELS
    ]
    scale = alt.Scale(domain=[names[label] for label in LABELS], range=[SENTIMENT[label].colour for label in LABELS])
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar(cursor="pointer", strokeWidth=0)
        .encode(
            x=_days(words["day"]),
            y=alt.Y("height:Q", title=words["count"], axis=_side("format(abs(datum.value), 'd')")),
            color=alt.Color(
                "sentiment:N", title=None, scale=scale, legend=alt.Legend(orient="top", symbolType="square")
            ),
            order="order:Q",
            opacity=alt.condition("datum.chosen", alt.value(1), alt.value(0.5 if chosen else 1)),
            tooltip=[
                alt.Tooltip("day:O", title=" "),
                alt.Tooltip("sentiment:N", title=" "),
                alt.Tooltip("count:Q", title=words["count"]),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["day"]))
        .properties(height=250)
    )


def net_chart(days: Sequence[Day], words: Mapping[str, str]) -> alt.LayerChart:
    """Net sentiment a day with its 95 % interval; a day without stories has no point. `words`: `net`, `day`, `range`."""
    rows = [
        {
            "day": day.day.isoformat(),
            "net": day.net,
            "low": day.low,
            "high": day.high,
            "range": f"{day.low:+.2f} … {day.high:+.2f}",
        }
        if day.total
        else {"day": day.day.isoformat(), "net": None, "low": None, "high": None, "range": ""}
        for day in days
    ]
    tips = [
        alt.Tooltip("day:O", title=" "),
        alt.Tooltip("net:Q", format="+.2f", title=words["net"]),
        alt.Tooltip("range:N", title=words["range"]),
    ]
    base = alt.Chart(pd.DataFrame(rows)).encode(x=_days(words["day"]), tooltip=tips)
    axis = _side("datum.value > 0 ? '+1' : datum.value < 0 ? '−1' : '0'", values=[-1, 0, 1])
    ranges = base.mark_rule(strokeWidth=3, opacity=0.35, color=ACCENT).encode(
        y=alt.Y("low:Q", title=words["net"], scale=alt.Scale(domain=[-1, 1]), axis=axis), y2="high:Q"
    )
    dots = base.mark_circle(size=45, opacity=1, color=ACCENT).encode(y="net:Q")
    zero = alt.Chart(pd.DataFrame([{"zero": 0}])).mark_rule(strokeDash=[4, 4], color=OTHER.colour).encode(y="zero:Q")
    return (zero + ranges + dots).properties(height=150)


def _side(label: str, **given: object) -> alt.Axis:
    """An upright axis of one width, so that a day stands at the same place in both charts."""
    return alt.Axis(labelExpr=label, tickMinStep=1, minExtent=34, maxExtent=34, **given)


def _days(form: str) -> alt.X:
    """Days as names, not as moments: a browser in another time zone must not move a story to the day before."""
    label = f"utcFormat(toDate(datum.value), '{form}')"
    return alt.X("day:O", title=None, axis=alt.Axis(labelExpr=label, labelOverlap="parity", labelAngle=0, grid=False))


def picked_day(state: Mapping[str, Mapping[str, object]]) -> str | None:
    """The day that a click selected, out of what Streamlit reports of the chart."""
    points = state.get("selection", {}).get(PICK) or []
    return points[0]["day"] if points else None
