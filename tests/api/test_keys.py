"""Keys: what a file may say, who is admitted to what, how often, until when, and a file that changes."""

import hashlib
import logging
import os
from datetime import UTC, datetime, timedelta

import pytest

from headwater.api.key_file import SCOPES, read_key_file
from headwater.api.keys import ANYBODY, Forbidden, Keys, RateLimited, Unauthorized
from headwater.errors import InputError


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def keys_of(tmp_path, content, clock=None):
    file = tmp_path / "keys.toml"
    file.write_text(content)
    return Keys(file=file, clock=clock or Clock())


def test_a_server_without_keys_is_open_and_one_with_lines_knows_who_may_do_everything(tmp_path):
    assert Keys().admit("", "admin") is ANYBODY
    (tmp_path / "keys").write_text("# ours\nsecret\nother\n")
    keys = Keys(file=tmp_path / "keys")
    caller = keys.admit("secret", "metrics")
    assert caller.scopes == set(SCOPES)
    assert caller.name == "key-" + hashlib.sha256(b"secret").hexdigest()[:8]
    for wrong in ("", "secre", "secret ", "# ours", "\udc80", "é"):
        with pytest.raises(Unauthorized):
            keys.admit(wrong, "predict")


def test_a_table_says_what_a_key_is_for_and_holds_no_secret(tmp_path):
    digest = hashlib.sha256(b"hidden").hexdigest()
    keys = keys_of(tmp_path, f'[[keys]]\nname = "board"\nsha256 = "{digest.upper()}"\nscopes = ["predict", "score"]\n'
                             '[[keys]]\nname = "prometheus"\nkey = "scrape"\nscopes = ["metrics"]\n[[keys]]\nname = "plain"\nkey = "p"\n')  # fmt: skip
    assert keys.admit("hidden", "score").name == "board"
    assert keys.admit("p", "predict").scopes == {"predict"}  # the least where nothing is said
    with pytest.raises(Forbidden, match="the key board is for predict, score, and this asks for metrics"):
        keys.admit("hidden", "metrics")
    assert keys.admit("scrape", "metrics")
    with pytest.raises(Unauthorized):
        keys.admit(digest, "predict")  # who reads the file has no key


def test_a_key_ends_with_its_last_day(tmp_path):
    today, moment = datetime.now(UTC).date(), datetime.now(UTC)
    keys = keys_of(
        tmp_path,
        f'[[keys]]\nname = "today"\nkey = "a"\nexpires = {today}\n'
        f'[[keys]]\nname = "gone"\nkey = "b"\nexpires = {today - timedelta(days=1)}\n'
        f'[[keys]]\nname = "later"\nkey = "c"\nexpires = {(moment + timedelta(hours=1)).isoformat()}\n'
        f'[[keys]]\nname = "before"\nkey = "d"\nexpires = {(moment - timedelta(hours=1)).replace(tzinfo=None).isoformat()}\n',
    )
    assert [keys.admit(word, "predict").name for word in "ac"] == ["today", "later"]
    for word, name in (("b", "gone"), ("d", "before")):
        with pytest.raises(Unauthorized, match=f"the key {name} expired on"):
            keys.admit(word, "predict")


