"""`headwater models install | face | promote | rollback`: refused until the old cases say yes, or somebody says why not."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import headwater
from headwater.cli.main import app
from headwater.versions.shelf import resolve
from tests.tiny import tiny_bundle

TEXTS = [f"{first} {second}" for first in ("oil", "gold", "shares", "profit") for second in ("rose", "fell", "misses")]


@pytest.fixture
def candidate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`news` ships; a candidate of other weights lies in a run's folder."""
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    shutil.copytree(tiny_bundle(tmp_path / "1" / "news", "sentiment", seed=1).folder, tmp_path / "models/news/bundle")
    return tiny_bundle(tmp_path / "2" / "news", "sentiment", seed=2).folder


def call(*words: str, code: int = 0):
    done = CliRunner().invoke(app, ["models", *words])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout) if "--json" in words else done


def labelled(file: Path, bundle: Path) -> str:
    """Cases that a bundle has all right."""
    rows = zip(TEXTS, headwater.load(bundle).predict(TEXTS), strict=True)
    file.write_text("text,label\n" + "".join(f"{text},{found.label}\n" for text, found in rows))
    return str(file)


def test_a_candidate_that_loses_old_cases_is_refused_and_one_that_gains_goes_live(
    candidate: Path, tmp_path: Path
) -> None:
    shipped = resolve("news")
    version = call("install", str(candidate), "--json")["version"]
    done = call("promote", "news", code=1)
    assert "no case to face" in done.output

    old = labelled(tmp_path / "old.csv", shipped)
    found = call("promote", "news", "--cases", old, "--json", code=1)
    assert not found["promoted"]
    (part,) = found["report"]["faced"]
    assert part["live"] == 1.0 > part["candidate"]
    assert {change["text"] for change in part["newly_wrong"]} <= set(TEXTS)
    shown = call("promote", "news", "--cases", old, code=1)
    assert "newly wrong" in shown.stdout
    assert "was not promoted" in shown.stderr
    assert resolve("news") == shipped, "the alias is untouched"

    new = labelled(tmp_path / "new.csv", candidate)
    assert call("face", "news", "--cases", new, "--keep", "--json")["passed"]
    rows = {row["version"]: row for row in call("versions", "news", "--json")["versions"]}
    assert rows[version]["faced"] == "passed"
    assert rows["shipped"]["aliases"] == ["live"]
    assert call("promote", "news", "--json")["promoted"]
    assert resolve("news").name == version
    assert call("show", "news", "--json")["digest"].startswith(version)
    assert call("list", "--json")[0]["digest"].startswith(version)
    assert "is live again" in call("rollback", "news").stdout
    assert resolve("news") == shipped
    assert call("rollback", "news", code=1).stderr


def test_who_forces_says_why_and_the_history_keeps_it(candidate: Path) -> None:
    version = call("install", str(candidate.parent / "news"), "--json")["version"]
    assert "the reason" in call("promote", "news", "--force", " ", code=1).stderr
    assert "is live" in call("promote", "news", "--force", "the old one is down").stdout
    done = call("versions", "news", "--json")["history"][-1]
    assert (done["to"], done["forced"]) == (version, "the old one is down")
    assert done["who"]
    assert version in call("versions", "news").stdout


def test_versions_are_named_and_removed(candidate: Path, tmp_path: Path) -> None:
    version = call("install", str(candidate), "--json")["version"]
    assert call("show", "news@candidate", "--json")["digest"].startswith(version)
    assert "expected one version" in call("show", "news@ffff", code=1).stderr
    assert "NAME@VERSION" in call("remove", "news", code=1).stderr
    call("remove", f"news@{version[:8]}")
    assert not (tmp_path / "home" / "models" / "news" / "versions" / version).exists()
    assert "expected one version" in call("promote", "news", code=1).stderr


def test_a_bundle_that_is_not_whole_is_not_installed(candidate: Path, tiny: Callable) -> None:
    (candidate / "model.onnx").write_bytes(b"torn")
    assert "digest differs" in call("install", str(candidate), code=1).stderr


def test_where_the_live_version_is_gone_another_goes_live_by_force(candidate: Path, tmp_path: Path) -> None:
    version = call("install", str(candidate), "--json")["version"]
    call("promote", "news", "--force", "the first")
    shutil.rmtree(tmp_path / "home" / "models" / "news" / "versions" / version)
    call("install", str(tiny_bundle(tmp_path / "3" / "news", "sentiment", seed=3).folder))
    assert "rollback" in call("promote", "news", code=1).stderr
    assert "is live" in call("promote", "news", "--force", "the old one is gone").stdout


def test_a_version_is_not_calibrated_in_its_place(candidate: Path, tmp_path: Path) -> None:
    call("install", str(candidate))
    (tmp_path / "recipe.toml").write_text("")
    done = CliRunner().invoke(app, ["recalibrate", "news@candidate", "--recipe", str(tmp_path / "recipe.toml")])
    assert (done.exit_code, "never written again" in done.output) == (1, True)
