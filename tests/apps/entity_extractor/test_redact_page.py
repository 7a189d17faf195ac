import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from entity_extractor.extraction import Extractor
from entity_extractor.finding import Finder, Setup
from entity_extractor.mentions import Document, Mention, Stretch
from entity_extractor.redacting import Choice, key_file, put_back, sides, taken_out
from headwater.errors import InputError
from tests.apps.conftest import open_app, words

TEXT = "Ann Lee met Bo.\n\nMail ann@example.org, said Ann Lee.\n\nNobody was there."
NAMES = [Mention(0, 7, "PER", "Ann Lee"), Mention(12, 14, "PER", "Bo"), Mention(44, 51, "PER", "Ann Lee")]
CHOICE = Choice(("PER",), "placeholder", True, "US", "00" * 32)


def taken(choice: Choice = CHOICE):
    found = Extractor(Finder(Setup())).finished(Document("a", TEXT), NAMES)
    return taken_out(found, choice)


def test_each_part_stands_beside_what_became_of_it() -> None:
    redacted, _ = taken()
    before, after = zip(*(sides(TEXT, redacted, Stretch(*edges, 1)) for edges in [(0, 15), (17, 52), (54, 71)]), strict=True)  # fmt: skip
    assert [side.text for side in before] == TEXT.split("\n\n")
    assert [side.text for side in after] == redacted.text.split("\n\n")
    for side, texts in ((before[1], ["ann@example.org", "Ann Lee"]), (after[1], ["[EMAIL 1]", "[PER 1]"])):
        assert [side.text[one.start : one.end] for one in side.spans] == texts
    assert not after[2].spans


def test_no_character_is_lost_or_shown_twice_wherever_the_parts_end() -> None:
    redacted, _ = taken()
    for edge in range(1, len(TEXT)):
        halves = [sides(TEXT, redacted, Stretch(*edges, 1)) for edges in ((0, edge), (edge, len(TEXT)))]
        assert "".join(before.text for before, _ in halves) == TEXT
        assert "".join(after.text for _, after in halves) == redacted.text


def test_a_key_goes_through_its_file_and_asks_for_its_passphrase() -> None:
    redacted, key = taken()
    content = key_file(key, "sesame")
    assert b"Ann" not in content
    assert put_back(redacted.text, content, "sesame")[0] == TEXT
    with pytest.raises(InputError, match="passphrase"):
        put_back(redacted.text, content)


def test_a_given_key_keeps_its_replacements() -> None:
    _, key = taken(Choice(("PER",), "letter", True, "US", "11" * 32))
    again, _ = taken(Choice(("PER",), "placeholder", True, "US", "22" * 32, key_file(key)))
    assert again.text.startswith("Person A met Person B")


def redact_page(text: str = "Mail ann@example.org about it.") -> AppTest:
    page = open_app("entity_extractor", "redact")
    page.text_area(key="extract.text").set_value(text).run()
    assert not page.exception
    return page


def test_the_page_shows_both_texts_and_warns(shelf: Path) -> None:
    page = redact_page()
    assert ">[EMAIL 1]</span>" in words(page)
    assert ">ann@example.org<small>e-mail</small>" in words(page)
    assert "No redaction finds everything" in page.warning[0].value
    page.toggle(key="redact.personal").set_value(False).run()
    assert "[EMAIL 1]" not in words(page)


def test_a_style_lasts_from_click_to_click(shelf: Path) -> None:
    page = redact_page()
    page.radio(key="redact.style").set_value("realistic").run()
    first = words(page)
    page.toggle(key="redact.personal").set_value(False).run()
    page.toggle(key="redact.personal").set_value(True).run()
    assert words(page) == first
    assert "[EMAIL 1]" not in first


def test_names_come_back_by_the_key(shelf: Path) -> None:
    redacted, key = taken()
    page = open_app("entity_extractor", "redact")
    page.segmented_control(key="redact.way").set_value("back").run()
    page.text_area(key="redact.pasted").set_value(redacted.text)
    page.file_uploader(key="redact.key").set_value(("key.json", key_file(key), "application/json")).run()
    assert not page.exception
    assert "The names are back in the text" in words(page)
    assert "Mail ann@example.org, said Ann Lee." in words(page)
    page.file_uploader(key="redact.key").set_value(("key.json", json.dumps({}).encode(), "application/json")).run()
    assert "The key could not be used" in words(page)
