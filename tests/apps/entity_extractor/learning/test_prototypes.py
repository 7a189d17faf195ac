import numpy as np
import pytest

from entity_extractor.learning.candidates import candidates
from entity_extractor.learning.prototypes import Prototypes
from entity_extractor.mentions import Annotated, Mention
from headwater.errors import InputError
from tests.apps.entity_extractor.learning.words_embedder import WordsEmbedder


def example(text: str, name: str, label: str = "PRODUCT") -> Annotated:
    start = text.index(name)
    return Annotated(text, text, (Mention(start, start + len(name), label, name),))


EXAMPLES = [
    example("today Acme launches the Tidebox", "Tidebox"),
    example("today Globex launches the Windmill", "Windmill"),
    example("yesterday Initech launches the Lampion", "Lampion"),
]


def places(text: str, longest: int = 4) -> list[str]:
    return [text[start:end] for start, end in candidates(text, longest)]


def test_candidates_are_runs_that_begin_and_end_with_content() -> None:
    found = places("we saw 🙂 Game of Thrones and AT&T in 2024")
    assert {"Game of Thrones", "AT&T", "2024", "saw"} <= set(found)
    assert not {"we", "of Thrones", "in 2024", "🙂 Game"} & set(found)
    assert "low cost" in places("low cost of milk")
    assert "cost of milk" not in places("low cost of milk")
    assert places("the of and ...") == []
    assert max(len(name.split()) for name in places("K L M N O P Q R S V W", 99)) == 8


def test_a_new_type_is_suggested_at_once_with_exact_offsets() -> None:
    learnt = Prototypes(WordsEmbedder()).learn(EXAMPLES)
    text = "🙂 today Umbrella launches the Kettle"
    found = max(learnt.suggest(text), key=lambda mention: mention.probability)
    assert (found.text, found.label, found.source) == ("Kettle", "PRODUCT", "prototype:PRODUCT")
    assert text[found.start : found.end] == found.text
    assert 0.5 <= found.probability <= 1
    assert learnt.longest == 2


def test_nothing_is_suggested_on_what_is_taken() -> None:
    learnt = Prototypes(WordsEmbedder()).learn(EXAMPLES)
    text = "today Umbrella launches the Kettle"
    taken = [Mention(text.index("Kettle"), len(text), "MISC")]
    found = learnt.suggest(text, taken, least=0.0)
    assert found
    assert all(mention.end <= taken[0].start for mention in found)
    assert learnt.suggest("of the", least=0.0) == ()


def test_many_texts_give_what_each_gives_alone() -> None:
    learnt = Prototypes(WordsEmbedder()).learn(EXAMPLES)
    texts = ["today Umbrella launches the Kettle", "of the", "Oslo won 3 medals"]
    assert learnt.suggest_all(texts, least=0.0) == [learnt.suggest(text, least=0.0) for text in texts]


def test_two_types_are_told_apart_and_suggestions_do_not_overlap() -> None:
    people = [example(f"chief {name} said on Monday", name, "CHIEF") for name in ("Ann Ito", "Ben Ito")]
    learnt = Prototypes(WordsEmbedder()).learn([*EXAMPLES, *people])
    found = learnt.suggest("chief Cy Ito said on Monday", least=0.0)
    assert max(found, key=lambda mention: mention.probability).label == "CHIEF"
    assert all(a.end <= b.start for a, b in zip(found, found[1:], strict=False))


def test_a_stretchs_likeness_to_itself_is_one_whatever_the_weights() -> None:
    for words, look in ((1.0, 0.0), (0.5, 0.2), (0.0, 0.0)):
        vectors = Prototypes(WordsEmbedder(), words, look).vectors(
            [("Acme sells Tidebox", place) for place in ((0, 4), (11, 18))]
        )
        assert np.allclose((vectors**2).sum(axis=1), 1)


def test_nothing_to_learn_from_is_said() -> None:
    with pytest.raises(InputError, match="mark 5 to 20"):
        Prototypes(WordsEmbedder()).learn([Annotated("a", "Oslo won")])
    with pytest.raises(InputError, match="whole sentences"):
        Prototypes(WordsEmbedder()).learn([example("Tidebox", "Tidebox")])
