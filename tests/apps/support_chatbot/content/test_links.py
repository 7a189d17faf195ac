from collections.abc import Callable
from pathlib import Path

import pytest

from support_chatbot.content.links import Link, anchor, anchors, dead, links_of, target

TEXT = """One [a](help/a.md#b) and

<https://x.example/y>

![p](p.png "title") and `[no](code.md)` and [r][ref]

[ref]: <help/with space.md>
"""


def test_links_with_their_lines() -> None:
    assert links_of(TEXT) == [
        Link("help/a.md#b", 1), Link("https://x.example/y", 3), Link("p.png", 5), Link("help/with space.md", 5),
    ]  # fmt: skip


def test_anchors_as_github_makes_them() -> None:
    assert anchor(" What's new? 10 € ") == "whats-new-10-"
    assert anchor("转账需要多久？") == "转账需要多久"
    assert anchors("# A b\n\ntext\n\n## A *b*\n\nC\n---\n\n```\n# no\n```\n") == {"a-b", "a-b-1", "c"}


def test_a_link_is_found_from_its_own_folder_and_from_the_root(make: Callable) -> None:
    root = make({"help/a.md": "x", "a.md": "x"})
    assert target("a.md", "help/b.md", root) == "help/a.md"
    assert target("help/a.md#x", "help/b.md", root) == "help/a.md"
    assert target("../a.md", "help/b.md", root) == "a.md"
    assert target("#here", "help/a.md", root) == "help/a.md"
    assert target("../../bot/a.md", "help/b.md", root) == "a.md"
    assert target("../../secret", "help/b.md", root) is None
    assert target("help", "a.md", root) is None  # a folder is no page


@pytest.mark.parametrize(
    "href",
    [
        "help/card-pin.md",
        "card-pin.md#see-it",
        "#see-it",
        "https://www.northmere.example/a?b=c#d",
        "mailto:a@b.example",
        "tel:+441174960123",
    ],
)
def test_links_that_work(make: Callable, href: str) -> None:
    assert dead(href, "help/card-pin.md", make()) is None


@pytest.mark.parametrize(
    ("href", "words"),
    [
        ("help/none.md", "dead link: help/none.md is no file of the folder"),
        ("card-pin.md#none", "dead link: help/card-pin.md has no heading #none"),
        ("#none", "has no heading #none"),
        ("../../../etc/passwd", "no file of the folder"),
        ("/help/card-pin.md", "expected a file of the folder"),
        ("//x.example/a", "expected a file of the folder"),
        ("javascript:alert(1)", "expected a file of the folder"),
        ("data:text/html,x", "expected a file of the folder"),
        ("http:///x", "expected an address as https://"),
        ("https://localhost", "expected an address as https://"),
        ("https://user@x.example", "expected an address as https://"),
        ("https://x.example/a b", "expected an address as https://"),
        ("https://[x", "expected an address, got"),
        ("mailto:", "expected someone to write to"),
        ("", "dead link"),
    ],
)
def test_links_that_do_not(make: Callable, href: str, words: str) -> None:
    root: Path = make()
    assert words in str(dead(href, "answers/x.md" if not href else "help/card-pin.md", root))
