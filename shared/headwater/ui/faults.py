"""What a page says where something could not be done: a sentence in the reader's language, and what was wrong."""

import streamlit as st

__all__ = ["draw_fault"]


def draw_fault(sentence: str, fault: object, mild: bool = False) -> None:
    """A box with `sentence`, which is the catalogue's, and beneath it the fault as it was raised.

    The fault's own message is English and names files and values as they are: it is shown as plain text, and never alone.
    `mild`: the page goes on, and what it shows holds.
    """
    if mild:
        st.warning(sentence, icon=":material/warning:")
    else:
        st.error(sentence, icon=":material/error:")
    st.code(str(fault), language=None, wrap_lines=True)
