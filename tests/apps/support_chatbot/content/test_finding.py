"""Every fault has its words in the catalogue, and every words of the catalogue their fault."""

import re
from pathlib import Path

import support_chatbot
from headwater.ui.texts import catalogue, keys
from support_chatbot.content import Fault, Finding

SOURCES = list(Path(support_chatbot.__file__).parent.rglob("*.py"))


def test_every_code_has_words_and_all_words_a_code() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in SOURCES)
    asked = set(re.findall(r"\"([a-z_0-9]+)\"", source))
    held = {key.removeprefix("finding.") for key in keys("en") if key.startswith("finding.")}
    given = set(re.findall(r"Fault\.of\(\s*\"(\w+)\"", source))
    assert len(given) > 30
    assert given <= held
    assert {code.removesuffix("_near") for code in held} <= asked


def test_a_fault_says_the_same_in_each_language() -> None:
    fault = Fault.of("too_long", most=1200, words=1500)
    assert str(fault) == "expected at most 1,200 words, got 1,500; say less, and link to an article"
    assert fault.told(catalogue("zh")) == "最多 1,200 个词，实际 1,500 个；请精简，并链接到一篇文章"


def test_what_stands_in_a_file_is_no_template() -> None:
    assert str(Fault.of("placeholder", got="{got} {0}")) == "'{got} {0}' waits to be replaced by the real words"
    assert Finding.said("a.yaml", 3, "no {thing}").words == "no {thing}"
