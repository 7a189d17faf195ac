"""The inbox: what stands out and wants somebody, what has ended, what was false, what is muted; and one alert."""

import streamlit as st

from headwater.ui import blocks, frame
from sentiment_monitor import alertbox
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.rules import read_rules
from sentiment_monitor.alerts.wording import expected_words
from sentiment_monitor.desk import Desk, desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.views.alert_one import draw_alert, draw_back
from sentiment_monitor.views.alert_row import draw_mutes, draw_row
from sentiment_monitor.views.desk_bar import draw_bar, when
from sentiment_monitor.views.no_news import stop_without_news
from sentiment_monitor.views.rule_faults import read_or_stop

t, here = frame.texts(), desk("inbox.nav")
stop_without_news(here, "inbox.nav")
rules = read_or_stop("inbox.nav", lambda: read_rules(here.rules))


def shelves(now: Desk) -> tuple[dict[str, list[alertbox.Shown]], list[inbox.Mute]]:
    """What stands on each shelf, and what is muted."""
    rows, mutes = alertbox.shown(now.store, now.now), inbox.mutes(now.store, now.now)
    return {shelf: alertbox.on_shelf(rows, shelf, mutes) for shelf in alertbox.SHELVES}, mutes


def draw_head() -> None:
    """How many are open, and the severest of them."""
    now = desk("inbox.nav")  # anew: the page may stand open all day
    held, detail = shelves(now)[0], t("inbox.rests", when=when(now, now.now))
    if not (rows := held["open"]):
        muted = any(row.open for row in held["muted"])
        frame.head(t("inbox.nav"), t("inbox.only_muted" if muted else "inbox.none_open"), detail)
        return
    worst = max(rows, key=lambda row: (row.severity, row.alert.opened))
    name, why = name_of(t, now.companies, worst.alert.dimension, worst.alert.value), worst.reason
    said = t.count("inbox.calming", len(rows), name=name)
    if why:
        figures = {"hours": why["hours"], "expected": expected_words(t, why["expected"])}
        said = t.count(f"inbox.open.{why['sentiment']}", why["stories"], name=name, **figures)
        detail = t.joined(t.count("inbox.are_open", len(rows)), detail)
    frame.head(t("inbox.nav"), said, detail)


def draw_inbox() -> None:
    """The shelves, and the alerts of the one that is chosen; drawn again by itself while the page shows now."""
    now = desk("inbox.nav")
    held, mutes = shelves(now)
    shelf = st.pills(
        t("inbox.show"), list(held), format_func=lambda name: f"{t(f'inbox.shelf.{name}')} {len(held[name]):,}",
        default=st.session_state.get("inbox.kept") or next((name for name, rows in held.items() if rows), "open"),
        key="inbox.shelf", required=True, wrap=True, label_visibility="collapsed",
    )  # fmt: skip
    st.session_state["inbox.kept"] = shelf
    if not held[shelf] and (shelf != "muted" or not mutes):
        st.info(t(f"inbox.empty.{shelf}"), icon=":material/inbox:")
    if shelf == "muted":
        draw_mutes(now, mutes)
    for row in held[shelf][: alertbox.MOST]:
        draw_row(now, row)
    if not any(held.values()):
        st.html(blocks.note(t("inbox.learning")))


number = st.query_params.get("alert", "")
if not number:
    every = 30 if here.live else None
    st.fragment(draw_head, run_every=every)()
    draw_bar(here, span=False)  # outside of what moves: another choice is another page
    st.fragment(draw_inbox, run_every=every)()
    st.stop()
one = next((row for row in alertbox.shown(here.store, here.now) if str(row.alert.id) == number), None)
if one is None:
    frame.head(t("inbox.nav"), t("inbox.gone"), t("inbox.gone_detail", when=when(here, here.now)))
    draw_back()
    st.stop()
draw_alert(here, one, next((rule for rule in rules if rule.name == one.alert.rule), None))
