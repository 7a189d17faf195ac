from pathlib import Path

import pytest

from headwater.errors import InputError
from headwater.secret import secret
from headwater.store import store_url


def test_the_variable_goes_before_the_file_and_both_lose_their_blanks(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("\ufefffrom-file \n", encoding="utf-8")
    assert secret("KEY", {"KEY_FILE": str(file)}) == "from-file"
    assert secret("KEY", {"KEY": " given\n", "KEY_FILE": str(file)}) == "given"
    assert secret("KEY", {"KEY": "", "KEY_FILE": " "}) is None


@pytest.mark.parametrize("content", [None, b" \n", b"\xff\xfe\x00"])
def test_a_file_that_holds_no_secret_is_named_with_its_variable(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"KEY_FILE: expected .*key"):
        secret("KEY", {"KEY_FILE": str(file)})


def test_a_store_can_be_named_by_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADWATER_STORE", raising=False)
    (tmp_path / "url").write_text("postgresql://headwater:p%40ss@db/headwater\n")
    monkeypatch.setenv("HEADWATER_STORE_FILE", str(tmp_path / "url"))
    assert store_url() == "postgresql://headwater:p%40ss@db/headwater"
