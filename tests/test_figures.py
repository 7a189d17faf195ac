"""The figures on the pages are those that were measured."""

from tests.benchmarks import figures


def test_no_figure_is_stale():
    assert figures.stale() == []


def test_every_block_is_known_and_every_page_has_one():
    for page in figures.PAGES:
        names = [found["name"] for found in figures.BLOCK.finditer(page.read_text(encoding="utf-8"))]
        assert names and set(names) <= set(figures.BLOCKS)


def test_a_changed_figure_is_noticed(tmp_path, monkeypatch):
    page = tmp_path / "README.md"
    page.write_text("<!-- figures:times -->\n99 x faster\n<!-- /figures -->\n", encoding="utf-8")
    monkeypatch.setattr(figures, "PAGES", (page,))
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    assert figures.stale()
