import io
from collections.abc import Callable
from pathlib import Path

import pytest

from entity_extractor import versus
from entity_extractor.formats import write
from entity_extractor.mentions import Annotated, Mention, Stretch
from entity_extractor.reports import agreement
from headwater.errors import DataError
from headwater.intervals import Interval
from headwater.spans import Span
from tests.apps.conftest import open_app, words

TEXT = "Acme Bank in London"


class Fixed:
    """A model that gives the spans that a table has for a text."""

    def __init__(self, spans: dict[str, tuple[Span, ...]]) -> None:
        self.spans = spans

    def predict(self, texts):
        return [self.spans.get(text, ()) for text in texts]


def gold(count: int = 3) -> list[Annotated]:
    texts = [f"Acme {number}" for number in range(count)]
    return [Annotated("same", text, (Mention(0, 4, "ORG"),)) for text in texts]


def file_of(documents: list[Annotated], folder: Path, name: str = "gold.jsonl", form: str = "jsonl") -> Path:
    write(form, documents, folder / name)
    return folder / name


def test_two_models_are_measured_on_one_set(home: Path, tmp_path: Path) -> None:
    texts = versus.gold_of(file_of(gold(), tmp_path))
    assert [one.id for one in texts] == ["1 same", "2 same", "3 same"]
    right = {one.text: (Span(0, 4, "ORG"),) for one in texts}
    pair = (
        versus.Reader("a", versus.model_alone(Fixed(right)), "a"),  # type: ignore[arg-type]
        versus.Reader("b", versus.model_alone(Fixed({"Acme 0": right["Acme 0"]})), "b"),  # type: ignore[arg-type]
    )
    shares: list[float] = []
    found = versus.measure(texts, pair, shares.append)
    assert found.first.overall["strict"].f1.value == 1.0
    assert found.second.overall["strict"].f1.value == pytest.approx(0.5)  # recall 1/3, precision 1
    assert [row["what"] for row in versus.change_rows(found, str)] == ["precision", "recall", "f1"]
    assert versus.score_rows(found, "types", str)[0]["first"] == "100.0 % (100.0 – 100.0)"
    (one, other) = versus.difference_rows(found.change.differences, {"ORG": "firm"})
    assert (one["gold"], one["first"], one["second"], one["worse"]) == ("Acme (firm)", "Acme (firm)", "–", 1.0)
    assert {one["document"], other["document"]} == {"2 same", "3 same"}
    assert versus.sentence(found)[1] == {"one": "100.0 %", "other": "50.0 %"}


def test_types_that_no_model_finds_are_named(home: Path) -> None:
    pair = tuple(versus.Reader(name, versus.model_alone(Fixed({})), name) for name in "ab")  # type: ignore[arg-type]
    texts = [Annotated(str(at), one.text, one.mentions) for at, one in enumerate(gold())]
    found = versus.measure(texts, pair, lambda share: None)  # type: ignore[arg-type]
    assert found.strange == ("ORG",)
    assert versus.sentence(found)[0] == "versus.alike"


def test_a_set_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is this a test set"):
        versus.gold_of(file_of([Annotated("a", TEXT)], tmp_path))


def test_what_only_one_model_found_stands_in_a_frame() -> None:
    both, alone = Mention(0, 4, "ORG"), Mention(13, 19, "LOC")
    agreed = agreement(Annotated("a", TEXT, (both, alone)), Annotated("a", TEXT, (both,)))
    assert versus.own(Stretch(5, 19, 2), (both, alone), agreed) == {Span(8, 14, "LOC")}


def test_a_change_has_its_sign_and_none_where_it_is_none() -> None:
    assert versus.said(Interval(0.012, -0.0001, 0.027)) == "+1.2 (+0.0 … +2.7)"


def test_what_a_model_finds_alone_holds_no_values(two: Path) -> None:
    page = open_app("entity_extractor")
    page.text_area(key="extract.text").set_value("Acme paid EUR 3m").run()
    page.switch_page("views/compare.py").run()
    assert page.text_area(key="extract.text").value == "Acme paid EUR 3m"  # kept from page to page
    assert ">EUR 3m<" not in words(page)


def test_one_model_alone_says_what_is_missing(shelf: Path) -> None:
    assert "Two models are needed" in words(open_app("entity_extractor", "compare"))


@pytest.fixture
def two(shelf: Path, tiny: Callable) -> Path:
    tiny(shelf / "other" / "bundle", "entities", seed=3)
    return shelf


def test_two_models_read_one_text(two: Path) -> None:
    page = open_app("entity_extractor", "compare")
    page.text_area(key="extract.text").set_value(TEXT).run()
    assert not page.exception
    assert words(page).count('class="hw-doc"') == 2
    if "differ in" in words(page):
        assert "hw-own" in words(page)
        assert len(page.dataframe) == 1
    page.selectbox(key="versus.second").set_value(page.selectbox(key="versus.first").value).run()
    assert "Choose two different models" in words(page)


@pytest.mark.parametrize(("name", "form"), [("gold.jsonl", "jsonl"), ("gold.conll", "conll"), ("gold.json", "label-studio")])  # fmt: skip
def test_two_models_read_an_uploaded_set(two: Path, name: str, form: str) -> None:
    page = open_app("entity_extractor", "compare")
    page.segmented_control(key="versus.way").set_value("set").run()
    stream = io.BytesIO()
    write(form, [Annotated(str(at), TEXT, (Mention(0, 9, "ORG"), Mention(13, 19, "LOC"))) for at in range(4)], stream)
    page.file_uploader[0].set_value((name, stream.getvalue(), "text/plain")).run()
    assert not page.exception
    assert not page.error
    assert "Strict F1, place and type right, on 4 texts with 8 names." in words(page)
    assert len(page.dataframe) == 4
    page.file_uploader[0].set_value((name, b"\x00", "text/plain")).run()
    assert "This test set cannot be measured</h1>" in words(page)
    assert page.error
