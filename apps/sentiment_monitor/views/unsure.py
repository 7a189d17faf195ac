"""Items on which the model abstained, labelled in place: what it learns most from."""

import streamlit as st

from headwater.bundle import Bundle
from headwater.errors import InputError
from headwater.ui import blocks, formats, frame
from headwater.ui.colours import sentiment_ink
from headwater.ui.faults import draw_fault
from headwater.ui.loading import model_for
from sentiment_monitor import rightings
from sentiment_monitor.desk import Desk, desk, person
from sentiment_monitor.records import ItemRow
from sentiment_monitor.views.desk_bar import draw_bar, when
from sentiment_monitor.views.links import link_overview, link_story
from sentiment_monitor.views.no_news import stop_without_news
from sentiment_monitor.views.righting import draw_person

STEP = 10
BRIEF = 320  # characters of a text that is its own title

t = frame.texts()
bundle = model_for("monitor").bundle
here = desk("nav.unsure")
stop_without_news(here, "nav.unsure")
limit = st.session_state.get("unsure.limit", STEP)


def draw_item(here: Desk, bundle: Bundle, item: ItemRow, right: object) -> None:
    """The text, how near the scores stand to each other, and a button for each sentiment."""
    with st.container(border=True, gap="xsmall"):
        brief = len(item.text) <= BRIEF
        if item.story is not None:
            link_story(item.story, item.text if brief else item.title, BRIEF)
        if item.story is None or not brief:
            st.html(blocks.paragraph(item.text[:1000]))
        rows = [
            blocks.chip(f"{t(f'sentiment.{one}')} {formats.percent(share)}", sentiment_ink(one))
            for one, share in sorted(item.probabilities.items(), key=lambda pair: -pair[1])
        ]
        st.html(blocks.tags(f"{when(here, item.at)} · {item.source or t('newsdesk.no_source')}", rows))
        labels = rightings.labels_of(bundle, "sentiment")
        key = f"unsure.{item.id}"
        st.session_state[key] = right if right in labels else None
        st.segmented_control(
            t("righting.sentiment"), labels, key=key, on_change=save, args=(here, bundle, item), disabled=not person(),
            format_func=lambda one: f"{sentiment_ink(one).mark} {t.get(f'sentiment.{one}', one)}",
            label_visibility="collapsed",
        )  # fmt: skip


def save(here: Desk, bundle: Bundle, item: ItemRow) -> None:
    if label := st.session_state[f"unsure.{item.id}"]:
        try:
            rightings.right_sentiment(here.store, bundle, item, label, person())
        except InputError as fault:
            st.session_state["unsure.fault"] = str(fault)


items = here.past.items(unsure=True, limit=limit + 1)
shown = items[:limit]
done = rightings.righted(here.store, shown)
link_overview()
count = rightings.unsure_items(here.past)
some = t("unsure.some.most", number=f"{count:,}") if count >= rightings.MOST else t.count("unsure.some", count)
said = some if count else t("unsure.none")
detail = t("unsure.rests", done=len(done), shown=len(shown)) if shown else t("unsure.none_detail")
frame.head(t("nav.unsure"), said, detail)
draw_bar(here, span=False)
if fault := st.session_state.pop("unsure.fault", None):
    draw_fault(t("righting.refused"), fault)
if shown:
    draw_person()
    st.caption("" if person() else t("newsdesk.nobody"))
for item in shown:
    draw_item(here, bundle, item, done.get(item.id))
if len(items) > limit and st.button(t("stories.show_more"), icon=":material/expand_more:"):
    st.session_state["unsure.limit"] = limit + STEP
    st.rerun()
