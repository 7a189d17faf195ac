"""Versions: installed whole, promoted by name, rolled back as often as there is something before."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from headwater.bundle import open_bundle
from headwater.errors import BundleError, InputError
from headwater.versions.aliases import read_aliases
from headwater.versions.shelf import (
    install,
    live,
    model_folder,
    named,
    promote,
    remove,
    resolve,
    rollback,
    versions,
)
from tests.tiny import tiny_bundle


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Path]:
    """made(seed): a bundle `news` in a run's folder; the one of seed 0 ships."""
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    first = tiny_bundle(tmp_path / "0" / "news", "sentiment")
    shutil.copytree(first.folder, tmp_path / "models" / "news" / "bundle")
    return lambda seed: tiny_bundle(tmp_path / str(seed) / "news", "sentiment", seed=seed).folder


def put(folder: Path) -> str:
    """Install a bundle and make it live."""
    there, before = install(folder), live("news")
    return promote("news", there.version, before.version if before else None).version


def test_what_ships_is_live_until_another_is_promoted_and_a_rollback_goes_back(made: Callable) -> None:
    shipped = resolve("news")
    version = install(made(1))
    assert version.aliases == ("candidate",)
    assert resolve("news") == shipped, "an installed version is no live one"
    assert open_bundle(resolve("news@candidate")).digest == open_bundle(made(1)).digest

    promote("news", version.version, "shipped", reason="a test")
    assert resolve("news") == version.folder != shipped
    assert resolve("news@previous") == resolve("news@shipped") == shipped
    assert resolve(f"news@{version.version[:6]}") == version.folder
    assert rollback("news").version == "shipped"
    assert resolve("news") == shipped
    with pytest.raises(InputError, match="live before shipped"):
        rollback("news")
    history = read_aliases(model_folder("news")).history
    assert [entry["action"] for entry in history] == ["install", "promote", "rollback"]
    assert history[1]["reason"] == "a test"
    assert all(entry["who"] and entry["when"].startswith("20") for entry in history)


def test_each_rollback_goes_one_further_back_over_what_was_removed(made: Callable) -> None:
    one, two, three = (put(made(seed)) for seed in (1, 2, 3))
    assert [named(f"news@{alias}").version for alias in ("live", "previous")] == [three, two]
    assert rollback("news").version == two
    assert named("news@previous").version == one
    remove("news", three[:5])
    put(made(4))
    with pytest.raises(InputError, match="previous, and stays"):
        remove("news", two)
    with pytest.raises(InputError, match="live, and stays"):
        remove("news", "live")
    remove("news", one)
    assert [rollback("news").version, rollback("news").version] == [two, "shipped"]


def test_the_same_bundle_is_one_version_and_a_torn_copy_is_mended(made: Callable) -> None:
    first = install(made(1))
    assert install(first.folder) == first
    (first.folder / "model.onnx").write_bytes(b"torn")
    assert install(made(1)) == first
    assert open_bundle(first.folder)
    assert [path.name for path in first.folder.parent.iterdir()] == [first.version]
    assert install(resolve("news@shipped")).aliases == (), "what is live becomes no candidate"
    assert named("news@candidate") == first


def test_a_bundle_that_is_not_whole_is_not_installed_and_a_torn_version_not_promoted(made: Callable) -> None:
    torn = made(1)
    version = install(torn)
    (torn / "model.onnx").write_bytes(b"x")
    with pytest.raises(BundleError, match="digest differs"):
        install(torn)
    (version.folder / "tokenizer.json").write_bytes(b"x")
    with pytest.raises(BundleError, match="digest differs"):
        promote("news", version.version, "shipped")
    assert live("news").version == "shipped"


def test_a_promotion_names_what_it_replaces(made: Callable) -> None:
    one, two = install(made(1)).version, install(made(2)).version
    promote("news", one, "shipped")
    with pytest.raises(InputError, match=f"expected shipped to be live, and {one} is"):
        promote("news", two, "shipped")
    with pytest.raises(InputError, match="live already"):
        promote("news", one, one)
    with pytest.raises(InputError, match="expected a version of"):
        promote("news", "0" * 12, one)


def test_a_new_model_has_no_live_version_until_one_is_promoted(made: Callable, tmp_path: Path) -> None:
    version = install(tiny_bundle(tmp_path / "mine", "entities").folder)
    assert live("mine") is None
    with pytest.raises(BundleError, match="no version is live"):
        resolve("mine")
    promote("mine", version.version, None)
    assert resolve("mine") == version.folder


def test_the_old_layout_of_the_models_home_is_a_live_version_too(made: Callable, tmp_path: Path) -> None:
    old = tiny_bundle(tmp_path / "home" / "models" / "old" / "bundle", "entities").folder
    assert resolve("old") == old


@pytest.mark.parametrize("name", ["../news", "a/b", "", ".", "..", "@live"])
def test_a_name_leads_nowhere_else(made: Callable, name: str) -> None:
    with pytest.raises(InputError, match="letters, digits"):
        resolve(name)


@pytest.mark.parametrize("content", ["{", "[]", '{"live": "../../etc"}', '{"live": 3}', '{"alive": "a"}'])
def test_a_damaged_file_of_aliases_is_told_and_not_taken_for_none(made: Callable, content: str) -> None:
    install(made(1))
    (model_folder("news") / "aliases.json").write_text(content)
    with pytest.raises(BundleError, match="put it right"):
        resolve("news")


def test_a_live_version_that_was_deleted_by_hand_is_told(made: Callable) -> None:
    put(made(1))
    shutil.rmtree(resolve("news"))
    with pytest.raises(BundleError, match="headwater models rollback news"):
        resolve("news")
    assert rollback("news").version == "shipped"


def _install(folder: Path) -> str:
    return install(folder).version


def test_processes_that_install_at_once_lose_no_entry(
    made: Callable, processes: Callable[[int], ProcessPoolExecutor]
) -> None:
    folders = [made(1), made(2), made(1), made(2), made(3), made(3)]
    with processes(3) as pool:
        found = set(pool.map(_install, folders))
    assert {version.version for version in versions("news")} == {"shipped", *found}
    content = json.loads((model_folder("news") / "aliases.json").read_text())
    assert len(content["history"]) == len(folders)
    assert not list((model_folder("news") / "versions").glob(".*"))


def test_a_damaged_version_is_passed_over_on_the_way_back(made: Callable) -> None:
    one, two, _ = (put(made(seed)) for seed in (1, 2, 3))
    (model_folder("news") / "versions" / two / "model.onnx").write_bytes(b"torn")
    assert rollback("news").version == one
    assert named("news@previous").version == "shipped"
    remove("news", two)
    put(made(4))
    (model_folder("news") / "versions" / one / "model.onnx").write_bytes(b"torn")
    (resolve("news@shipped") / "model.onnx").write_bytes(b"torn")
    with pytest.raises(BundleError, match="digest differs"):
        rollback("news")


def test_what_a_killed_removal_left_is_in_nobodys_way_and_all_may_read_what_is_live(made: Callable) -> None:
    version = install(made(1))
    (version.folder.parent / f".{version.version}.gone" / "rest").mkdir(parents=True)
    remove("news", version.version)
    assert not version.folder.exists()
    assert (model_folder("news") / "aliases.json").stat().st_mode & 0o044 == 0o044
