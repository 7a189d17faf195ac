"""Where the sentences of a text stand. Segmentation is sentencex's; English and Chinese alike."""

import sentencex

__all__ = ["Edges", "sentences_of"]

Edges = tuple[int, int]


def sentences_of(text: str, *, lines: bool = True) -> tuple[Edges, ...]:
    """The sentences of a text, without the space around them; a line's end ends one too, unless `lines` is false.

    >>> sentences_of("Profit rose at J.P. Morgan.\\nShares fell. Why?")
    ((0, 27), (28, 40), (41, 45))
    >>> sentences_of("Dr. Ito paid £2.50. 好的。谢谢!", lines=False)
    ((0, 19), (20, 23), (23, 26))
    """
    found: list[Edges] = []
    at = 0
    for line in text.split("\n") if lines else [text]:
        found += [(at + start, at + end) for start, end in _segments(line)]
        at += len(line) + 1
    return tuple(found)


def _segments(text: str) -> tuple[Edges, ...]:
    found, place = [], 0
    for sentence in sentencex.segment("en", text) if text.strip() else ():
        # Its sentences make up the text again; should one not, the text is left as it was written.
        place = text.find(sentence, place)
        if place < 0:
            return ((0, len(text)),)
        bare = sentence.strip()
        if bare:
            start = place + sentence.index(bare)
            found.append((start, start + len(bare)))
        place += len(sentence)
    return tuple(found)
