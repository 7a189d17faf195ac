"""When alerts would have been open: a lane for each target, a bar for each alert."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

import altair as alt
import pandas as pd

from headwater.ui.colours import ACCENT, BAD, OTHER

__all__ = ["lanes"]

MOST, LANE = 20, 24  # lanes, and pixels of one
FORM = "%Y-%m-%dT%H:%M:%S"


def lanes(
    rows: Sequence[Mapping[str, object]], span: tuple[datetime, datetime], zone: tzinfo, words: Mapping[str, str]
) -> alt.Chart:
    """`rows` as of `lab.bars`, with `name` of the target; `words`: `start`, `end`, `severity`, and `1`, `2`, `3`, `false`.

    Moments are written in `zone` here and drawn as UTC: a browser would write its own.
    """
    names = list(dict.fromkeys(str(row["name"]) for row in rows))[:MOST]
    shown = [
        {
            "name": row["name"],
            "start": _local(row["start"], zone),
            "end": _local(row["end"], zone),
            "kind": words["false"] if row["false"] else words[str(row["severity"])],
        }
        for row in rows
        if row["name"] in names
    ]
    kinds = [words[key] for key in ("1", "2", "3", "false")]
    domain = [_local(moment, zone) for moment in span]
    scale = alt.Scale(type="utc", domain=[{"expr": f"utc({_parts(moment)})"} for moment in domain])
    return (
        alt.Chart(pd.DataFrame(shown))
        .mark_bar(height=LANE // 2, minBandSize=2, stroke=OTHER.colour, strokeWidth=1)
        .encode(
            x=alt.X("utcyearmonthdatehoursminutes(start):T", title=None, scale=scale, axis=alt.Axis(format="%d/%m")),
            x2="utcyearmonthdatehoursminutes(end)",
            y=alt.Y("name:N", title=None, sort=names, axis=alt.Axis(labelLimit=140)),
            color=alt.Color(
                "kind:N", title=None, scale=alt.Scale(domain=kinds, range=[ACCENT, "#e0945f", BAD, OTHER.colour]),
                legend=alt.Legend(orient="top", symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=" "),
                alt.Tooltip("start:N", title=words["start"]),
                alt.Tooltip("end:N", title=words["end"]),
                alt.Tooltip("kind:N", title=words["severity"]),
            ],
        )
        .properties(height=LANE * max(2, len(names)))
    )  # fmt: skip


def _local(moment: object, zone: tzinfo) -> str:
    assert isinstance(moment, datetime)
    return moment.astimezone(zone).strftime(FORM)


def _parts(written: str) -> str:
    moment = datetime.fromisoformat(written)
    return f"{moment.year}, {moment.month - 1}, {moment.day}, {moment.hour}, {moment.minute}"
