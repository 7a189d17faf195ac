from pathlib import Path

import pytest

from support_chatbot.content.page import MOST_BYTES, Unreadable, check_keys, read_page


def page(folder: Path, content: str | bytes):
    file = folder / "page.md"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_page(file)


def test_both_halves_and_where_they_stand(tmp_path: Path) -> None:
    found = page(tmp_path, "---\ntitle: A\ntags: [b, c]\n---\n\n\nFirst.\nSecond.\n")
    assert found.meta == {"title": "A", "tags": ["b", "c"]}
    assert (found.text, found.line, found.lines) == ("First.\nSecond.", 7, {"title": 2, "tags": 3})


def test_words_stay_words(tmp_path: Path) -> None:
    found = page(tmp_path, "---\ntitle: No\nreviewed: 2026-11-22\nphone: 0117\n---\nText\n")
    assert found.meta == {"title": "No", "reviewed": "2026-11-22", "phone": "0117"}


def test_windows_and_old_macs_and_byte_order_marks(tmp_path: Path) -> None:
    for end in ("\r\n", "\r", "\n"):
        found = page(tmp_path, b"\xef\xbb\xbf" + end.join(["---", "title: A", "---", "One.", "Two."]).encode())
        assert (found.meta["title"], found.text, found.line) == ("A", "One.\nTwo.", 4)


def test_a_line_of_dashes_in_the_text_is_text(tmp_path: Path) -> None:
    assert page(tmp_path, "---\ntitle: A\n---\nOne.\n\n---\n\nTwo.").text == "One.\n\n---\n\nTwo."


def test_no_text(tmp_path: Path) -> None:
    assert page(tmp_path, "---\ntitle: A\n---\n\n \n").text == ""
    assert page(tmp_path, "---\ntitle: A\n---").text == ""


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("Hello", 1, "expected front matter, got 'Hello'"),
        ("", 1, "expected front matter, got ''"),
        ("---\ntitle: A\n", 1, "does not end"),
        ("---\ntitle: A\nform: b: c\n---\n", 3, "no YAML: mapping values are not allowed here"),
        ("---\ntitle: [A\n---\n", 2, "no YAML"),
        ("---\ntitle: A\ntags: [b?, c]\n---\n", 3, 'put words with : # ? or a comma in "quotes"'),
        ("---\n- one\n---\n", 2, "expected keys and values"),
        ("---\n---\n", 2, "expected keys and values"),
        ("---\ntitle: A\ntags: &x [b]\nmore: *x\n---\n", 4, "aliases"),
        ("---\ntitle: A\n\ntitle: B\n---\n", 4, "the key 'title' stands there twice"),
        (b"---\ntitle: A\n---\nFine\ncaf\xe9\n", 5, "expected UTF-8, got the byte 0xe9"),
        ("---\ntitle: A\n---\n" + "x" * MOST_BYTES, 1, "expected at most 65,536 bytes"),
        ("---\ntitle: " + "[" * 20_000 + "\n---\n", 2, "nested too deeply"),
        ("---\ntitle: A\ntags:\n" + "- " * 20_000 + "\n---\n", 4, "nested too deeply"),
        ("---\n" + "".join(" " * level + "a:\n" for level in range(340)) + "---\n", 2, "nested too deeply"),
    ],
)
def test_what_cannot_be_read_says_where(tmp_path: Path, content, line, words) -> None:
    with pytest.raises(Unreadable) as caught:
        page(tmp_path, content)
    assert caught.value.line == line
    assert words in str(caught.value)


def test_a_tag_makes_no_object(tmp_path: Path) -> None:
    found = page(tmp_path, "---\ntitle: !!python/object/apply:os.system ['exit 1']\n---\nText\n")
    assert found.meta == {"title": ["exit 1"]}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        read_page(tmp_path / "none.md")


def test_keys_by_name_and_kind(tmp_path: Path) -> None:
    found = page(tmp_path, "---\ntitel: A\nform: [b]\nlinks: c\nreviewed:\n---\nText\n")
    faults = check_keys(found, ("title",), ("form", "links[]", "reviewed"))
    assert [(line, str(fault)) for line, fault in faults] == [
        (1, "expected the key 'title' in the front matter"),
        (2, "expected one of the keys title, form, links, reviewed, got 'titel'; did you mean 'title'?"),
        (3, "form: expected words, got ['b']"),
        (4, "links: expected a list, as [one, two], got 'c'"),
        (5, "reviewed: expected words, got ''"),
    ]


def test_the_first_closing_line_counts(tmp_path: Path) -> None:
    found = page(tmp_path, "---\na: 1\n---  \nb: 2\n---\n")
    assert (found.meta, found.text) == ({"a": "1"}, "b: 2\n---")
