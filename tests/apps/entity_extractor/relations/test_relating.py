import pytest

import headwater
from entity_extractor.mentions import Mention
from entity_extractor.relations.relating import APART, relate
from headwater.errors import InputError
from headwater.relations import marked
from headwater.serving import Classifier
from headwater.spans import Span

SEED = 2  # of weights by which pairs of these texts differ
TEXT = "Acme beats Bank in London. Gold fell in London."
MENTIONS = [
    Mention(0, 4, "ORG"),
    Mention(11, 15, "ORG"),
    Mention(19, 25, "LOC"),
    Mention(27, 31, "MISC"),
    Mention(40, 46, "LOC"),
]


@pytest.fixture
def model(tmp_path, tiny) -> Classifier:
    tiny(tmp_path / "tiny", "relation", seed=SEED)
    return headwater.load(tmp_path / "tiny")


def test_pairs_of_one_sentence_get_what_the_model_says_of_them(model):
    found = {(one.head, one.tail): one for one in relate(TEXT, MENTIONS, model, minimum=0)}
    expected = {}
    for sentence, inside in ((TEXT[:26], MENTIONS[:3]), (TEXT[27:], MENTIONS[3:])):
        at = TEXT.index(sentence)
        for head in inside:
            for tail in inside:
                if head != tail:
                    spans = [Span(one.start - at, one.end - at, one.label) for one in (head, tail)]
                    expected[head, tail] = model.predict([marked(sentence, *spans)])[0]
    said = {pair: one for pair, one in expected.items() if one.label != "none"}
    assert said and {pair: one.label for pair, one in found.items()} == {pair: one.label for pair, one in said.items()}
    assert all(one.probability == pytest.approx(said[pair].probability, abs=1e-6) for pair, one in found.items())


def test_only_the_sure_ones(model):
    every = list(relate(TEXT, MENTIONS, model, minimum=0))
    bound = sorted(one.probability for one in every)[len(every) // 2]
    assert [one for one in every if one.probability >= bound] == list(relate(TEXT, MENTIONS, model, bound))


def test_names_far_apart_in_a_list_are_not_asked_about(model):
    names = [f"Acme{number}" for number in range(40)]
    text, mentions, at = ", ".join(names) + ".", [], 0
    for name in names:
        mentions.append(Mention(at, at + len(name), "ORG"))
        at += len(name) + 2
    found = list(relate(text, mentions, model, minimum=0))
    place = {mention: number for number, mention in enumerate(mentions)}
    assert found and max(abs(place[one.head] - place[one.tail]) for one in found) <= APART


def test_no_names_no_relations(model):
    assert list(relate(TEXT, [], model)) == list(relate("", [], model)) == list(relate(TEXT, MENTIONS[:1], model)) == []


def test_another_kind_of_model_is_refused(tmp_path, tiny):
    tiny(tmp_path / "other", "sentiment")
    with pytest.raises(InputError, match="expected a relation model with the label 'none', got negative"):
        list(relate(TEXT, MENTIONS, headwater.load(tmp_path / "other")))
