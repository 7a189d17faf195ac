from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from entity_extractor.documents import UPLOAD
from entity_extractor.mentions import Mention
from entity_extractor.relations.relating import Relation
from tests.apps.conftest import open_app, press, words
from tests.documents.pdf_files import pdf

TEXT = "Acme Bank in London <script>\n\nOil rose 3.1 % to EUR 3m in London."


def given(text: str = TEXT) -> AppTest:
    """The page with a text and every name in it, however unlikely."""
    page = open_app("entity_extractor")
    page.text_area(key="extract.text").set_value(text)
    page.slider[0].set_value(0).run()
    assert not page.exception
    return page


def uploaded(name: str, content: bytes, kind: str = "") -> AppTest:
    page = open_app("entity_extractor")
    page.slider[0].set_value(0)
    page.segmented_control(key="extract.way").set_value("file").run()
    page.file_uploader[0].set_value((name, content, kind)).run()
    return page


def test_a_pasted_text_is_marked_counted_and_listed(shelf: Path) -> None:
    page = given()
    said = words(page)
    assert 'class="hw-doc"' in said
    assert "&lt;script&gt;" in said
    assert ">EUR 3m<small>amount</small>" in said
    assert "2 values such as amounts and dates besides" in said
    entities, mentions = page.dataframe
    assert len(entities.value) <= len(mentions.value)
    assert "EUR 3000000" in list(mentions.value["value"])


def test_the_slider_hides_the_unlikely_but_no_values(shelf: Path) -> None:
    page = given()
    page.slider[0].set_value(100).run()
    assert "No name found" in words(page)
    assert ">EUR 3m<" in words(page)


def test_a_type_is_switched_off_everywhere(shelf: Path) -> None:
    page = given()
    (legend,) = page.get("button_group")[1:2]
    shown = [label for label in legend.value if label != "MONEY"]
    assert len(shown) == len(legend.value) - 1
    legend.set_value(shown).run()
    assert not page.exception
    assert "EUR 3m<small>" not in words(page)
    assert "EUR 3000000" not in list(page.dataframe[1].value["value"])


def test_the_example_fills_the_field(shelf: Path) -> None:
    page = open_app("entity_extractor")
    page.button[0].click().run()
    assert "Frankfurt" in page.text_area(key="extract.text").value


def test_a_text_that_is_too_long_is_sent_to_the_command_line(shelf: Path) -> None:
    page = open_app("entity_extractor")
    page.text_area(key="extract.text").set_value("oil " * (UPLOAD.characters // 4 + 1)).run()
    assert "expected at most 2,000,000 characters" in page.code[0].value
    assert "`entity-extractor run`" in page.code[0].value


def test_an_uploaded_report_is_read_page_by_page_and_a_broken_one_says_why(shelf: Path) -> None:
    page = uploaded("r.pdf", pdf("Acme Bank in", "oil", "London"), "application/pdf")
    assert not page.exception
    assert "3 pages." in words(page)
    assert "Acme" in words(page)
    page.number_input(key="extract.part").set_value(3).run()
    assert ">London" in words(page)
    press(page, "Next with a name")
    assert page.number_input(key="extract.part").value == 1
    page.file_uploader[0].set_value(("r.pdf", b"no report", "application/pdf")).run()
    assert "cannot be read" in page.error[0].value
    assert "expected PDF" in page.code[0].value


def test_rows_of_a_table_are_documents_to_choose_from(shelf: Path) -> None:
    page = uploaded("rows.csv", b"id,text\n1,Acme Bank\n2,London oil\n", "text/csv")
    assert "Acme" in words(page)
    page.selectbox[0].set_value(1).run()
    assert not page.exception
    assert "London" in words(page)


@pytest.mark.parametrize("url", ["/etc/hostname", "file:///etc/hostname", "http://127.0.0.1:9/"])
def test_an_address_leads_to_the_public_web_alone(shelf: Path, url: str) -> None:
    page = open_app("entity_extractor")
    page.segmented_control(key="extract.way").set_value("address").run()
    page.text_input(key="extract.url").set_value(url).run()
    assert not page.exception
    assert "cannot be read" in page.error[0].value


def test_without_a_relation_model_the_page_says_which_command_trains_one(shelf: Path, home: Path) -> None:
    page = given()
    assert any(f"--bundle {home / 'home' / 'models' / 'relations'}" in code.value for code in page.code)


def test_a_relation_model_of_the_models_home_is_asked(shelf: Path, home: Path, tiny: Callable) -> None:
    tiny(home / "home" / "models" / "relations", "relation", seed=2)
    page = given()
    assert not page.exception
    assert not page.code
    assert page.get("graphviz_chart") or "No two names of one sentence are joined" in words(page)


def test_the_relations_can_be_taken_away_in_every_form(
    shelf: Path, home: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny(home / "home" / "models" / "relations", "relation", seed=2)
    head, tail = Mention(0, 4, "ORG", "Acme"), Mention(13, 19, "LOC", "London")
    monkeypatch.setattr("entity_extractor.reading.related", lambda *_: (Relation(head, tail, "Based_In", 0.9),))
    monkeypatch.setattr("entity_extractor.extraction.Extraction.names", {head: "Acme", tail: "London"})
    page = given()
    form = page.selectbox(key="extract.triples")
    assert [one.partition(":")[0] for one in form.options] == ["CSV", "JSONL", "N-Triples", "Turtle"]
    for ending in (".csv", ".jsonl", ".nt", ".ttl"):
        page.selectbox(key="extract.triples").set_value(ending).run()
        assert not page.exception
        assert "Download the relations" in [one.proto.label for one in page.get("download_button")]


def test_every_format_can_be_taken_away(shelf: Path) -> None:
    page = given()
    forms = page.selectbox(key="extract.form")
    assert len(forms.options) == 9
    for number in range(len(forms.options)):
        page.selectbox(key="extract.form").select_index(number).run()
        assert not page.exception
        assert not page.error
