import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entity_extractor.formats import FORMATS, read, write
from entity_extractor.formats.soundness import sound
from tests.apps.entity_extractor.formats.samples import annotated, documents, spread

BOTH = [one for one in FORMATS.values() if one.write and one.read]
WHOLE = [one.name for one in BOTH if "blanks" in one.keeps]
ANYWHERE = [name for name in WHOLE if name != "spacy"]  # a span may begin and end within a word
WORDS_ALONE = [one.name for one in BOTH if "blanks" not in one.keeps]
PAIRS = list(itertools.product(WHOLE + WORDS_ALONE, repeat=2))
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def details(one):
    return [(m, m.text, m.probability, m.source, m.value, m.link) for m in one.mentions]


def through(form, folder, *given, **choices):
    file = folder / f"x{FORMATS[form].endings[0]}"
    with file.open(
        "wb"
    ) as stream:  # not by its path: waiting for the disk at each of some thousand files takes minutes
        assert write(form, given, stream) == len(given)
    return list(read(file, form, **choices))


def test_the_lists_are_not_empty():
    assert WHOLE == ["jsonl", "parquet", "spacy", "label-studio"]
    assert WORDS_ALONE == ["conll", "iob2"]


@pytest.mark.parametrize("form", WHOLE)
@given(one=annotated())
@quick
def test_all_that_is_known_comes_back(form, one, tmp_path):
    (back,) = through(form, tmp_path, one)
    assert (back, details(back)) == (sound(one), details(sound(one)))


@pytest.mark.parametrize("form", ANYWHERE)
@given(one=annotated(on_words=False))
@quick
def test_spans_may_lie_anywhere(form, one, tmp_path):
    (back,) = through(form, tmp_path, one)
    assert (back, details(back)) == (sound(one), details(sound(one)))


@pytest.mark.parametrize("form", WORDS_ALONE)
@given(one=annotated())
@quick
def test_columns_bring_back_words_and_labels_and_with_the_texts_every_place(form, one, tmp_path):
    (back,) = through(form, tmp_path, one)
    right = sound(one)
    assert (back.id, "".join(back.text.split()), spread(back)) == (right.id, "".join(right.text.split()), spread(right))
    (exact,) = through(form, tmp_path, one, texts={right.id: one.text})
    assert (exact.text, exact.mentions) == (right.text, right.mentions)


@given(one=annotated(), pair=st.sampled_from(PAIRS))
@settings(quick, max_examples=40)
def test_any_pair_of_out_and_in(one, pair, tmp_path):
    right = sound(one)
    back = one
    for form in pair:
        (back,) = through(form, tmp_path, back, **({"texts": {right.id: one.text}} if form in WORDS_ALONE else {}))
    assert (back.id, back.text, back.mentions) == (right.id, right.text, right.mentions)


@pytest.mark.parametrize("pair", PAIRS, ids="-then-".join)
def test_every_pair_of_out_and_in(pair, tmp_path):
    given = back = documents(12)
    for form in pair:
        choices = {"texts": {one.id: one.text for one in given}} if form in WORDS_ALONE else {}
        back = through(form, tmp_path, *back, **choices)
    assert [(b.id, b.text, b.mentions) for b in back] == [(g.id, g.text, g.mentions) for g in given]


@pytest.mark.parametrize("form", WHOLE + WORDS_ALONE)
def test_two_hundred_documents_of_mixed_scripts(form, tmp_path):
    given = documents(200)
    assert sum(len(one.mentions) for one in given) > 400
    choices = {"texts": {one.id: one.text for one in given}} if form in WORDS_ALONE else {}
    back = through(form, tmp_path, *given, **choices)
    assert [(b.id, b.text, b.mentions) for b in back] == [(g.id, g.text, g.mentions) for g in given]


@pytest.mark.parametrize("form", WHOLE + WORDS_ALONE)
def test_a_million_characters(form, tmp_path):
    (one,) = documents(2)[1:]
    text = (one.text + "\nfiller words here 🙂") * (1_000_000 // len(one.text))
    long = type(one)("long", text, one.mentions)
    (back,) = through(form, tmp_path, long, **({"texts": {"long": text}} if form in WORDS_ALONE else {}))
    assert len(text) >= 1_000_000
    assert (back.text, back.mentions) == (text, one.mentions)
