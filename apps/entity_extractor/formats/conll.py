"""CoNLL columns: a word a line, sentences parted by empty lines, documents by -DOCSTART- with the id in parentheses.

Words are those of `headwater.text.words`, so a Chinese character is one. Four columns as in 2003 (word, -X-, _, tag) or
two (word, tag), tags in IOB2. A sentence ends where a line of the text does, unless a name goes on. The blanks between
words are not in such a file: what is read back has one blank, none between Chinese characters, and "U.S." has become
"U . S ."; a reader that is given the `texts` finds the words in them, and every place is exact.
"""

import itertools
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from entity_extractor.formats.columns import two_columns
from entity_extractor.formats.on_words import found_words, on_words
from entity_extractor.formats.options import Reading, Writing
from entity_extractor.formats.soundness import sound
from entity_extractor.formats.whole_file import reading
from entity_extractor.mentions import Annotated, Mention
from headwater.data.conll import read_conll, to_iob2
from headwater.errors import DataError
from headwater.spans import from_bio, to_bio
from headwater.text import CJK, clean, words

__all__ = ["joined", "read_columns", "write_conll", "write_iob2"]

START = "-DOCSTART-"
LINE_END = re.compile("[\n\r\x0b\x0c\x85\u2028\u2029]")
WIDE = re.compile(f"[{CJK}\u3000-\u303f\uff00-\uffef]")  # with the full stops and commas of full width
Sentence = tuple[int, list[str], list[str]]


def write_conll(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing) -> None:
    """Write the four columns of 2003. Raises DataError for spans that cut a word and labels with a blank."""
    _write(stream, annotated, options, f"{START} -X- ({{id}}) O", "{word} -X- _ {tag}")


def write_iob2(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing) -> None:
    """Write two columns, parted by a tab. Raises DataError as `write_conll` does."""
    _write(stream, annotated, options, f"{START}\t({{id}})", "{word}\t{tag}")


def _write(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing, start: str, line: str) -> None:
    for one in annotated:
        edges = words(one.text)
        one, _ = on_words(one, edges, options.snap)
        for mention in one.mentions:
            if re.search(r"\s", mention.label):
                raise DataError(f"{one.id}: expected labels without blanks in CoNLL, got {mention.label!r}: rename it")
        name = re.sub(r"[\s%]", lambda found: quote(found[0], safe=""), one.id)
        out, before = [start.format(id=name), ""], 0
        for (first, end), tag in zip(edges, to_bio(edges, [mention.span for mention in one.mentions]), strict=True):
            if before and tag[0] != "I" and LINE_END.search(one.text, before, first):
                out.append("")
            out.append(line.format(word=one.text[first:end], tag=tag))
            before = end
        stream.write(("\n".join(out) + "\n\n").encode())


def read_columns(file: Path, options: Reading) -> Iterator[Annotated]:
    """Read documents; in a file without -DOCSTART- every sentence is one, named by file and line.

    Tags in IOB1, IOB2, IOBES or BILOU; for the columns see `columns`. Raises DataError with file and line.
    """
    starts: deque[tuple[int, str]] = deque()  # the documents that begin in what was read, and on which line
    with reading(file) as stream:
        name: str | None = None
        held: list[Sentence] = []
        for sentence in read_conll(_watched(two_columns(stream, str(file)), starts, file.name), str(file)):
            while starts and starts[0][0] < sentence[0]:
                if name is not None:
                    yield _document(name, held, file, options)
                name, held = starts.popleft()[1], []
            if name is None:
                yield _document(f"{file.name}:{sentence[0]}", [sentence], file, options)
            else:
                held.append(sentence)
        if name is not None:
            yield _document(name, held, file, options)
        yield from (_document(name, [], file, options) for _, name in starts)


def _watched(lines: Iterable[str], starts: deque[tuple[int, str]], name: str) -> Iterator[str]:
    """The lines, noting on the way where documents begin: by the id in parentheses, else by file and line."""
    for number, line in enumerate(lines, 1):
        if line.startswith(START):
            told = re.search(r"\((.*)\)", line)
            starts.append((number, unquote(told[1]) if told else f"{name}:{number}"))
        yield line


def _document(name: str, sentences: Sequence[Sentence], file: Path, options: Reading) -> Annotated:
    if options.texts and name not in options.texts:
        raise DataError(
            f"{file}: expected the text of {name!r} among the texts, got {len(options.texts):,} others: give it too"
        )
    text = clean(options.texts[name]) if options.texts else "\n".join(joined(tokens) for _, tokens, _ in sentences)
    mentions, at = [], 0
    for line, tokens, tags in sentences:
        where = f"{file}:{line}"
        edges, at = found_words(text, tokens, where, at)
        mentions += [Mention(s.start, s.end, s.label) for s in from_bio(edges, to_iob2(tags, where))]
    return sound(Annotated(name, text, tuple(mentions)))


def joined(tokens: Sequence[str]) -> str:
    """Words -> a text, with a blank between two of them unless both are Chinese or Japanese where they meet.

    >>> joined(["IBM", "in", "北", "京", "。"])
    'IBM in 北京。'
    """
    out = list(tokens[:1])
    for before, token in itertools.pairwise(tokens):
        out += [token] if WIDE.match(before[-1]) and WIDE.match(token[0]) else [" ", token]
    return "".join(out)
