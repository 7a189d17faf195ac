import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from headwater.ui.texts import LANGUAGES, catalogue, keys

ROOT = Path(__file__).resolve().parents[2]
VIEWS = sorted((ROOT / "apps").glob("*/views/*.py"))
SOURCES = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "shared/headwater/ui").rglob("*.py")]
PROSE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}|[\u4e00-\u9fff]")
DRAWN = "button caption error header html info markdown metric subheader text title toggle warning write".split()


def test_both_languages_hold_the_same_keys_in_the_same_order() -> None:
    assert len(keys("en")) > 250
    assert keys("en") == keys("zh")


def test_both_languages_fill_in_the_same_names() -> None:
    for key in keys("en"):
        pieces = {language: Formatter().parse(catalogue(language).texts[key]) for language in LANGUAGES}
        named = {language: {name for _, name, _, _ in found if name is not None} for language, found in pieces.items()}
        assert named["en"] == named["zh"], key


def test_no_text_is_empty_or_stands_in_the_wrong_language() -> None:
    for key, text in catalogue("zh").texts.items():
        assert text.strip() or key == "common.comma"
        assert not re.search(r"[\u4e00-\u9fff]", catalogue("en").texts[key]), key


@pytest.mark.parametrize("view", VIEWS, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_a_view_holds_no_text_of_its_own(view: Path) -> None:
    tree = ast.parse(view.read_text(encoding="utf-8"))
    documented = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.FunctionDef)) and ast.get_docstring(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            assert not PROSE.search(node.value), f"{view.name}:{node.lineno} {node.value!r}: put it into the catalogue"
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in DRAWN
            and node.args
        ):
            assert not isinstance(node.args[0], ast.Constant), (
                f"{view.name}:{node.lineno}: put the text into the catalogue"
            )


def test_a_view_draws_and_is_short() -> None:
    assert len(VIEWS) >= 8
    for view in VIEWS:
        assert len(view.read_text(encoding="utf-8").splitlines()) < 80, view


def test_every_key_that_code_asks_for_is_there() -> None:
    asked = set()
    for source in SOURCES:
        asked |= set(
            re.findall(r"""(?<![.\w])t(?:exts\(\))?\(\s*["']([\w.]+)["']""", source.read_text(encoding="utf-8"))
        )
    assert len(asked) > 60
    assert asked - set(keys("en")) == set()


def test_counts_have_forms() -> None:
    t = catalogue("en")
    assert t.count("stories.count", 1) == "1 story"
    assert t.count("stories.count", 1200) == "1,200 stories"
    assert catalogue("zh").count("stories.count", 2) == "2 篇"


def test_views_never_allow_outside_html() -> None:
    for source in SOURCES:
        assert "unsafe_allow_html" not in source.read_text(encoding="utf-8"), source
