"""A tagger's own label names -> labels that `headwater.spans` reads, whatever scheme it was trained in.

| trained on                | becomes                                              |
|---------------------------|------------------------------------------------------|
| BIO (IOB2)                | itself                                               |
| IOBES, BILOU, BMES        | BIO: P(B) = P(B) + P(S or U), P(I) = P(I, M) + P(E or L) |
| plain types and O         | I-type: neighbours of one type are one span          |
| plain types without O     | B-type: every word is a span (parts of speech)       |
| IOB1, which must be named | I- begins a span; its B-, which begins one that touches another of its type, becomes S- |

Labels are joined in the graph, as the log-sum of their logits: the softmax then gives the sum of their probabilities.
"""

import re
from collections.abc import Sequence

from headwater.errors import InputError

__all__ = ["SCHEMES", "Columns", "token_labels"]

SCHEMES = ("iob1",)
MARKED = (re.compile(r"(?P<mark>[BIMELSU])[-_](?P<type>.+)"), re.compile(r"(?P<type>.+)[-_](?P<mark>[BIMELSU])"))
BIO = {"B": "B", "S": "B", "U": "B", "I": "I", "M": "I", "E": "I", "L": "I"}
NOTHING = re.compile(r"O|\W*(X|CLS|SEP|PAD)\W*")  # labels that some trainers give to special tokens and word pieces
UNNAMED = re.compile(r"LABEL_\d+")

Columns = tuple[tuple[int, ...], ...]


def token_labels(names: Sequence[str], scheme: str | None = None) -> tuple[tuple[str, ...], Columns]:
    """Labels for a token head, and for each of them the checkpoint's columns that are joined in it.

    Raises InputError where the names say nothing, or do not fit the scheme.

    >>> token_labels(["O", "B-PER", "E-PER", "S-PER"])
    (('O', 'B-PER', 'I-PER'), ((0,), (1, 3), (2,)))
    """
    if scheme not in (None, *SCHEMES):
        raise InputError(
            f"--scheme: expected {' or '.join(SCHEMES)}, or nothing where the labels say it; got {scheme!r}"
        )
    if any(UNNAMED.fullmatch(name) for name in names):
        raise InputError(
            f"expected labels that say what they mean, got {', '.join(names[:3])} ...: set id2label in config.json"
        )
    groups: dict[str, list[int]] = {}
    for column, label in enumerate(_marked(names, scheme) or _plain(names)):
        groups.setdefault(label, []).append(column)
    return tuple(groups), tuple(map(tuple, groups.values()))


def _marked(names: Sequence[str], scheme: str | None) -> list[str] | None:
    """BIO labels of names that carry marks; None where they carry none."""
    for form in MARKED:
        found = [None if NOTHING.fullmatch(name) else form.fullmatch(name) for name in names]
        odd = [name for name, match in zip(names, found, strict=True) if not match and not NOTHING.fullmatch(name)]
        if len(odd) == len([name for name in names if not NOTHING.fullmatch(name)]):
            continue
        if odd:
            raise InputError(f"expected a mark such as B- on every label or on none, got {odd[0]!r} among {names[:5]}")
        marks = {match["mark"] for match in found if match}
        if scheme == "iob1" and marks <= {"B", "I"}:
            return ["O" if match is None else f"{'SI'[match['mark'] == 'I']}-{match['type']}" for match in found]
        if scheme:
            raise InputError(f"--scheme {scheme}: expected labels with B- and I- only, got the marks {sorted(marks)}")
        return ["O" if match is None else f"{BIO[match['mark']]}-{match['type']}" for match in found]
    return None


def _plain(names: Sequence[str]) -> list[str]:
    mark = "I" if "O" in names else "B"
    return ["O" if name == "O" else f"{mark}-{name}" for name in names]
