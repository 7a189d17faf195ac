"""When alerts would have been open: a lane for each target, a bar for each alert."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import altair as alt
import pandas as pd

from headwater.ui.colours import ACCENT, BAD, OTHER

__all__ = ["lanes"]

MOST, LANE, AROUND = 20, 24, 90  # lanes, pixels of one, and of legend and axis
WARNING = "#e0945f"


def lanes(
    rows: Sequence[Mapping[str, Any]],
    span: tuple[datetime, datetime],
    zone: tzinfo,
    words: Mapping[str, str],
    said: Callable[[datetime], str],
) -> alt.LayerChart:
    """`rows` as of `lab.bars`, with `name` of the target; `words`: `start`, `end`, `severity`, `day`, and `1`, `2`, `3`, `false`.

    Moments are written by `said`, and drawn in `zone` as if it were UTC: a browser would write its own.
    """
    names = list(dict.fromkeys(str(row["name"]) for row in rows))[:MOST]
    shown = [
        {
            "name": row["name"],
            "from": _milliseconds(row["start"], zone),
            "to": _milliseconds(row["end"], zone),
            "start": said(row["start"]),
            "end": said(row["end"]),
            "kind": words["false"] if row["false"] else words[str(row["severity"])],
        }
        for row in rows
        if row["name"] in names
    ]
    met = list(dict.fromkeys(row["kind"] for row in shown))
    kinds = [words[key] for key in ("1", "2", "3", "false")]
    domain = [_milliseconds(moment, zone) for moment in span]
    ends = alt.Chart(pd.DataFrame({"from": domain})).mark_point(opacity=0).encode(x="from:T")  # the whole span shows
    bars = (
        alt.Chart(pd.DataFrame(shown))
        .mark_bar(height=LANE // 2)
        .encode(
            x=alt.X(
                "from:T",
                title=None,
                scale=alt.Scale(type="utc"),
                axis=alt.Axis(
                    format=words["day"], grid=True, tickCount="day", labelOverlap="greedy", labelSeparation=8
                ),
            ),
            x2="to",
            y=alt.Y("name:N", title=None, sort=names, axis=alt.Axis(labelLimit=120)),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=kinds, range=[ACCENT, WARNING, BAD, OTHER.colour]),
                legend=alt.Legend(orient="top", columns=2, symbolType="square", values=met),  # on a phone, too
            ),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("start:N", title=words["start"]),
                alt.Tooltip("end:N", title=words["end"]),
                alt.Tooltip("kind:N", title=words["severity"]),
            ],
        )
    )
    return alt.layer(bars, ends).properties(height=AROUND + LANE * len(names))


def _milliseconds(moment: datetime, zone: tzinfo) -> int:
    """The hour on the wall in `zone` as if it were UTC's."""
    return int(moment.astimezone(zone).replace(tzinfo=UTC).timestamp() * 1000)
