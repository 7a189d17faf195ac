"""The page Set-up on tiny models: what is added there is found on the pages at once, and what is wrong is said in its place."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from entity_extractor.cli import app
from entity_extractor.finding import own
from tests.apps.conftest import open_app, press, words

CLIENTS = b"name,aliases\nHarbour Pension Fund,HPF\nNorthbank,\n"


def set_up() -> AppTest:
    page = open_app("entity_extractor", "setup")
    assert not page.exception
    return page


def upload(page: AppTest, key: str, name: str, content: bytes) -> AppTest:
    next(one for one in page.file_uploader if one.key.startswith(f"setup.{key}.")).set_value(
        (name, content, "text/csv")
    ).run()
    assert not page.exception
    return page


def field(page: AppTest, name: str):
    return next(one for one in page.text_input if one.key.startswith(f"setup.{name}."))


def add_clients(page: AppTest) -> AppTest:
    upload(page, "list", "clients.csv", CLIENTS)
    field(page, "list_type").set_value("CLIENT").run()
    return press(page, "Add the list")


def test_a_list_is_found_on_the_other_pages_and_by_the_command_line_at_once(shelf: Path, home: Path) -> None:
    find = open_app("entity_extractor")
    find.text_area(key="extract.text").set_value("HPF wrote to Northbank").run()
    assert "CLIENT" not in words(find)
    page = add_clients(set_up())
    assert "clients is in force" in "".join(one.value for one in page.success)
    assert "3 names of your own" in words(page)
    find.run()
    assert words(find).count(">CLIENT<") == 2, "the very session that had read the text reads it anew"
    redact = open_app("entity_extractor", "redact")
    redact.text_area(key="extract.text").set_value("HPF wrote").run()
    assert not redact.exception
    assert "[CLIENT 1]" in words(redact), "one's own types go unless somebody says otherwise"
    (home / "a.txt").write_text("HPF wrote to us")
    done = CliRunner().invoke(app, ["run", str(home / "a.txt"), "--model", str(shelf / "entities"), "--no-companies"])
    assert done.exit_code == 0 and '"CLIENT"' in done.stdout
    assert str(own.standing()) in done.stderr.replace("\n", "")


def test_a_list_with_faults_is_refused_with_their_lines(shelf: Path) -> None:
    page = upload(set_up(), "list", "clients.csv", b"name,kind\nA,B\n")
    press(page, "Add the list")
    assert "clients.csv: line 1: expected the columns" in page.code[0].value
    upload(page, "list", "more.csv", b"name\nAcme\n")
    press(page, "Add the list")
    assert "type: is missing" in page.code[0].value
    assert own.standing() == own.DEFAULT


def test_a_pattern_is_tried_before_it_is_added(shelf: Path) -> None:
    page = set_up()
    page.text_area(key="setup.try_text").set_value("see ticket T-42").run()
    field(page, "pattern_regex").set_value("T-(").run()
    assert "1 fault" in page.code[0].value and "expected a regular expression" in page.code[0].value
    field(page, "pattern_regex").set_value(r"T-\d+").run()
    assert ">PATTERN<" in words(page), "it is tried before it has a name"
    assert next(one for one in page.button if one.label == "Add the pattern").disabled
    field(page, "pattern_name").set_value("ticket").run()
    field(page, "pattern_type").set_value("TICKET").run()
    assert "which is not added yet" in words(page) and ">TICKET<" in words(page)
    assert own.standing() == own.DEFAULT
    press(page, "Add the pattern")
    again = set_up()
    assert "1 pattern" in words(again) and "ticket" in words(again)
    assert field(page, "pattern_regex").value == "", "the fields are free for the next one"
    press(again, "Remove")
    assert own.read()[1].patterns == ()


def test_kinds_of_values_and_ranks_are_kept(shelf: Path) -> None:
    page = set_up()
    kinds = next(one for one in page.pills if one.key.startswith("setup.kinds"))
    kinds.set_value(["iban"]).run()
    press(page, "Keep these values")
    assert "1 kind of value" in words(page)
    key = page.data_editor[0].key
    page.session_state[key] = {"edited_rows": {0: {"rank": 5}}, "added_rows": [], "deleted_rows": []}
    page.run()
    press(page, "Keep this order")
    assert [(rule.kinds, rule.rank) for rule in own.read()[1].values] == [(("iban",), 5)]


def test_a_knowledge_base_links_names(shelf: Path) -> None:
    page = add_clients(set_up())
    upload(page, "base", "people.csv", b"id,name,aliases,type\nc:1,Harbour Pension Fund,HPF,CLIENT\n")
    press(page, "Use this base")
    assert "1 row says what names mean" in words(page)
    page.text_area(key="setup.try_text").set_value("HPF wrote").run()
    assert "c:1" in page.dataframe[-1].value.to_string()


def test_the_text_is_checked_kept_and_reset(shelf: Path) -> None:
    page = set_up()
    area = next(one for one in page.text_area if one.key.startswith("setup.text"))
    area.set_value("[[model]]\nname = 3\n").run()
    press(page, "Check and keep")
    assert "line 2: model: name: expected 1 to 64 characters" in page.code[-1].value
    area = next(one for one in page.text_area if one.key.startswith("setup.text"))
    area.set_value('[[model]]\nname = "entities"\nrank = 7\n').run()
    press(page, "Check and keep")
    assert own.read()[1].models[0].rank == 7
    press(page, "Back to the one that ships")
    assert own.standing() == own.DEFAULT


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_broken_file_is_told_on_every_page_and_mended_here(shelf: Path, language: str) -> None:
    own.folder().mkdir(parents=True)
    (own.folder() / "finding.toml").write_text("[[pattern]]\nname = 'a'\n")
    find = open_app("entity_extractor", language=language)
    assert not find.exception and "regex: is missing" in find.code[0].value
    page = open_app("entity_extractor", "setup", language)
    assert not page.exception and "regex: is missing" in page.code[0].value
    press(page, {"en": "Back to the one that ships", "zh": "恢复随附的设置"}[language])
    assert "regex: is missing" not in "".join(one.value for one in page.code)
