"""The frame that every page stands in: navigation, the language, the style; and how a page begins."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st

from headwater.errors import ServerError
from headwater.ui import blocks
from headwater.ui.shelf import endpoint, shown_endpoint
from headwater.ui.texts import LANGUAGES, Catalogue, catalogue

__all__ = ["head", "run", "texts"]

STYLE = Path(__file__).with_name("style.css")
ICON = Path(__file__).with_name("icon.svg")  # a named Material icon would be fetched from the network


def texts() -> Catalogue:
    """The catalogue of this session's language: chosen, in the address (?lang=zh), or the browser's."""
    if "language" not in st.session_state:
        asked = st.query_params.get("lang") or (st.context.locale or "en").partition("-")[0]
        st.session_state["language"] = asked if asked in LANGUAGES else "en"
    return catalogue(st.session_state["language"])


def run(pages: Mapping[str, Sequence[tuple[Path, str, str, str]]]) -> None:
    """Draw one page of an app. `pages`: section's key -> (view file, key of its title, icon, address).

    An app of a single page has no navigation.
    """
    t = texts()
    st.set_page_config(page_title="Headwater", page_icon=str(ICON), layout="wide")
    tree = {
        t(section) if section else "": [
            st.Page(file, title=t(title), icon=f":material/{icon}:", url_path=address)
            for file, title, icon, address in rows
        ]
        for section, rows in pages.items()
    }
    alone = sum(map(len, tree.values())) == 1
    page = st.navigation(tree, position="hidden" if alone else "sidebar")
    st.html(STYLE)
    with st.sidebar:
        _language()
    try:
        page.run()
    except ServerError as fault:  # it went away after the page had opened
        st.error(t("frame.lost", url=shown_endpoint()), icon=":material/cloud_off:")
        st.code(str(fault), language=None, wrap_lines=True)


def _language() -> None:
    """The choice of language. Its own key is not `language`: a widget's value is dropped when a page leaves it out."""
    t = texts()
    picked = st.segmented_control(
        t("frame.language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        default=t.language,
        key=f"picked-{t.language}",
        label_visibility="collapsed",
    )
    if picked and picked != t.language:
        st.session_state["language"] = picked
        st.rerun()
    st.caption(t("frame.served", url=shown_endpoint()) if endpoint() else t("frame.local"))


def head(page: str, sentence: str, detail: str = "") -> None:
    """The top of a page: its name, the sentence that answers its question, and what that rests on."""
    st.html(blocks.heading(page, sentence, detail))
