"""Keys as files: a round trip, the mode, a write that fails, the passphrase, and files that are none."""

import json
import os
import stat

import pytest

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.redaction.key import new_key
from entity_extractor.redaction.keyfile import open_key, save_key
from entity_extractor.redaction.redact import redact, restore
from headwater.errors import DataError, InputError

SOURCE = Annotated("a", "Ann Lee met Zoë", (Mention(0, 7, "PER"), Mention(12, 15, "PER")))


def used(style="placeholder"):
    key = new_key(style)
    return key, redact(SOURCE, key).text


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_a_key_comes_back_whole(tmp_path, passphrase):
    if passphrase:
        pytest.importorskip("cryptography")
    key, text = used()
    file = tmp_path / "case.key"
    save_key(key, file, passphrase)
    again = open_key(file, passphrase)
    assert again.content() == key.content()
    assert restore(text, again) == SOURCE.text
    assert redact(SOURCE, again).text == text
    assert ("Zoë" in file.read_text(encoding="utf-8")) is (passphrase is None)


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_only_its_owner_reads_it_even_where_it_was_open_before(tmp_path):
    file = tmp_path / "case.key"
    file.write_text("{}")
    file.chmod(0o644)
    save_key(used()[0], file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_old_key(tmp_path, monkeypatch):
    file = tmp_path / "case.key"
    key, text = used()
    save_key(key, file)
    monkeypatch.setattr(os, "fsync", lambda number: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_key(new_key(), file)
    assert restore(text, open_key(file)) == SOURCE.text
    assert list(tmp_path.iterdir()) == [file]


def test_a_passphrase_that_is_missing_wrong_or_empty(tmp_path):
    pytest.importorskip("cryptography")
    file = tmp_path / "case.key"
    save_key(used()[0], file, "right")
    with pytest.raises(InputError, match="is encrypted: give its passphrase"):
        open_key(file)
    with pytest.raises(InputError, match="expected its passphrase, got another one"):
        open_key(file, "wrong")
    with pytest.raises(InputError, match="empty one"):
        save_key(used()[0], file, "")


@pytest.mark.parametrize("content", ["", "[]", '{"schema": 2}', '{"schema": 1, "style": "x"}', '{"token": "x"}'])
def test_files_that_are_no_key(tmp_path, content):
    file = tmp_path / "case.key"
    file.write_text(content)
    with pytest.raises((DataError, InputError), match="case.key"):
        open_key(file, "any" if "token" in content else None)
    with pytest.raises(DataError, match="expected a key file"):
        open_key(tmp_path / "none.key")


def test_an_unknown_style_is_refused():
    with pytest.raises(InputError, match="expected a style out of placeholder, letter, realistic, got 'x'"):
        new_key("x")


def test_the_file_is_plain_json(tmp_path):
    file = tmp_path / "case.key"
    save_key(used()[0], file)
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["entries"][0] == {
        "replacement": "[PER 1]",
        "original": "Ann Lee",
        "kind": "PER",
        "entity": "ann lee",
        "number": 1,
    }
