"""Named sets: where each lies in a data folder and on the hub, and what its licence allows.

A name such as "banking77:train" is looked for in `HEADWATER_DATA` (a folder of <set>/<split>.jsonl[.gz]) and, where
that is not set or lacks the set, fetched from the hub id below through `datasets`.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headwater.data.example import Example
from headwater.data.readers import example_of, read_file
from headwater.errors import DataError

__all__ = ["SETS", "NamedSet", "named_rows", "split_name"]

DATA_VARIABLE = "HEADWATER_DATA"


@dataclass(frozen=True)
class NamedSet:
    """A public set. `columns` renames hub columns to ours; `splits` renames splits where the hub has others.

    `labels` names the numbers in the hub's column of labels, where the hub itself does not.
    """

    title: str
    licence: str
    url: str
    hub: str = ""
    config: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    splits: dict[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()


SETS: dict[str, NamedSet] = {
    "banking77": NamedSet(
        "Banking77 (Casanueva et al. 2020)",
        "CC BY 4.0",
        "https://huggingface.co/datasets/PolyAI/banking77",
        "PolyAI/banking77",
    ),
    "btc": NamedSet(
        "Broad Twitter Corpus (Derczynski et al. 2016)",
        "CC BY 4.0",
        "https://huggingface.co/datasets/GateNLP/broad_twitter_corpus",
        "GateNLP/broad_twitter_corpus",
    ),
    "clinc150": NamedSet(
        "CLINC150 (Larson et al. 2019)",
        "CC BY 3.0",
        "https://huggingface.co/datasets/clinc/clinc_oos",
        "clinc/clinc_oos",
        "plus",
        {"intent": "label"},
    ),
    "conll2003": NamedSet(
        "CoNLL-2003 (Tjong Kim Sang and De Meulder 2003)",
        "texts: Reuters RCV1, research only",
        "https://huggingface.co/datasets/eriktks/conll2003",
        "eriktks/conll2003",
    ),
    "conllpp": NamedSet(
        "CoNLL++ (Wang et al. 2019)",
        "corrections Apache-2.0; texts as CoNLL-2003",
        "https://huggingface.co/datasets/ZihanWangKi/conllpp",
        "ZihanWangKi/conllpp",
    ),
    "financial_phrasebank_50": NamedSet(
        "Financial PhraseBank, at least 50 % agreement (Malo et al. 2014)",
        "CC BY-NC-SA 3.0",
        "https://huggingface.co/datasets/takala/financial_phrasebank",
        "takala/financial_phrasebank",
        "sentences_50agree",
        {"sentence": "text"},
        {"all": "train"},
    ),
    "financial_phrasebank_all": NamedSet(
        "Financial PhraseBank, all annotators agree (Malo et al. 2014)",
        "CC BY-NC-SA 3.0",
        "https://huggingface.co/datasets/takala/financial_phrasebank",
        "takala/financial_phrasebank",
        "sentences_allagree",
        {"sentence": "text"},
        {"all": "train"},
    ),
    "finentity": NamedSet(
        "FinEntity (Tang et al. 2023)",
        "ODC-BY 1.0",
        "https://huggingface.co/datasets/yixuantt/FinEntity",
        "yixuantt/FinEntity",
        None,
        {"content": "text", "annotations": "entities"},
        {"all": "train"},
    ),
    "reuters_r52": NamedSet(
        "Reuters-21578, R52 (Lewis 1997)",
        "research only (Reuters and Carnegie Group)",
        "https://www.daviddlewis.com/resources/testcollections/reuters21578/",
    ),
    "twitter_fin_sentiment": NamedSet(
        "Twitter Financial News Sentiment (zeroshot 2022)",
        "MIT; tweets under X's terms",
        "https://huggingface.co/datasets/zeroshot/twitter-financial-news-sentiment",
        "zeroshot/twitter-financial-news-sentiment",
        labels=("bearish", "bullish", "neutral"),
    ),
    "wikigold": NamedSet(
        "WikiGold (Balasuriya et al. 2009)",
        "CC BY 4.0",
        "https://figshare.com/articles/dataset/Learning_multilingual_named_entity_recognition_from_Wikipedia/5462500",
    ),
    "wnut17": NamedSet(
        "WNUT-17 (Derczynski et al. 2017)",
        "CC BY 4.0",
        "https://huggingface.co/datasets/leondz/wnut_17",
        "leondz/wnut_17",
    ),
}


def split_name(source: str) -> tuple[str, str]:
    """Part a source into set and split: "banking77:train" -> ("banking77", "train"); without a split, "train"."""
    name, _, split = source.partition(":")
    return name, split or "train"


def named_rows(source: str, joiner: str = " ") -> tuple[list[Example], Path | None]:
    """Rows of a named set or hub id, and the local file they came from, if any.

    Raises DataError that says where it looked and what would help.
    """
    name, split = split_name(source)
    folder = os.environ.get(DATA_VARIABLE)
    if folder and "/" not in name:
        for suffix in (".jsonl", ".jsonl.gz"):
            file = Path(folder) / name / f"{split}{suffix}"
            if file.is_file():
                return read_file(file, joiner), file
        if name not in SETS or not SETS[name].hub:
            there = sorted(path.name for path in (Path(folder) / name).glob("*")) or "no such folder"
            raise DataError(f"{source}: expected {split}.jsonl[.gz] in {Path(folder) / name}, found {there}")
    if "/" not in name and (name not in SETS or not SETS[name].hub):
        raise DataError(
            f"{source}: expected a file, a hub id (owner/name:split) or a named set in the folder {DATA_VARIABLE} "
            f"(now {folder or 'not set'}); sets known on the hub: {', '.join(name for name in SETS if SETS[name].hub)}"
        )
    known = SETS.get(name, NamedSet(name, "see the hub", f"https://huggingface.co/datasets/{name}", name))
    return _hub_rows(known, split, joiner), None


def _hub_rows(known: NamedSet, split: str, joiner: str) -> list[Example]:
    import datasets

    try:
        table = datasets.load_dataset(known.hub, known.config, split=known.splits.get(split, split))
    except Exception as fault:  # the library raises dozens of kinds, from its network clients too
        raise DataError(
            f"{known.hub}:{split}: could not be had from the hub ({type(fault).__name__}: {' '.join(str(fault).split())[:300]}); "
            f"put the set into a folder as <set>/{split}.jsonl and name it in {DATA_VARIABLE}"
        ) from fault
    return from_table(table, known, f"{known.hub}:{split}", joiner)


def from_table(table: Any, known: NamedSet, where: str, joiner: str = " ") -> list[Example]:
    """Rows of a `datasets.Dataset`; class numbers become their names, and -1, which the hub writes for none, nothing."""
    columns, names = known.columns, {}
    for column, feature in table.features.items():
        names[column] = getattr(feature, "names", None) or getattr(getattr(feature, "feature", None), "names", None)
        if columns.get(column, column) == "label":
            names[column] = names[column] or known.labels or None
    rows = []
    for number, row in enumerate(table):
        ours = {columns.get(column, column): _named(value, names[column]) for column, value in row.items()}
        rows.append(example_of(ours, f"{where}: row {number}", joiner))
    return rows


def _named(value: Any, names: Sequence[str] | None) -> Any:
    if isinstance(value, list) and names is not None:
        return [_named(item, names) for item in value]
    if names is None or not isinstance(value, int):
        return value
    return names[value] if value >= 0 else None
