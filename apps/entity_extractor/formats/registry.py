"""The formats, and what each can keep.

    format            out in  keeps besides places and labels                          streams
    jsonl             x   x   everything                                               out, in
    parquet           x   x   everything                                               out, in
    spacy             x   x   everything, where spans are on words                     no
    label-studio      x   x   everything                                               out, in
    conll             x   x   id and words, where spans are on words                   out, in
    iob2              x   x   as conll                                                 out, in
    csv               x       id, probability (four digits), source, value, link       out
    html              x       id, text, for people                                     out
    label-studio-min      x   text, meta                                               in
    prodigy               x   id, text, meta                                           in
    spacy-json            x   text                                                     in

Lone surrogates become U+FFFD everywhere: UTF-8 has no form for them. `lost` names what a format would not keep.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from entity_extractor.formats import conll, jsonl, label_studio, page, parquet, prodigy, spacy_bin, spacy_json, table
from entity_extractor.formats.options import Reading, Writing
from entity_extractor.mentions import Annotated
from headwater.text import clean, words

__all__ = ["FORMATS", "ON_WORDS", "Format", "lost"]

Writer = Callable[[BinaryIO, Iterable[Annotated], Writing], None]
Reader = Callable[[Path, Reading], Iterator[Annotated]]
ALL = frozenset({"id", "text", "blanks", "probability", "source", "value", "link", "meta"})


@dataclass(frozen=True)
class Format:
    """One format: the endings of its files, what it keeps (of `ALL`), and its ways out and in, None where there is none."""

    name: str
    endings: tuple[str, ...]
    keeps: frozenset[str]
    write: Writer | None = None
    read: Reader | None = None


TEXT = frozenset({"id", "text", "blanks"})
EVERY = (
    Format("jsonl", (".jsonl",), ALL, jsonl.write_jsonl, jsonl.read_jsonl),
    Format("parquet", (".parquet",), ALL, parquet.write_parquet, parquet.read_parquet),
    Format("spacy", (".spacy",), ALL, spacy_bin.write_spacy, spacy_bin.read_spacy),
    Format("label-studio", (".json",), ALL, label_studio.write_label_studio, label_studio.read_label_studio),
    Format("conll", (".conll", ".txt"), frozenset({"id", "text"}), conll.write_conll, conll.read_columns),
    Format("iob2", (".iob2", ".iob", ".bio"), frozenset({"id", "text"}), conll.write_iob2, conll.read_columns),
    Format("csv", (".csv",), ALL - {"text", "blanks", "meta"}, table.write_csv),
    Format("html", (".html", ".htm"), TEXT, page.write_html),
    Format("label-studio-min", (".json",), TEXT - {"id"} | {"meta"}, read=label_studio.read_label_studio_min),
    Format("prodigy", (".jsonl",), TEXT | {"meta"}, read=prodigy.read_prodigy),
    Format("spacy-json", (".json",), TEXT - {"id"}, read=spacy_json.read_spacy_json),
)
FORMATS: dict[str, Format] = {one.name: one for one in EVERY}
ON_WORDS = frozenset({"spacy", "conll", "iob2"})  # label words: no span begins or ends inside one


def lost(one: Annotated, form: Format) -> list[str]:
    """What a format would not keep of a document, in words; none where all is kept."""
    away = [f"lone surrogates at {_first_changed(one.text):,} and after"] if clean(one.text) != one.text else []
    if "text" not in form.keeps:
        away += ["its text"] if one.text else []
    elif "blanks" not in form.keeps and conll.joined([one.text[a:b] for a, b in words(one.text)]) != one.text:
        away.append("the blanks between its words")
    for key in ("probability", "source", "value", "link"):
        if key not in form.keeps:
            usual = 1.0 if key == "probability" else ""
            found = next((m for m in one.mentions if getattr(m, key) != usual), None)
            away += [f"the {key} of {found.label} at {found.start}-{found.end}"] if found else []
    return away + (["its meta"] if one.meta and "meta" not in form.keeps else [])


def _first_changed(text: str) -> int:
    return next(at for at, (old, new) in enumerate(zip(text, clean(text), strict=True)) if old != new)
