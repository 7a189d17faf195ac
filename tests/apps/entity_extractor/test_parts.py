from itertools import pairwise

import pytest

from entity_extractor.documents.limits import UPLOAD
from entity_extractor.documents.writing import of_text
from entity_extractor.finding import Finder
from entity_extractor.mentions import Document, Mention, Stretch
from entity_extractor.parts import contexts, inside, next_with, part_at, parts, sheaves

PAGES = (Stretch(0, 8, 1), Stretch(8, 8, 2), Stretch(10, 18, 3), Stretch(20, 28, 4))
PAGED = Document("a.pdf", "EUR 1m a\n\nnothing \n\nEUR 2m b", "pdf", PAGES)
FIRST, LAST = Mention(0, 6, "MONEY", "EUR 1m"), Mention(20, 26, "MONEY", "EUR 2m")


@pytest.mark.parametrize("size", [20, 90, 1_000, 50_000])
def test_a_document_read_in_parts_gives_the_mentions_of_the_whole(tmp_path, size: int) -> None:
    paragraphs = [f"On {day} May 2024 it paid EUR {day}m, {day} % more." for day in range(1, 29)]
    document = of_text("a", "txt", "\n\n".join(paragraphs) + "\n" + "no empty line " * 3_000, UPLOAD)
    (tmp_path / "values.toml").write_text('[[value]]\nkinds = ["money", "date", "percentage"]\n')
    finder = Finder.open(tmp_path / "values.toml")
    every = parts(document, size)
    found = [
        (part.start + one.start, part.start + one.end, one.label)
        for part in every
        for one in finder.find(document.text[part.start : part.end])
    ]
    assert len(found) == 3 * 28
    assert found == [(one.start, one.end, one.label) for one in finder.find(document.text, document.paragraphs)]
    between = [document.text[one.end : other.start] for one, other in pairwise(every)]
    assert not "".join(between).strip()
    assert [part.number for part in every] == list(range(1, len(every) + 1))


def test_pages_are_parts_those_without_text_too() -> None:
    assert parts(PAGED) == PAGES
    assert inside(PAGES[3], [FIRST, LAST])[0].start == 0
    assert [part_at(PAGES, at) for at in (0, 7, 9, 10, 19, 27)] == [0, 0, 1, 2, 2, 3]


def test_the_next_part_with_a_name_goes_round() -> None:
    assert next_with(PAGES, [FIRST, LAST], 0) == 3
    assert next_with(PAGES, [FIRST, LAST], 3) == 0
    assert next_with(PAGES, [FIRST], 0) is None


def test_a_mention_stands_between_whole_words_with_its_page() -> None:
    text = "word " * 40 + "Acme\n\n  rose" + " word" * 40
    (one,) = contexts(Document("a", text), [Mention(200, 204, "ORG", "Acme")])
    assert one.before.startswith("… word ") and one.before.endswith("word ")
    assert one.after.startswith(" rose word") and one.after.endswith("word …")
    assert [one.part for one in contexts(PAGED, [FIRST, LAST])] == [1, 4]


def test_sheaves_hold_every_part_once() -> None:
    every = [Stretch(at, at + 7, at) for at in range(0, 100, 10)]
    held = list(sheaves(every, 30))
    assert [part for sheaf in held for part in sheaf] == every
    assert len(held) > 2 and all(sheaf[-1].end - sheaf[0].start <= 30 for sheaf in held)
    assert list(sheaves(every[:1], 1)) == [(every[0],)]
