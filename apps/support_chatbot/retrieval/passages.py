"""Documents -> passages of about 60 to 150 words, cut where a paragraph or a sentence ends."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from headwater.sentences import sentences_of
from support_chatbot.retrieval.readers import Document, Section
from support_chatbot.retrieval.readers.document import ITEM

__all__ = ["LEAST", "MOST", "Passage", "passages_of", "word_count"]

LEAST, MOST = 60, 150  # words
CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
Span = tuple[int, int]


@dataclass(frozen=True)
class Passage:
    """A stretch of a document: `document.text[start:end] == text`.

    `id` stays as long as file name, place and text do; `link` leads to the section; `sentences` are (start, end) in
    `text`; `section` is the number of its section, `digest` SHA-256 of the text.
    """

    id: str
    title: str
    link: str
    text: str
    start: int
    end: int
    digest: str
    section: int
    sentences: tuple[Span, ...]


def passages_of(document: Document, name: str) -> tuple[Passage, ...]:
    """The passages of a document; `name` is its path as links say it. A section shorter than 60 words is a passage of its own."""
    found = []
    for number, section in enumerate(document.sections):
        base = document.link or name
        link = f"{base}#{section.anchor}" if section.anchor else base
        for group in _groups(document.text, section):
            start, end = group[0][0], group[-1][1]
            text = document.text[start:end]
            digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
            place = hashlib.sha256(f"{name}\n{start}\n{digest}".encode()).hexdigest()[:16]
            sentences = tuple((first - start, last - start) for first, last in group)
            title = " › ".join(section.titles)
            found.append(Passage(place, title, link, text, start, end, digest, number, sentences))
    return tuple(found)


def _groups(text: str, section: Section) -> Iterator[list[Span]]:
    """Sentences of a section, gathered: at least 60 words before a new paragraph parts them, at most 150 together.

    A list stays with the sentence that leads it, as far as the 150 words go.
    """
    groups: list[tuple[list[Span], int]] = []
    led = False
    for block in section.blocks:
        led = text.startswith(ITEM, block[0]) and (led or text[: block[0]].rstrip().endswith((":", "：")))
        for place, span in enumerate(_pieces(text, block)):
            words = word_count(text[span[0] : span[1]].removeprefix(ITEM))
            parted = place == 0 and not led and groups and groups[-1][1] >= LEAST
            full = not groups or groups[-1][1] + words > MOST or parted
            group, count = ([], 0) if full else groups.pop()
            groups.append(([*group, span], count + words))
    if len(groups) > 1 and groups[-1][1] < LEAST and groups[-2][1] + groups[-1][1] <= MOST:
        (last, count), (before, more) = groups.pop(), groups.pop()
        groups.append((before + last, count + more))
    return (group for group, _ in groups)


def _pieces(text: str, block: Span) -> Iterator[Span]:
    """The sentences of a block; one of more than 150 words is cut between words."""
    for start, end in sentences_of(text[block[0] : block[1]], lines=False):
        start, end = block[0] + start, block[0] + end
        while word_count(text[start:end]) > MOST:
            cut = text.rfind(" ", start + 1, start + 2 * MOST)
            cut = cut if cut > start else start + 2 * MOST  # 300 characters of Chinese are as long
            yield start, cut
            start = cut + (text[cut] == " ")
        yield start, end


def word_count(text: str) -> int:
    """Words between spaces; two Chinese characters count as one.

    >>> word_count("a new card"), word_count("新的银行卡")
    (3, 3)
    """
    characters = len(CJK.findall(text))
    return len(CJK.sub(" ", text).split()) + (characters + 1) // 2
