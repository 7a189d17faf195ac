"""Volume and net sentiment over time, as Altair objects: their texts come in, so that they know no language."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import altair as alt

from headwater.ui.colours import ACCENT, OTHER, SENTIMENT
from sentiment_monitor.news import SENTIMENTS
from sentiment_monitor.records import Bucket
from sentiment_monitor.trends import net_of

__all__ = ["PICK", "counts_chart", "key_of", "net_chart", "picked"]

PICK = "picked"
COLOURS = [SENTIMENT[name].colour if name in SENTIMENT else "#b9c0ca" for name in SENTIMENTS]
BELOW = "negative"


def key_of(moment: datetime) -> str:
    """A bucket's name: its local time, and which of two where the clocks went back.

    The axis writes it as it stands: a browser in another zone must not move a story to the day before.
    """
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z{moment.fold}"


def counts_chart(
    buckets: Sequence[Bucket], names: Mapping[str, str], words: Mapping[str, str], chosen: str | None
) -> alt.Chart:
    """Stories of each bucket, stacked by sentiment: negative ones hang below the line. A click selects a bucket.

    `names` maps each sentiment to its word; `words`: `count` (the axis), `day` and `hour` (formats of d3).
    """
    rows = [
        {
            "start": key_of(bucket.start), "height": -count if name == BELOW else count, "count": count,
            "sentiment": names[name], "order": order, "chosen": key_of(bucket.start) == chosen,
        }
        for bucket in buckets
        for order, name in enumerate(SENTIMENTS)
        if (count := getattr(bucket.counts, name)) or order == 0
    ]  # fmt: skip
    scale = alt.Scale(domain=[names[name] for name in SENTIMENTS], range=COLOURS)
    tips = [_when(words), alt.Tooltip("sentiment:N", title=" "), alt.Tooltip("count:Q", title=words["count"])]
    return (
        _chart(rows, words)
        .mark_bar(cursor="pointer", strokeWidth=0)
        .encode(
            x=_axis(buckets, words),
            y=alt.Y("height:Q", title=words["count"], axis=_side("format(abs(datum.value), 'd')", tickMinStep=1)),
            color=alt.Color(
                "sentiment:N", title=None, scale=scale, legend=alt.Legend(orient="top", symbolType="square")
            ),
            order="order:Q",
            opacity=alt.condition("datum.chosen", alt.value(1), alt.value(0.45 if chosen else 1)),
            tooltip=tips,
        )
        .add_params(alt.selection_point(name=PICK, fields=["start"]))
        .properties(height=230)
    )


def net_chart(buckets: Sequence[Bucket], words: Mapping[str, str]) -> alt.LayerChart:
    """Net sentiment of each bucket with its 95 % interval; none where no story was sure. `words`: also `net`, `range`."""
    rows = []
    for bucket in buckets:
        net = net_of(bucket.counts)
        spread = f"{net.low:+.2f} … {net.high:+.2f}"
        known = {"net": net.value, "low": net.low, "high": net.high, "range": spread} if net.stories else {}
        rows.append({"start": key_of(bucket.start), "net": None, "low": None, "high": None, "range": ""} | known)
    tips = [_when(words), alt.Tooltip("net:Q", format="+.2f", title=words["net"]), alt.Tooltip("range:N", title=words["range"])]  # fmt: skip
    base = _chart(rows, words).encode(x=_axis(buckets, words), tooltip=tips)
    side = _side("datum.value > 0 ? '+1' : datum.value < 0 ? '−1' : '0'", values=[-1, 0, 1])
    scale = alt.Scale(domain=[-1, 1])
    ranges = base.mark_rule(strokeWidth=3, opacity=0.5, color=ACCENT).encode(
        y=alt.Y("low:Q", title=words["net"], scale=scale, axis=side), y2="high:Q"
    )
    dots = base.mark_circle(size=45, opacity=1, color=ACCENT).encode(y="net:Q")
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(strokeDash=[4, 4], color=OTHER.colour).encode(y="zero:Q")
    return (zero + ranges + dots).properties(height=140)


def picked(state: Mapping[str, Any]) -> str | None:
    """The bucket that a click selected, out of what Streamlit reports of the chart."""
    points = state.get("selection", {}).get(PICK) or []
    return points[0].get("start") if points else None


def _chart(rows: list[dict[str, Any]], words: Mapping[str, str]) -> alt.Chart:
    label = f"utcFormat(toDate(slice(datum.start, 0, 20)), '{words['full']}')"
    return alt.Chart(alt.Data(values=rows)).transform_calculate(when=label)


def _when(words: Mapping[str, str]) -> alt.Tooltip:
    return alt.Tooltip("when:N", title=" ")


def _side(label: str, **given: object) -> alt.Axis:
    """An upright axis of one width, so that a moment stands at the same place in both charts."""
    return alt.Axis(labelExpr=label, minExtent=34, maxExtent=34, **given)


def _axis(buckets: Sequence[Bucket], words: Mapping[str, str]) -> alt.X:
    moment = "toDate(slice(datum.value, 0, 20))"
    hourly = any(bucket.start.hour for bucket in buckets)
    label = f"utcFormat({moment}, '{words['day']}')"
    if hourly:
        label = f"utchours({moment}) == 0 ? {label} : utcFormat({moment}, '%H:%M')"
    axis = alt.Axis(labelExpr=label, labelOverlap="parity", labelAngle=0, grid=False, ticks=False)
    every = alt.Scale(domain=[key_of(bucket.start) for bucket in buckets])  # those without a story, too
    return alt.X("start:O", title=None, sort=None, axis=axis, scale=every)
