"""Where the news come from: each source's health, what was rejected and why, what waits; add, pause, resume."""

import streamlit as st

from headwater.ui import blocks, clock, frame, signin
from headwater.ui.roles import ADMIN
from sentiment_monitor import sourcework
from sentiment_monitor.desk import desk
from sentiment_monitor.views.desk_bar import draw_bar, when
from sentiment_monitor.views.source_add import draw_add
from sentiment_monitor.views.source_row import draw_rejects, draw_row

t, here = frame.texts(), desk("newssources.nav")
mine = here.news == "own" and here.live


def draw_head() -> None:
    """Whether all is well, and if not, what is not."""
    health = here.past.feeds_health()
    states = [sourcework.state_of(one, here.now) if mine else "well" for one in health]
    items, bad = sum(one.items for one in health), [one for one, state in zip(health, states, strict=True) if state in ("failing", "overdue")]  # fmt: skip
    detail = t("newssources.rests", items=f"{items:,}", rejects=f"{sum(one.rejects for one in health):,}")
    if not health:
        frame.head(t("newssources.nav"), t("newssources.none"), t("newssources.none_detail"))
    elif bad:
        frame.head(
            t("newssources.nav"), t.count("newssources.bad", len(bad), name=bad[0].feed.name, all=len(health)), detail
        )
    else:
        frame.head(t("newssources.nav"), t.count("newssources.well", len(health)), detail)


def draw_worker() -> None:
    """Who reads, what waits, and when alerts were last looked for."""
    found = sourcework.worker(here.store, here.now)
    ticked = t("newssources.ticked", when=when(here, found.ticked)) if found.ticked else t("newssources.never_ticked")
    if found.active:
        st.html(blocks.state(True, t("newssources.reads", who=found.who), ticked))
    elif found.waiting:
        st.html(blocks.state(False, t.count("newssources.waits", found.waiting), ticked))
    else:
        st.html(blocks.state(True, t("newssources.idle"), ticked))


def draw_health() -> None:
    """The worker and the feeds; drawn again by itself while the page shows now."""
    health = here.past.feeds_health()
    if mine:
        draw_worker()
    for one in sourcework.worst(health, here.now) if mine else health:
        draw_row(here, one, mine)
    newest = max((one.newest for one in health if one.newest), default=None)
    if newest is not None:
        st.caption(t("newssources.newest", span=clock.lasting(here.now - newest, t), when=when(here, newest)))


every = 10 if here.live else None
st.fragment(draw_head, run_every=every)()
draw_bar(here, span=False)  # outside of what moves: another choice is another page
st.fragment(draw_health, run_every=every)()
draw_rejects(here)
if here.news == "sample":
    st.html(blocks.note(t("newssources.sample")))
elif signin.person().may(ADMIN):
    draw_add(here)
else:
    st.html(blocks.note(t("newssources.for_admins")))
