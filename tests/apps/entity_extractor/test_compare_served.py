"""Two models of a server side by side, where HEADWATER_ENDPOINT names one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headwater.api.app import create_app
from headwater.serving.model import open_model
from headwater.ui.loading import readers_for
from tests.apps.conftest import open_app, words
from tests.servers import served


@pytest.fixture
def endpoint(home: Path, tiny: Callable, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`endpoint("a", "b")`: a server with these names; "sentiment" finds no names."""
    running = []

    def start(*names: str) -> None:
        head = {"financial-news": "sentiment"}
        made = [tiny(home / "far" / name, head.get(name, "entities"), seed=at) for at, name in enumerate(names)]
        app = create_app([open_model(bundle, "int8", "cpu") for bundle in made])
        running.append(served(app))
        monkeypatch.setenv("HEADWATER_ENDPOINT", running[-1].__enter__().url)

    yield start
    for one in running:
        one.__exit__(None, None, None)


def test_the_models_of_the_server_read_one_text(endpoint: Callable[..., None]) -> None:
    endpoint("entities", "financial-news", "other")
    assert [place.name for place in readers_for("extractor")] == ["entities", "other"]
    page = open_app("entity_extractor", "compare")
    page.text_area(key="extract.text").set_value("Acme Bank in London").run()
    assert not page.exception
    assert words(page).count('class="hw-doc"') == 2
    assert "on the server" in "".join(page.selectbox(key="versus.first").options)


def test_a_server_with_one_of_them_is_told_of_in_words(endpoint: Callable[..., None]) -> None:
    endpoint("entities", "financial-news")
    page = open_app("entity_extractor", "compare")
    assert not page.exception
    assert "gives one that finds names" in words(page) and "headwater serve" in words(page)
