import json
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.bundle import Bundle
from headwater.errors import BundleError
from headwater.ui import shelf
from headwater.versions.shelf import install, promote, rollback


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Callable) -> Path:
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    tiny(tmp_path / "models" / "financial-news" / "bundle", "sentiment")
    for name in (
        "entities",
        "entities-zh",
    ):  # recipes without a bundle: one that an app begins with, one that none does
        (tmp_path / "models" / name).mkdir()
        (tmp_path / "models" / name / "recipe.toml").touch()
    tiny(tmp_path / "home" / "models" / "mine", "entities")
    return tmp_path


def test_every_place_is_listed_also_those_without_a_bundle(root: Path) -> None:
    found = {(place.name, place.origin): shelf.inspect(place) for place in shelf.places()}
    assert list(found) == [
        ("entities", "shipped"),
        ("financial-news", "shipped"),
        ("mine", "home"),
        ("support-intent", "shipped"),
    ]
    assert isinstance(found["financial-news", "shipped"], Bundle)
    assert isinstance(found["mine", "home"], Bundle)
    assert "headwater train models/entities/recipe.toml" in found["entities", "shipped"]


def test_a_choice_is_kept_and_the_others_stay(root: Path) -> None:
    assert shelf.chosen("extractor").name == "entities"
    mine = next(place for place in shelf.places() if place.name == "mine")
    shelf.choose("extractor", mine)
    assert shelf.chosen("extractor") == mine
    assert shelf.chosen("monitor").name == "financial-news"
    assert [path.name for path in (root / "home").iterdir() if path.is_file()] == ["apps.json"]


def test_a_choice_that_went_away_is_still_named(root: Path) -> None:
    shelf.choose("extractor", shelf.Place("gone", root / "gone" / "bundle", "home"))
    assert shelf.chosen("extractor").name == "gone"
    assert "not there" in shelf.inspect(shelf.chosen("extractor"))


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"other": "x"})])
def test_a_damaged_file_of_choices_counts_as_none(root: Path, content: str) -> None:
    (root / "home" / "apps.json").write_text(content)
    assert shelf.chosen("monitor").name == "financial-news"


def test_a_use_picks_its_head_or_the_only_one_of_its_kind(root: Path, tiny: Callable) -> None:
    use = shelf.USES["monitor"]
    both = tiny(root / "both", "sentiment", "entities")
    assert use.pick(both).name == "sentiment"
    assert shelf.USES["support"].pick(both).name == "sentiment"
    with pytest.raises(BundleError, match="choose another bundle"):
        use.pick(tiny(root / "spans", "entities"))


def test_the_stamp_changes_with_the_files(root: Path) -> None:
    folder = root / "models" / "financial-news" / "bundle"
    before = shelf.stamp(folder)
    (folder / "model.onnx").write_bytes(b"x")
    assert shelf.stamp(folder) != before
    assert shelf.stamp(root / "nowhere") == (0, 0, 0)


def test_the_place_of_a_model_is_that_of_its_live_version(root: Path, tiny: Callable) -> None:
    before = shelf.chosen("monitor")
    shelf.choose("monitor", before)
    version = install(tiny(root / "new" / "financial-news", "sentiment", seed=3).folder)
    assert shelf.chosen("monitor") == before, "a candidate is shown to nobody"
    promote("financial-news", version.version, "shipped")
    place = shelf.chosen("monitor")
    assert (place.folder, place.version) == (version.folder, version.version)
    assert [found.name for found in shelf.places()].count("financial-news") == 1
    assert shelf.stamp(place.folder) != shelf.stamp(before.folder), "what caches of opened models are keyed by"
    shelf.choose("monitor", place)
    rollback("financial-news")
    assert shelf.chosen("monitor") == before, "who chose the model gets what is live of it"


def test_a_first_version_that_is_not_live_is_no_place_and_damaged_aliases_are_told(root: Path, tiny: Callable) -> None:
    version = install(tiny(root / "new" / "fresh", "sentiment").folder)
    assert "fresh" not in {place.name for place in shelf.places()}
    promote("fresh", version.version, None)
    assert next(place for place in shelf.places() if place.name == "fresh").folder == version.folder
    (root / "home" / "models" / "fresh" / "aliases.json").write_text("{")
    broken = next(place for place in shelf.places() if place.name == "fresh")
    assert "expected which version is live" in shelf.inspect(broken)
