"""An item put right in place: its sentiment, its topics, and what is said of each company."""

import streamlit as st

from headwater.bundle import Bundle
from headwater.errors import InputError
from headwater.ui import frame, signin
from headwater.ui.faults import draw_fault
from headwater.ui.loading import bundle_for
from sentiment_monitor import rightings
from sentiment_monitor.desk import Desk, person
from sentiment_monitor.naming import name_of
from sentiment_monitor.records import ItemRow

__all__ = ["draw_person", "draw_righting"]


def draw_person() -> None:
    """Where nobody signs in, who reads says so."""
    if not signin.is_on():
        t = frame.texts()
        given = st.text_input(t("newsdesk.person"), person(), max_chars=80, help=t("newsdesk.person_help"))
        st.session_state["desk.person"] = given.strip()


def draw_righting(here: Desk, item: ItemRow) -> None:
    """A form that opens on demand; it starts from what the model said."""
    t, bundle = frame.texts(), bundle_for("monitor")
    with st.expander(t("righting.title"), icon=":material/edit:"):
        if isinstance(bundle, str):
            st.caption(t("righting.no_model"))
            return
        draw_person()
        with st.form(f"righting.{item.id}", border=False):
            given = _ask(here, bundle, item)
            if st.form_submit_button(t("righting.save"), type="primary", disabled=not person()):
                _save(here, bundle, item, *given)
        st.caption(t("righting.note") if person() else t("newsdesk.nobody"))


def _ask(here: Desk, bundle: Bundle, item: ItemRow) -> tuple[str | None, list[str], list[str]]:
    t, labels = frame.texts(), rightings.labels_of(bundle, "sentiment")
    place = labels.index(item.sentiment) if item.sentiment in labels else None
    sentiment = st.radio(t("righting.sentiment"), labels, place, format_func=_word, horizontal=True)
    known = rightings.labels_of(bundle, "topics")
    said = [label for label, _ in item.topics if label in known]
    topics = st.multiselect(
        t("righting.topics"), known, said, format_func=lambda label: name_of(t, here.companies, "topic", label)
    ) if known else []  # fmt: skip
    polarities = rightings.labels_of(bundle, "companies")
    companies = [_ask_company(item, number, ["", *polarities]) for number in range(len(item.mentions))] if polarities else []  # fmt: skip
    return sentiment, topics, companies


def _ask_company(item: ItemRow, number: int, options: list[str]) -> str:
    t, one = frame.texts(), item.mentions[number]
    place = options.index(one.polarity) if one.polarity in options else 0
    words = t("righting.company", name=one.text)
    return st.selectbox(words, options, place, format_func=_word, key=f"righting.{item.id}.{number}")


def _word(label: str) -> str:
    t = frame.texts()
    return t.get(f"sentiment.{label}", label) if label else t("righting.none")


def _save(here: Desk, bundle: Bundle, item: ItemRow, sentiment: str | None, topics: list[str], polarities: list[str]) -> None:  # fmt: skip
    """Everything that differs from what the model said, and the sentiment, which may be right as it is."""
    t, who = frame.texts(), person()
    others = topics if set(topics) != {label for label, _ in item.topics} else None
    said = polarities if polarities and polarities != [one.polarity for one in item.mentions] else None
    try:
        rightings.right(here.store, bundle, item, who, sentiment, others, said)
    except InputError as fault:
        draw_fault(t("righting.refused"), fault)
        return
    st.success(t("righting.saved"), icon=":material/check:")
