"""Places on words: CoNLL and spaCy label words, so a span has to begin and end with one."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from entity_extractor.formats.soundness import sound
from entity_extractor.mentions import Annotated, Mention
from headwater.errors import DataError
from headwater.text import words

__all__ = ["fitted", "found_words", "on_words"]


def on_words(one: Annotated, edges: Sequence[tuple[int, int]], snap: bool) -> tuple[Annotated, list[tuple[int, int]]]:
    """The text with every span on whole words, and each span's (first word, one after the last).

    A span that cuts a word, or has a blank at its edge, is widened or trimmed to the words it touches where `snap` asks
    for it. Raises DataError otherwise, for a span that touches no word, and where widened spans overlap.
    """
    starts, ends = [start for start, _ in edges], [end for _, end in edges]
    runs, mentions = [], []
    for mention in one.mentions:
        first, after = bisect_right(ends, mention.start), bisect_left(starts, mention.end)
        place = f"{one.id}: {mention.label} at {mention.start}-{mention.end}"
        if first >= after:
            raise DataError(f"{place} holds no word ({mention.text!r:.60}): leave it out")
        start, end = starts[first], ends[after - 1]
        if (start, end) != (mention.start, mention.end) and not snap:
            raise DataError(
                f"{place} ({mention.text!r:.60}) does not begin and end with a word, {one.text[start:end]!r:.60}: this format "
                "labels whole words; move the span, or ask for snap"
            )
        runs.append((first, after))
        mentions.append(_moved(mention, start, end))
    return (sound(replace(one, mentions=tuple(mentions))) if snap else one), runs


def fitted(one: Annotated) -> tuple[Annotated, int, int]:
    """The text with its spans on whole words; how many had to be moved, and how many were left out.

    Left out is what holds no word, and of two in the same word the one less sure.
    """
    edges = words(one.text)
    starts, ends = [start for start, _ in edges], [end for _, end in edges]
    kept: list[tuple[Mention, Mention]] = []  # as found, and on words
    for mention in sorted(one.mentions):
        first, after = bisect_right(ends, mention.start), bisect_left(starts, mention.end)
        if first >= after:
            continue
        whole = _moved(mention, starts[first], ends[after - 1])
        if kept and whole.start < kept[-1][1].end:
            if mention.probability <= kept[-1][1].probability:
                continue
            kept.pop()
        kept.append((mention, whole))
    moved = sum(found is not whole for found, whole in kept)
    return sound(replace(one, mentions=tuple(whole for _, whole in kept))), moved, len(one.mentions) - len(kept)


def _moved(mention: Mention, start: int, end: int) -> Mention:
    return mention if (start, end) == (mention.start, mention.end) else replace(mention, start=start, end=end, text="")


def found_words(text: str, tokens: Sequence[str], where: str, at: int = 0) -> tuple[list[tuple[int, int]], int]:
    """Where the tokens of a file stand in the text that they were cut from, beginning at `at`; and where the last ends.

    Nothing but blanks may stand between them. Raises DataError with the first token that is not there.

    >>> found_words("New  York.", ["New", "York", "."], "a.conll:1")
    ([(0, 3), (5, 9), (9, 10)], 10)
    """
    edges = []
    for token in tokens:
        while not text.startswith(token, at) and at < len(text) and text[at].isspace():
            at += 1
        if not text.startswith(token, at):
            raise DataError(
                f"{where}: expected {token!r} at {at:,} of the text, got {text[at : at + 40]!r}: it is another text"
            )
        edges.append((at, at + len(token)))
        at += len(token)
    return edges, at
