"""The charts of the settings page: what is answered and how much of it wrongly, and how sure the bundle is now."""

from collections.abc import Mapping, Sequence

import altair as alt

from headwater.ui.colours import ACCENT, BAD, OTHER
from support_chatbot.risk.standing import Point, Standing

__all__ = ["drift_chart", "risk_chart"]

HEIGHT, MOST = 260, 220  # pixels; points that are drawn, for the curve has thousands


def risk_chart(
    points: Sequence[Point], stands: Standing | None, allowed: float, words: Mapping[str, str]
) -> alt.LayerChart:
    """The risk-coverage curve with its 95 % intervals, the risk that is allowed, and where the bot stands.

    `words`: axis.answered, axis.wrong, line.allowed, line.stands.
    """
    step = max(1, len(points) // MOST)
    rows = [_row(point.coverage, point.risk) for point in (*points[::step], points[-1])] if points else []
    highest = max([2 * allowed, *(row["wrong"] for row in rows)], default=1.0)
    x = alt.X("answered:Q", title=words["axis.answered"], axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1]))
    y = alt.Y(
        "wrong:Q",
        title=words["axis.wrong"],
        axis=alt.Axis(format=".0%"),
        scale=alt.Scale(domain=[0, highest], clamp=True),
    )
    tips = [alt.Tooltip(f"{name}:Q", format=".1%") for name in ("answered", "wrong", "low", "high")]
    base = alt.Chart(alt.Data(values=rows)).encode(x=x)
    band = base.mark_area(color=ACCENT, opacity=0.18, clip=True).encode(
        y=alt.Y("low:Q", title=words["axis.wrong"]), y2="high:Q"
    )
    line = base.mark_line(color=ACCENT, strokeWidth=2, clip=True).encode(y=y, tooltip=tips)
    limit = alt.Chart(alt.Data(values=[{"wrong": allowed, "name": words["line.allowed"]}]))
    rule = limit.mark_rule(color=BAD, strokeDash=[6, 4]).encode(y=y)
    label = limit.mark_text(align="left", dx=4, dy=-7, color=BAD).encode(y=y, text="name:N", x=alt.value(0))
    layers = [band, line, rule, label]
    if stands is not None and stands.wrong is not None:
        here = alt.Chart(alt.Data(values=[_row(stands.answered, stands.wrong) | {"name": words["line.stands"]}]))
        layers.append(here.mark_rule(color=ACCENT, strokeWidth=2).encode(x=x, y=alt.Y("low:Q"), y2="high:Q"))
        layers.append(here.mark_point(color=ACCENT, filled=True, size=110, opacity=1).encode(x=x, y=y, tooltip=tips))
        layers.append(here.mark_text(align="left", dx=11, dy=5, color=ACCENT).encode(x=x, y=y, text="name:N"))
    return alt.layer(*layers).properties(height=HEIGHT)


def _row(answered: float, wrong) -> dict[str, float]:
    return {"answered": answered, "wrong": wrong.value, "low": wrong.low, "high": wrong.high}


def drift_chart(before: Sequence[float], now: Sequence[float], words: Mapping[str, str]) -> alt.Chart:
    """The shares of questions in each tenth of the likeliest intent's probability: held-out and live ones side by side.

    `words`: axis.sure, axis.share, series.before, series.now.
    """
    names = [words["series.before"], words["series.now"]]
    rows = [
        {"sure": f"{10 * tenth}–{10 * tenth + 10} %", "place": tenth, "share": share, "which": name}
        for name, shares in zip(names, (before, now), strict=True)
        for tenth, share in enumerate(shares)
    ]
    which = alt.Color(
        "which:N",
        title=None,
        scale=alt.Scale(domain=names, range=[OTHER.colour, ACCENT]),
        legend=alt.Legend(orient="top"),
    )
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("sure:N", title=words["axis.sure"], sort=alt.SortField("place"), axis=alt.Axis(labelAngle=-45)),
            xOffset=alt.XOffset("which:N", sort=names),
            y=alt.Y("share:Q", title=words["axis.share"], axis=alt.Axis(format=".0%")),
            color=which,
            tooltip=[alt.Tooltip("which:N"), alt.Tooltip("sure:N"), alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(height=HEIGHT)
    )
