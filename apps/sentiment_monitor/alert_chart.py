"""The chart of an alert: its window every quarter of an hour, what was to be expected, and from how many stories on it opens."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

import altair as alt
import pandas as pd

from headwater.ui.colours import ACCENT, OTHER, sentiment_ink
from sentiment_monitor.alertbox import Point

__all__ = ["alert_chart"]

HEIGHT = 240
FORM = "%Y-%m-%d %H:%M"  # of what is drawn, never of what is read


def alert_chart(
    points: Sequence[Point],
    opened: datetime,
    zone: tzinfo,
    words: Mapping[str, str],
    sentiment: str,
    said: Callable[[datetime], str],
) -> alt.LayerChart:
    """Bars of stories, a dashed line of what opens an alert, a line of what was expected, and a rule where it opened.

    `words`: `stories` (the axis), `expected`, `needed`, `opened`, `end`, `day` (a format of d3). Hours are written in
    `zone` here, and by `said` where they are read: a browser would write its own.
    """
    rows = [
        {
            "end": point.end.astimezone(zone).strftime(FORM),
            "when": said(point.end),
            "stories": point.stories,
            "expected": round(point.expected, 3),
            "needed": point.needed,
        }
        for point in points
    ]
    data = pd.DataFrame(rows)
    tips = [
        alt.Tooltip("when:N", title=words["end"]),
        alt.Tooltip("stories:Q", title=words["stories"]),
        alt.Tooltip("expected:Q", title=words["expected"]),
        alt.Tooltip("needed:Q", title=words["needed"]),
    ]
    day = f"utcFormat(toDate(slice(datum.value, 0, 10)), '{words['day']}')"
    label = f"slice(datum.value, 11, 13) == '00' ? {day} : slice(datum.value, 11, 13) + ':00'"
    halves = {row["end"][:11] + str(int(row["end"][11:13]) // 12): row["end"] for row in reversed(rows)}
    ticks = [first for first in sorted(halves.values()) if first[11:13] in ("00", "12")]  # not where it begins
    axis = alt.Axis(values=ticks, labelExpr=label, labelAngle=0, grid=False, labelOverlap="parity")
    base = alt.Chart(data).encode(x=alt.X("end:O", title=None, axis=axis), tooltip=tips)
    most = max(max(point.stories for point in points), min(point.needed for point in points)) + 1
    scale = alt.Scale(domain=[0, most], clamp=True)
    bars = base.mark_bar(color=sentiment_ink(sentiment).colour, binSpacing=0, width={"band": 1}).encode(
        y=alt.Y("stories:Q", title=words["stories"], scale=scale, axis=alt.Axis(tickMinStep=1, format="d"))
    )
    needed = base.mark_line(color=OTHER.colour, strokeDash=[5, 4], interpolate="step").encode(y="needed:Q")
    expected = base.mark_line(color=ACCENT, strokeWidth=2).encode(y="expected:Q")
    after = [row["end"] for row in rows if row["end"] >= opened.astimezone(zone).strftime(FORM)]
    mark = alt.Chart(pd.DataFrame({"end": after[:1], "words": [words["opened"]] * len(after[:1])}))
    rule = mark.mark_rule(color=OTHER.colour).encode(x="end:O")
    note = mark.mark_text(align="left", dx=4, baseline="top", color=OTHER.colour).encode(
        x="end:O", y=alt.value(0), text="words:N"
    )
    return alt.layer(bars, needed, expected, rule, note).properties(height=HEIGHT)
