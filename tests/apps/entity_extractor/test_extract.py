from pathlib import Path

from entity_extractor.highlight import LONGEST
from tests.apps.conftest import open_app, words
from tests.documents.pdf_files import pdf


def test_a_pasted_text_is_marked_counted_and_listed(shelf: Path) -> None:
    page = open_app("entity_extractor")
    page.text_area(key="extract.text").set_value("Acme Bank in London <script>").run()
    page.slider[0].set_value(0).run()
    assert not page.exception
    assert 'class="hw-doc"' in words(page)
    assert "&lt;script&gt;" in words(page)
    assert len(page.dataframe) == 1


def test_the_slider_hides_the_unlikely(shelf: Path) -> None:
    page = open_app("entity_extractor")
    page.text_area(key="extract.text").set_value("Acme Bank in London").run()
    page.slider[0].set_value(100).run()
    assert "No name found" in words(page)


def test_the_example_fills_the_field(shelf: Path) -> None:
    page = open_app("entity_extractor")
    page.button[0].click().run()
    assert "Frankfurt" in page.text_area(key="extract.text").value


def test_a_text_that_is_too_long_is_refused_in_words(shelf: Path) -> None:
    page = open_app("entity_extractor")
    page.text_area(key="extract.text").set_value("oil " * (LONGEST // 4 + 1)).run()
    assert "takes up to 200,000" in page.error[0].value


def test_an_uploaded_report_is_read_and_a_broken_one_says_why(shelf: Path) -> None:
    page = open_app("entity_extractor")
    page.slider[0].set_value(0)
    page.file_uploader[0].set_value(("r.pdf", pdf("Acme Bank in", "London"), "application/pdf")).run()
    assert not page.exception
    assert "London" in words(page)
    page.file_uploader[0].set_value(("r.pdf", b"no report", "application/pdf")).run()
    assert "cannot be read" in page.error[0].value
    assert "expected PDF" in page.code[0].value
