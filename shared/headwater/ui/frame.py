"""The frame that every page stands in: navigation, the language, the style; and how a page begins."""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path

import streamlit as st

from headwater.errors import ServerError
from headwater.ui import blocks, signin
from headwater.ui.faults import draw_fault
from headwater.ui.roles import AGENT
from headwater.ui.shelf import endpoint, shown_endpoint
from headwater.ui.texts import LANGUAGES, Catalogue, catalogue

__all__ = ["head", "run", "texts"]

STYLE = Path(__file__).with_name("style.css")
Row = tuple[Path, str, str, str] | tuple[Path, str, str, str, str]
ICON = Path(__file__).with_name("icon.svg")  # a named Material icon would be fetched from the network


def texts() -> Catalogue:
    """The catalogue of this session's language: chosen, in the address (?lang=zh), or the browser's."""
    if "language" not in st.session_state:
        asked = st.query_params.get("lang") or (st.context.locale or "en").partition("-")[0]
        st.session_state["language"] = asked if asked in LANGUAGES else "en"
    return catalogue(st.session_state["language"])


def run(pages: Mapping[str, Sequence[Row]], hidden: Collection[str] = ()) -> None:
    """Draw one page of an app. `pages`: section's key -> (view file, key of its title, icon, address[, least role]).

    `hidden`: addresses that links lead to, and the navigation does not show.

    A page that names no role is for staff. Where people sign in, the navigation lists what the reader may open, and a
    page that is opened by its address without the role is refused in words. An app of a single page has no navigation.
    """
    t, who = texts(), signin.person()
    st.set_page_config(page_title="Headwater", page_icon=str(ICON), layout="wide")
    every = list(chain(*pages.values()))
    open_to_reader = [row[3] for row in every if who.may(_role(row))]
    shown = [address for address in open_to_reader if address not in hidden]
    begins = shown[0] if shown else every[0][3]
    tree = {
        t(section) if section else "": [_page(row, shown, begins) for row in rows] for section, rows in pages.items()
    }
    rows_of = dict(zip(chain(*tree.values()), every, strict=True))
    start = next(at for at, row in rows_of.items() if row[3] == begins)
    door = _door(start, begins)
    page = st.navigation(
        {**tree, "": [*tree.get("", ()), door]}, position="sidebar" if len(shown) > 1 else "hidden", expanded=True
    )
    if page is door:
        page.run()
    st.html(STYLE)
    with st.sidebar:
        _language()
        signin.draw_account(t)
    role = _role(rows_of[page])
    if not who.may(role):
        signin.draw_refusal(t, role, start if shown else None)
        return
    try:
        page.run()
    except ServerError as fault:  # it went away after the page had opened
        draw_fault(t("frame.lost", url=shown_endpoint()), fault)


def _role(row: Row) -> str:
    """The least role that opens a page."""
    return row[4] if len(row) == 5 else AGENT


def _door(start: st.Page, address: str) -> st.Page:
    """The way to the page where readers begin by its own address: Streamlit serves that page at "/" and nowhere else."""

    def lead() -> None:
        st.switch_page(start, query_params=st.query_params.to_dict())

    return st.Page(lead, title=start.title, url_path=address, visibility="hidden")


def _page(row: Row, shown: Sequence[str], begins: str) -> st.Page:
    """A page of the navigation; hidden where `shown` lacks it. `begins` is the address of that where readers begin."""
    file, title, icon, address = row[:4]
    return st.Page(
        file,
        title=texts()(title),
        icon=f":material/{icon}:",
        url_path="" if address == begins else address,
        default=address == begins,
        visibility="visible" if address in shown else "hidden",
    )


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