def test_a_rate_lets_a_burst_through_and_then_one_at_a_time(tmp_path):
    clock = Clock()
    keys = keys_of(
        tmp_path,
        '[[keys]]\nname = "slow"\nkey = "a"\nrate = 2\nburst = 3\n[[keys]]\nname = "rare"\nkey = "b"\nrate = 0.1\n',
        clock,
    )
    for _ in range(3):
        keys.admit("a", "predict")
    with pytest.raises(RateLimited) as refused:
        keys.admit("a", "predict")
    assert refused.value.retry_after == 1  # half a second, in whole ones
    clock.now += 0.5  # 2 a second: one more, and no other
    keys.admit("a", "predict")
    with pytest.raises(RateLimited):
        keys.admit("a", "predict")
    clock.now += 100  # what was not used is not saved beyond the burst
    for _ in range(3):
        keys.admit("a", "predict")
    with pytest.raises(RateLimited):
        keys.admit("a", "predict")
    keys.admit("b", "predict")
    with pytest.raises(RateLimited) as refused:
        keys.admit("b", "predict")
    assert refused.value.retry_after == 10
    with pytest.raises(Unauthorized):  # who has no key is not told of rates
        keys.admit("c", "predict")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[[keys]]\n", "expected a name"),
        ('[[keys]]\nname = "a"\n', "key 1: expected either key or sha256"),
        ('[[keys]]\nname = "a"\nkey = "hush"\nsha256 = "' + "0" * 64 + '"\n', "expected either key or sha256"),
        ('[[keys]]\nname = "a"\nsha256 = "hush"\n', "64 hexadecimal digits"),
        ('[[keys]]\nname = "a"\nkey = " hush"\n', "without blanks"),
        ('[[keys]]\nname = "a b"\nkey = "hush"\n', "expected a name"),
        ('[[keys]]\nname = "a"\nkey = "hush"\nscopes = ["all"]\n', "expected scopes of admin, chat"),
        ('[[keys]]\nname = "a"\nkey = "hush"\nscopes = []\n', "expected scopes"),
        ('[[keys]]\nname = "a"\nkey = "hush"\nrate = 0\n', "a rate above 0"),
        ('[[keys]]\nname = "a"\nkey = "hush"\nburst = 2\n', "beside a rate"),
        ('[[keys]]\nname = "a"\nkey = "hush"\nexpires = "soon"\n', "a date or a moment"),
        ('[[keys]]\nname = "a"\nkey = "hush"\nquota = 3\n', "got quota"),
        ('[[keys]]\nname = "a"\nkey = "hush"\n[[keys]]\nname = "a"\nkey = "hush2"\n', "got a twice"),
        ('[[keys]]\nname = "a"\nkey = "hush"\n[[keys]]\nname = "b"\nkey = "hush"\n', "differ in name and in value"),
        ('[[keys]]\nname = "a\n', "expected TOML"),
        ('owner = "x"\n[[keys]]\nname = "a"\nkey = "hush"\n', "nothing beside them"),
        ("hush\n", "expected"),
    ],
)
def test_a_file_that_cannot_be_followed_is_told_without_its_secrets(tmp_path, content, said):
    with pytest.raises(InputError) as fault:
        keys_of(tmp_path, content)
    assert said in str(fault.value)
    assert "hush" not in str(fault.value)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[[key]]\nname="a"\nkey="hush"\n', 1),
        ('# ours\n\nkeys=[{key="hush"}]\n', 3),
        ("abc\nhush = hush\n", 2),
        ("abc\nkey='hush'\n", 2),
        ("abc\n]\n", 2),
    ],
)
def test_tables_with_a_slip_are_no_keys_that_may_do_everything(tmp_path, content, line):
    (tmp_path / "keys").write_text(content)
    with pytest.raises(InputError, match=rf"line {line}: expected a key without blanks, brackets") as fault:
        Keys(file=tmp_path / "keys")
    assert "hush" not in str(fault.value)


def test_every_fault_is_told_at_once(tmp_path):
    (tmp_path / "keys").write_text('[[keys]]\nname = "a"\n[[keys]]\nkey = "b"\nrate = -1\n')
    with pytest.raises(InputError, match=r"key 1: .*key or sha256; key 2: .*name.*; key 2: .*rate"):
        read_key_file(tmp_path / "keys")


def test_a_file_that_changes_is_read_again_and_a_broken_one_changes_nothing(tmp_path, caplog):
    clock, file = Clock(), tmp_path / "keys"
    file.write_text("first\n")
    keys = Keys(file=file, clock=clock)

    def change(content: str) -> None:
        temporary = tmp_path / "new"
        temporary.write_text(content)
        os.replace(temporary, file)

    change("second\n")
    assert keys.admit("first", "predict")  # not looked at yet
    clock.now += 1.1
    assert keys.admit("second", "predict")
    with pytest.raises(Unauthorized):
        keys.admit("first", "predict")
    for broken in ("# none\n", '[[keys]]\nname = "a"\n'):
        change(broken)
        clock.now += 1.1
        with caplog.at_level(logging.ERROR):
            assert keys.admit("second", "predict")
        assert "the keys stay as they were" in caplog.text
    file.unlink()
    clock.now += 1.1
    assert keys.admit("second", "predict")  # never an open server
    with pytest.raises(Unauthorized):
        keys.admit("", "predict")


def test_a_rate_goes_on_when_the_file_is_read_again(tmp_path):
    clock = Clock()
    keys = keys_of(tmp_path, '[[keys]]\nname = "a"\nkey = "a"\nrate = 0.01\n', clock)
    keys.admit("a", "predict")
    (tmp_path / "keys.toml").write_text('[[keys]]\nname = "a"\nkey = "a"\nrate = 0.01\n# changed\n')
    clock.now += 2
    with pytest.raises(RateLimited):
        keys.admit("a", "predict")
