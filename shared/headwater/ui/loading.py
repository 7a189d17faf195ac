"""Models for pages: opened once a process, opened again when they change, and a message where they cannot be.

They are this machine's bundles, or, where HEADWATER_ENDPOINT names a server, those of the same names there.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

import headwater
from headwater.bundle import Bundle, open_bundle
from headwater.errors import BundleError, HeadwaterError
from headwater.serving import Classifier, Model, Tagger
from headwater.serving.model import view
from headwater.serving.remote import connect, needs_bundle, served_digest, served_models
from headwater.ui import why
from headwater.ui.faults import draw_fault
from headwater.ui.frame import head, texts
from headwater.ui.inspecting import look
from headwater.ui.shelf import USES, Place, chosen, endpoint, fits, places, shown_endpoint, stamp

__all__ = ["bundle_for", "load_model", "model_for", "open_place", "readers_for", "score", "word_weights"]

WAIT = 10.0  # seconds that a page waits for a server
CHUNK = 512  # texts a step of the progress bar: about a second on two cores


def model_for(app: str) -> Classifier | Tagger:
    """The model that an app uses; where it cannot be had, the page says which, why and what to run, and stops."""
    t, place = texts(), chosen(app)
    try:
        with st.spinner(t("model.opening", name=place.name)):
            return open_place(app, place)
    except (HeadwaterError, OSError) as fault:
        _explain(app, place, fault)
        return st.stop()  # never returns


def bundle_for(app: str) -> Bundle | str:
    """The bundle that an app uses, or the sentence that says why it cannot be had."""
    if not endpoint():
        return look(chosen(app))
    try:
        return open_place(app, chosen(app)).bundle
    except (HeadwaterError, OSError) as fault:
        return str(fault)


def open_place(app: str, place: Place) -> Classifier | Tagger:
    """The model of a place, or the server's of its name, with the head that `app` reads. Raises BundleError and ServerError."""
    if url := endpoint():
        return _served(url, place, _digest(url, place.name), app)
    if place.fault:
        raise BundleError(place.fault)
    return load_model(place.folder, stamp(place.folder), app)


def readers_for(app: str) -> list[Place]:
    """What an app can read with: the whole bundles of this machine, or where HEADWATER_ENDPOINT names a server, its models.

    Raises ServerError for a server that does not answer.
    """
    if not (url := endpoint()):
        every = ((place, look(place)) for place in places())
        return [place for place, bundle in every if not isinstance(bundle, str) and fits(USES[app], bundle)]
    found = []
    for name in served_models(url, timeout=WAIT):
        place = Place(name, Path(name), "served")
        try:
            open_place(app, place)
        except BundleError:  # it has no head that the app reads
            continue
        found.append(place)
    return found


def _explain(app: str, place: Place, fault: Exception) -> None:
    t = texts()
    if endpoint():
        head(t(f"nav.{app}"), t("model.served", url=shown_endpoint(), name=place.name), "")
        draw_fault(t("model.fault"), fault)
        return
    missing = not place.fault and not (place.folder / "bundle.json").is_file()
    head(t(f"nav.{app}"), t("model.missing" if missing else "model.broken", name=place.name), t("model.other"))
    if missing:
        draw_fault(t("model.run_this"), f"headwater train models/{place.name}/recipe.toml")
    else:
        draw_fault(t("model.fault"), fault)


@st.cache_resource(max_entries=6, show_spinner=False)
def load_model(folder: Path, stamped: tuple[int, ...], app: str) -> Classifier | Tagger:
    """Open the bundle in `folder` with the head that `app` reads. `stamped` is `shelf.stamp`, the cache's key."""
    picked = USES[app].pick(open_bundle(folder))
    return headwater.load(folder, picked.name)  # type: ignore[return-value]  # a use picks only such heads


@st.cache_data(ttl=5, max_entries=50, show_spinner=False)
def _digest(url: str, name: str) -> str | None:
    """Which bundle a server holds now: asked every few seconds, so that a new one there is opened anew here."""
    return served_digest(url, name, timeout=WAIT)


@st.cache_resource(max_entries=6, show_spinner=False)
def _served(url: str, place: Place, digest: str | None, app: str) -> Classifier | Tagger:
    """A server's model with the head that `app` reads; `digest` is the cache's key. Triton's is read by the bundle here."""
    opened = connect(url, place.name, bundle=place.folder if needs_bundle(url) else None, timeout=WAIT)
    model = opened if isinstance(opened, Model) else opened.model
    return view(model, USES[app].pick(model.bundle).name)  # type: ignore[return-value]  # as above


@st.cache_data(max_entries=500, show_spinner=False)
def word_weights(_classifier: Classifier, digest: str, text: str, label: str) -> list[why.Part]:
    """`why.explain` for one label of a classifier, kept by the bundle's digest."""
    column = list(_classifier.labels).index(label)
    return why.explain(text, lambda texts: [float(row[column]) for row in why.probabilities(_classifier, texts)])


def score(classifier: Classifier, texts_given: Sequence[str], label: str) -> np.ndarray:
    """Probabilities of every text, float64 (texts, labels), with a progress bar that names the work by `label`.

    Each chunk is kept by the bundle's digest and its texts, so that a visit that is left and taken up goes on.
    """
    if not texts_given:
        return np.zeros((0, len(classifier.labels)))
    rows, bar = [], None
    for start in range(0, len(texts_given), CHUNK):
        if len(texts_given) > CHUNK:
            bar = bar or st.progress(0.0)
            bar.progress(start / len(texts_given), f"{label} {start:,} / {len(texts_given):,}")
        chunk = tuple(texts_given[start : start + CHUNK])
        rows.append(_probabilities(classifier, classifier.bundle.digest, classifier.model.variant, chunk))
    if bar:
        bar.empty()
    return np.concatenate(rows)


@st.cache_data(max_entries=300, show_spinner=False)
def _probabilities(_classifier: Classifier, digest: str, variant: str, chunk: tuple[str, ...]) -> np.ndarray:
    return why.probabilities(_classifier, chunk)
