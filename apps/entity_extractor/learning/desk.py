"""What the page of corrections stands on: the store, the queue that was chosen, who sits there, and the draft under way.

The draft alone is the session's; queue and corrections outlive it.
"""

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import streamlit as st

from entity_extractor import formats
from entity_extractor.documents import UPLOAD, read_documents
from entity_extractor.learning import corrected, queue
from entity_extractor.learning.agreement import Marked
from entity_extractor.learning.corrected import Marks
from entity_extractor.learning.doubts import opinions
from entity_extractor.learning.draft import Piece, begun
from entity_extractor.learning.queue import Row
from headwater.errors import BundleError, HeadwaterError
from headwater.serving import Embedder, Tagger, load
from headwater.spans import Span
from headwater.store import Store, open_store, store_url
from headwater.ui import signin
from headwater.ui.faults import draw_fault
from headwater.ui.frame import head, texts
from headwater.ui.shelf import places, stamp

__all__ = ["Desk", "desk", "embedder", "new_queue", "opened_store", "person", "written"]

WRITTEN = [name for name, form in formats.FORMATS.items() if form.write]


@dataclass(frozen=True)
class Desk:
    """A queue with what was corrected of it, for one person."""

    store: Store
    file: Path
    rows: list[Row]
    marks: Marks
    who: str
    types: tuple[str, ...]

    @property
    def at(self) -> int:
        """The row under correction: where one went, else the first that this person has not corrected."""
        kept = st.session_state.get(f"correct.at.{self.file.stem}")
        return min(kept, len(self.rows) - 1) if kept is not None else self.next_open(-1)

    def go(self, row: int) -> None:
        """Turn to a row; one before the first or behind the last is that."""
        st.session_state[f"correct.at.{self.file.stem}"] = max(0, min(row, len(self.rows) - 1))

    def next_open(self, row: int) -> int:
        """The next row behind this one, round the end, that the person has not corrected; the last where no other is left."""
        others = [*range(row + 1, len(self.rows)), *range(row)]
        return next((n for n in others if self.who not in self.marks.get(self.rows[n].text, {})), len(self.rows) - 1)

    @cached_property
    def marked(self) -> Marked:
        """The spans of each person by sentence."""
        return {
            text: {who: [span for span in one.right if isinstance(span, Span)] for who, one in by.items()}
            for text, by in self.marks.items()
        }

    def _key(self, row: Row) -> str:
        """Of the draft of a row; another once this person has saved, so that it begins from what they saved.

        The sentence is in it: a later file of the same name has other sentences under the same ids.
        """
        text = hashlib.blake2b(row.text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        mine = self.marks.get(row.text, {}).get(self.who)
        return f"correct.draft.{self.file.stem}.{row.id}.{text}.{self.who}.{mine.id if mine else 0}"

    def draft(self, row: Row) -> tuple[list[Piece], str]:
        """The pieces that a person works on, and a key that changes with them: of the widgets that show them."""
        key = self._key(row)
        if key not in st.session_state:
            st.session_state[key] = (begun(row.said, self.marked.get(row.text, {}).get(self.who)), 0)
        pieces, version = st.session_state[key]
        return pieces, f"{key}.{version}"

    def keep(self, row: Row, pieces: Sequence[Piece]) -> None:
        """Go on from other pieces."""
        key = self._key(row)
        st.session_state[key] = (list(pieces), st.session_state[key][1] + 1)

    def turn(self, row: Row, pieces: Sequence[Piece], to: int) -> None:
        """Turn to another row, and keep what was changed in this one for when one comes back."""
        if pieces != self.draft(row)[0]:
            self.keep(row, pieces)
        self.go(to)

    def named(self, given: str) -> str:
        """A type to mark with, also one that the model does not know: it is offered from then on. Raises InputError."""
        label = corrected.type_name(given, self.types)
        if label not in self.types:
            st.session_state["correct.types"] = (*st.session_state.get("correct.types", ()), label)
        return label

    def save(self, row: Row, right: tuple[Span, ...]) -> None:
        """Write down what is right and turn to the next row. Raises InputError as `corrected.put_right` does."""
        corrected.put_right(self.store, row, right, self.who, self.types)
        self.go(self.next_open(self.rows.index(row)))


def desk(page: str, tagger: Tagger) -> Desk | None:
    """The desk of this session, None where no queue is there yet; a page that cannot have it says why and stops."""
    try:
        store, files = opened_store(store_url()), queue.standing()
        if not files:
            return None
        named = {file.stem: file for file in files}
        file = named.get(st.session_state.get("correct.queue", ""), files[0])
        rows = queue.open_queue(file)
        marks, types = corrected.marks_of(store, rows), corrected.types_of(tagger.bundle, tagger.head.name)
        said = {span.label for row in rows for span in row.said} | corrected.labels_of(marks)
        types += tuple(sorted((said | set(st.session_state.get("correct.types", ()))) - set(types)))
        return Desk(store, file, rows, marks, person(), types)
    except (HeadwaterError, OSError) as fault:
        t = texts()
        head(t(page), t("correct.no_store"), t("correct.no_store_detail"))
        draw_fault(t("model.fault"), fault)
        st.stop()


def person() -> str:
    """Who sits at the page: as signed in, or as they have said; "" for who has not yet."""
    who = signin.person()
    return who.email or who.name or str(st.session_state.get("correct.person", ""))


def new_queue(tagger: Tagger, name: str, content: bytes, most: int) -> int:
    """Make the queue of an uploaded file, in the place of one of the same name; how many sentences it has.

    Raises DataError and InputError for a file without sentences, BundleError where the model of sentences is missing.
    """
    manifest, here = tagger.bundle.manifest, opened_store(store_url())
    done = corrected.done_texts(here, manifest.name, tagger.head.name)
    documents = read_documents(name, content, limits=UPLOAD)
    rows = queue.build(documents, lambda given: opinions(tagger, given), embedder(), done=done, most=most)
    stem = re.sub(r"[^\w-]+", "-", Path(name).stem).strip("-")[:60] or "texts"
    file = queue.folder() / f"{stem}.jsonl"
    queue.save(rows, file, tagger.bundle, tagger.head.name, tagger.model.variant)
    st.session_state["correct.queue"] = stem
    st.session_state.pop(f"correct.at.{stem}", None)
    return len(rows)


def written(here: Desk, form: str) -> bytes:
    """What was corrected, in a format. Raises DataError or InputError where it cannot be had."""
    stream = io.BytesIO()
    formats.write(form, corrected.corrected(here.rows, here.marks), stream, snap=True, annotations=True)
    return stream.getvalue()


def embedder() -> Embedder:
    """The bundle of sentence vectors. Raises BundleError where it is missing."""
    place = next((place for place in places() if place.name == "sentences"), None)
    if place is None:
        raise BundleError("expected the bundle `sentences` among the models: it says how far sentences are apart")
    return _opened(place.folder, stamp(place.folder))


@st.cache_resource(max_entries=1, show_spinner=False)
def _opened(folder: Path, stamped: tuple[int, ...]) -> Embedder:
    return load(folder)  # type: ignore[return-value]  # it has one head, of sentences


@st.cache_resource(max_entries=4, show_spinner=False)
def opened_store(url: str) -> Store:
    """The store of this process."""
    return open_store(url)
