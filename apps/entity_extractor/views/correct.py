"""Sentences to correct, those first that teach the model most: one at a time, each answer kept at once."""

import streamlit as st

from entity_extractor.learning import corrected, queue
from entity_extractor.learning.desk import desk, new_queue
from entity_extractor.views.correct_done import draw_agreement, draw_download
from entity_extractor.views.correct_sentence import draw_sentence
from entity_extractor.views.who import draw_person
from headwater.errors import HeadwaterError
from headwater.ui import formats, frame
from headwater.ui.faults import draw_fault
from headwater.ui.loading import model_for

t = frame.texts()
tagger = model_for("extractor")


def draw_choice() -> None:
    names = [file.stem for file in queue.standing()]
    kept = st.session_state.get("correct.queue")
    if len(names) > 1:
        at = names.index(kept) if kept in names else 0
        picked = st.selectbox(t("correct.queue"), names, at)
        if picked != names[at]:
            st.session_state["correct.queue"] = picked
            st.rerun()


def draw_new(is_open: bool) -> None:
    """Texts -> a queue."""
    with st.expander(t("correct.new"), icon=":material/upload_file:", expanded=is_open):
        st.caption(t("correct.new_detail"))
        upload = st.file_uploader(t("extract.upload"))
        most = st.number_input(t("correct.most"), 1, 2_000, queue.MOST, 50)
        if st.button(t("correct.make"), disabled=upload is None, icon=":material/playlist_add:") and upload:
            try:
                with st.spinner(t("correct.making")):
                    new_queue(tagger, upload.name, upload.getvalue(), int(most))
                st.rerun()
            except (HeadwaterError, OSError) as fault:
                draw_fault(t("correct.not_made", name=formats.plain(upload.name)), fault)


here = desk("nav.correct", tagger)
if here is None:
    frame.head(t("nav.correct"), t("correct.none"), t("correct.none_detail"))
    draw_new(True)
else:
    far = corrected.progress(here.rows, here.marks)
    done = t("correct.progress", done=far.done, every=far.every, changed=far.changed)
    frame.head(t("nav.correct"), done, t("correct.rests"))
    st.progress(far.done / far.every)
    left, right = st.columns([2.4, 1], gap="large")
    with right:
        draw_person()
        draw_choice()
        draw_download(here)
        draw_new(False)
    with left:
        draw_sentence(here)
    draw_agreement(here)
