"""Where the news come from: each source's health, what was rejected and why, what waits; add, pause, resume."""

import streamlit as st

from headwater.ui import blocks, clock, frame, signin
from headwater.ui.roles import ADMIN
from sentiment_monitor import sourcework
from sentiment_monitor.desk import Desk, desk
from sentiment_monitor.views.desk_bar import draw_bar, when
from sentiment_monitor.views.source_add import draw_add
from sentiment_monitor.views.source_row import draw_rejects, draw_row

t, here = frame.texts(), desk("newssources.nav")
mine = here.news == "own" and here.live


def draw_head() -> None:
    """Whether all is well, and if not, what is not."""
    now = desk("newssources.nav")  # anew: the page may stand open all day
    health = now.past.feeds_health()
    names: dict[str, list[str]] = {state: [] for state in sourcework.STATES}
    for one in health:
        names[sourcework.state_of(one, now.now) if mine else "well"].append(one.feed.name)
    detail = t("newssources.rests", items=f"{sum(one.items for one in health):,}", rejects=f"{sum(one.rejects for one in health):,}")  # fmt: skip
    if not health:
        said, detail = t("newssources.none"), t("newssources.none_detail")
    elif bad := names["failing"] + names["overdue"]:
        said = t.count("newssources.bad", len(bad), name=bad[0], all=len(health))
    elif new := names["new"]:
        said = t.count("newssources.new", len(new), name=new[0], all=len(health))
    else:
        said = t.count("newssources.well", len(health))
    frame.head(t("newssources.nav"), said, detail)


def draw_worker(now: Desk, watched: bool) -> None:
    """Who reads, what waits, and when alerts were last looked for; `watched`: there are feeds that a watch looks at."""
    found = sourcework.worker(now.store, now.now)
    ticked = t("newssources.ticked", when=when(now, found.ticked)) if found.ticked else t("newssources.never_ticked")
    if found.active:
        st.html(blocks.state(True, t("newssources.reads", who=found.who), ticked))
    elif found.waiting:
        st.html(blocks.state(False, t.count("newssources.waits", found.waiting), ticked))
    elif watched:
        st.html(blocks.state(False, t("newssources.no_watch"), ticked))
    else:
        st.html(blocks.state(True, t("newssources.idle"), ticked))


def draw_health() -> None:
    """The worker and the feeds; drawn again by itself while the page shows now."""
    now = desk("newssources.nav")
    health = now.past.feeds_health()
    if mine and health:
        draw_worker(now, any(one.feed.due and not one.feed.paused for one in health))
    for one in sourcework.worst(health, now.now) if mine else health:
        draw_row(now, one, mine)
    newest = max((one.newest for one in health if one.newest), default=None)
    if newest is not None:
        st.caption(t("newssources.newest", span=clock.lasting(now.now - newest, t), when=when(now, newest)))


every = 10 if here.live else None
st.fragment(draw_head, run_every=every)()
draw_bar(here, span=False)  # outside of what moves: another choice is another page
st.fragment(draw_health, run_every=every)()
if here.past.feeds_health():
    draw_rejects(here)
if here.news == "sample":
    st.html(blocks.note(t("newssources.sample")))
elif signin.person().may(ADMIN):
    draw_add(here)
else:
    st.html(blocks.note(t("newssources.for_admins")))
