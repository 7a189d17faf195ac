"""Where a reply's words stand: a button for each article, and the article over the page."""

import streamlit as st

from headwater.ui import blocks, formats, frame
from support_chatbot import talk

__all__ = ["draw_source"]


def draw_source(source: talk.Source, key: str) -> None:
    """The button that opens an article."""
    kind = "talk.source" if source.quotes else "talk.more"
    label = frame.texts()(kind, title=formats.plain(source.title))
    if st.button(label, key=f"source-{key}", type="tertiary", icon=":material/article:"):
        _open(source)


def _open(source: talk.Source) -> None:
    """Show the article over the page, what was quoted marked in it."""

    @st.dialog(source.title, width="medium")
    def page() -> None:
        t = frame.texts()
        text, found = talk.highlighted(source.article.text, source.quotes) if source.article else ("", False)
        if source.quotes:
            st.caption(t("talk.marked" if found else "talk.quoted"))
        for quote in source.quotes if not found else ():
            st.html(blocks.paragraph(quote))
        st.markdown(text)
        st.caption(t("talk.from", link=formats.plain(source.link)))

    page()
