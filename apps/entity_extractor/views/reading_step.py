"""A document is read while the page waits: a bar where that takes long, a sentence where it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from entity_extractor import reading
from entity_extractor.extraction import Extractor
from entity_extractor.mentions import Document
from headwater.errors import HeadwaterError
from headwater.serving import Tagger
from headwater.ui import frame
from headwater.ui.faults import draw_fault
from headwater.ui.loading import model_for

__all__ = ["draw_extractor", "draw_reading", "told"]


def draw_extractor() -> tuple[Tagger, Extractor, str]:
    """The chosen model, the extractor of the set-up in force with it, and what tells that apart from every other.

    A page that cannot have one says why, and stops.
    """
    model = model_for("extractor")
    assert isinstance(model, Tagger)  # a use picks only such heads
    with told("extract.no_setup"):
        return model, *reading.extractor_for(model)


def draw_reading(extractor: Extractor, digest: str, document: Document) -> reading.Read:
    """What the document holds, read with a bar."""
    t, place = frame.texts(), st.empty()
    place.progress(0.0, t("extract.reading"))
    with told("extract.failed"):
        done = reading.read(
            extractor.finder, digest, document, lambda share: place.progress(share, t("extract.reading"))
        )
    place.empty()
    return done


@contextmanager
def told(key: str, top: Any = None, page: str = "") -> Iterator[None]:
    """A block whose fault is said in the sentence of `key`; the page stops there.

    With `top` the sentence is the page's own, under the name of the page.
    """
    try:
        yield
    except HeadwaterError as fault:
        t = frame.texts()
        if top is not None:
            with top:
                frame.head(t(page), t(key).rstrip(":："))
        draw_fault(t("model.fault" if top is not None else key), fault)
        st.stop()
