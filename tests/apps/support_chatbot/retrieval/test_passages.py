from hypothesis import given
from hypothesis import strategies as st

from support_chatbot.retrieval.passages import LEAST, MOST, passages_of, word_count
from support_chatbot.retrieval.readers.document import Document, Writer

TEXTS = st.text(alphabet="ab. ?!。？\n卡é😀‘“”0,;", max_size=400)


def document(*paragraphs: str) -> Document:
    writer = Writer("Fees")
    for paragraph in paragraphs:
        writer.block(paragraph)
    return writer.finish()


def words(count: int, sentence: int = 10) -> str:
    return " ".join(" ".join(["word"] * (sentence - 1)) + " end." for _ in range(count // sentence))


@given(st.lists(TEXTS, max_size=6))
def test_passages_hold_every_word_and_know_where_they_stand(paragraphs):
    made = document(*paragraphs)
    passages = passages_of(made, "help/fees.md")
    assert all(made.text[p.start : p.end] == p.text for p in passages)
    assert "".join("".join(p.text.split()) for p in passages) == "".join("".join(paragraphs).split())
    assert len({p.id for p in passages}) == len(passages)


def test_passages_have_60_to_150_words():
    made = passages_of(document(*[words(40)] * 10), "fees.md")
    counts = [word_count(p.text) for p in made]
    assert sum(counts) == 400
    assert all(LEAST <= count <= MOST for count in counts)


def test_a_long_paragraph_is_cut_between_sentences():
    made = passages_of(document(words(400)), "fees.md")
    assert len(made) == 3 and all(p.text.endswith("end.") for p in made)


def test_a_sentence_without_end_is_cut_between_words():
    made = passages_of(document("word " * 400, "卡" * 1000), "fees.md")
    assert all(word_count(p.text) <= MOST for p in made)
    assert sum(p.text.count("word") for p in made) == 400


def test_title_link_and_id():
    writer = Writer("Fees")
    writer.heading(2, "Abroad", "abroad")
    writer.heading(3, "Cash", "cash")
    writer.block("It costs 2 %.")
    (passage,) = passages_of(writer.finish(), "help/fees.md")
    assert (passage.title, passage.link) == ("Fees › Abroad › Cash", "help/fees.md#cash")
    assert passage.id == passages_of(writer.finish(), "help/fees.md")[0].id


def test_a_list_stays_with_the_sentence_that_leads_it():
    first = passages_of(document(words(60) + " You need:", "- a pass", "- a phone", words(60)), "a.md")[0]
    assert first.text.endswith("You need:\n- a pass\n- a phone")
