"""What has been done: other people's answers to a sentence, agreement over the queue, and the corrected set as a file."""

import streamlit as st

from entity_extractor import formats as files
from entity_extractor.learning.agreement import agreement, disagreements
from entity_extractor.learning.desk import WRITTEN, Desk, written
from entity_extractor.learning.queue import Row
from headwater.errors import HeadwaterError
from headwater.intervals import Interval
from headwater.spans import Span
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault

__all__ = ["draw_agreement", "draw_download", "draw_others"]

MOST = 20  # disagreements that are shown


def draw_others(here: Desk, row: Row) -> None:
    """What others marked in a sentence, once one has said oneself what is right: nobody is led."""
    t, by = frame.texts(), here.marked.get(row.text, {})
    if here.who not in by or len(by) < 2:
        return
    apart = {(one.one, one.other): one for one in disagreements({row.text: by})}
    for who in sorted(set(by) - {here.who}):
        pair = tuple(sorted((who, here.who)))
        if pair not in apart:
            st.caption(t("correct.same", who=formats.plain(who)))
            continue
        spans = _said([span for span in by[who] if span not in by[here.who]])
        st.caption(t("correct.other", who=formats.plain(who), f1=formats.percent(apart[pair].f1), spans=spans))


def draw_agreement(here: Desk) -> None:
    """Every pair of people with a sentence in common, and where they part, worst first."""
    t, pairs = frame.texts(), agreement(here.marked)
    if not pairs:
        return
    with st.expander(t("correct.agreement"), icon=":material/group:"):
        for pair in pairs:
            people = t("correct.pair", one=formats.plain(pair.one), other=formats.plain(pair.other))
            shown = {"f1": _within(pair.f1, True), "kappa": _within(pair.kappa, False)}
            st.markdown(t("correct.agree", people=people, sentences=pair.sentences, **shown))
        for one in disagreements(here.marked)[:MOST]:
            st.caption(formats.plain(one.text))
            first, second = _said(one.only_one), _said(one.only_other)
            st.markdown(t("correct.apart", one=formats.plain(one.one), first=first, other=formats.plain(one.other), second=second))  # fmt: skip


def draw_download(here: Desk) -> None:
    t = frame.texts()
    if not here.marks:
        return
    form = st.selectbox(t("correct.form"), WRITTEN)
    try:
        content = written(here, form)
    except (HeadwaterError, ImportError) as fault:
        draw_fault(t("correct.not_written", form=form), fault, mild=True)
        return
    name = f"{here.file.stem}-corrected{files.FORMATS[form].endings[0]}"
    st.download_button(t("correct.download"), content, name, icon=":material/download:", on_click="ignore")


def _within(found: Interval, share: bool) -> str:
    """A value with its interval, a share as a percentage."""
    write = formats.percent if share else "{:.2f}".format
    return frame.texts()("correct.within", value=write(found.value), low=write(found.low), high=write(found.high))


def _said(spans: list[Span] | tuple[Span, ...]) -> str:
    t = frame.texts()
    return t("common.comma").join(formats.plain(f"{s.text} ({t.get(f'entity.{s.label}', s.label)})") for s in spans) or t("correct.nothing")  # fmt: skip
