"""The inbox: what stands out and wants somebody, what has ended, what was false, what is muted; and one alert."""

import streamlit as st

from headwater.ui import blocks, frame
from sentiment_monitor import alertbox
from sentiment_monitor.alerts import inbox
from sentiment_monitor.alerts.rules import read_rules
from sentiment_monitor.alerts.wording import expected_words
from sentiment_monitor.desk import desk
from sentiment_monitor.naming import name_of
from sentiment_monitor.views.alert_one import draw_alert
from sentiment_monitor.views.alert_row import draw_mutes, draw_row
from sentiment_monitor.views.desk_bar import draw_bar, when
from sentiment_monitor.views.rule_faults import read_or_stop

t, here = frame.texts(), desk("inbox.nav")
rules = read_or_stop("inbox.nav", lambda: read_rules(here.rules))


def shelves() -> tuple[dict[str, list[alertbox.Shown]], list[inbox.Mute]]:
    """What stands on each shelf, and what is muted."""
    rows, mutes = alertbox.shown(here.store, rules, here.now), inbox.mutes(here.store, here.now)
    return {shelf: alertbox.on_shelf(rows, shelf, mutes) for shelf in alertbox.SHELVES}, mutes


def draw_head() -> None:
    """How many are open, and the severest of them."""
    held, detail = shelves()[0], t("inbox.rests", when=when(here, here.now))
    rows = held["open"]
    if not rows:
        muted = any(row.open for row in held["muted"])
        frame.head(t("inbox.nav"), t("inbox.only_muted" if muted else "inbox.none_open"), detail)
        return
    worst = max(rows, key=lambda row: (row.severity, row.alert.opened))
    name, why = name_of(t, here.companies, worst.alert.dimension, worst.alert.value), worst.reason
    if not why:
        frame.head(t("inbox.nav"), t.count("inbox.calming", len(rows), name=name), detail)
        return
    figures = {"name": name, "hours": why["hours"], "expected": expected_words(t, why["expected"])}
    said = t.count(f"inbox.open.{why['sentiment']}", why["stories"], **figures)
    frame.head(t("inbox.nav"), said, t.count("inbox.are_open", len(rows)) + " " + detail)


def draw_inbox() -> None:
    """The shelves, and the alerts of the one that is chosen; drawn again by itself while the page shows now."""
    held, mutes = shelves()
    shelf = st.pills(
        t("inbox.show"), list(held), format_func=lambda name: f"{t(f'inbox.shelf.{name}')} {len(held[name]):,}",
        default=st.session_state.get("inbox.kept") or next((name for name, rows in held.items() if rows), "open"),
        key="inbox.shelf", required=True, wrap=True, label_visibility="collapsed",
    )  # fmt: skip
    st.session_state["inbox.kept"] = shelf
    if not held[shelf] and not (shelf == "muted" and mutes):
        st.info(t(f"inbox.empty.{shelf}"), icon=":material/inbox:")
    if shelf == "muted":
        draw_mutes(here, mutes)
    for row in held[shelf][: alertbox.MOST]:
        draw_row(here, row)
    if shelf == "open" and not any(held.values()):
        st.html(blocks.note(t("inbox.learning")))


number = st.query_params.get("alert", "")
if not number:
    every = 30 if here.live else None
    st.fragment(draw_head, run_every=every)()
    draw_bar(here, span=False)  # outside of what moves: another choice is another page
    st.fragment(draw_inbox, run_every=every)()
    st.stop()
one = next((row for row in alertbox.shown(here.store, rules, here.now) if str(row.alert.id) == number), None)
if one is None:
    frame.head(t("inbox.nav"), t("inbox.gone"), t("inbox.gone_detail", when=when(here, here.now)))
    if st.button(t("inbox.back"), icon=":material/arrow_back:"):
        del st.query_params["alert"]
        st.rerun()
    st.stop()
draw_alert(here, one, next((rule for rule in rules if rule.name == one.alert.rule), None))
