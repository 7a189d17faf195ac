"""Files that are whole or not there: what a fault on the way, a second writer and a kill leave behind."""

import os
import stat
from pathlib import Path

import pytest

from headwater.files import replacing, whole, write_whole


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_bytes_go_in_and_the_folder_is_made(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "a.txt", (part.encode() for part in ("one\n", "två\n")))
    assert (tmp_path / "new" / "a.txt").read_bytes() == "one\ntvå\n".encode()
    assert names(tmp_path / "new") == ["a.txt"]


@pytest.mark.parametrize("alone", [True, False])
def test_a_fault_on_the_way_leaves_what_was_there(tmp_path: Path, alone: bool) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def pieces():
        yield b"new"
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="power"):
        write_whole(target, pieces(), alone=alone)
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_readers_meet_the_old_file_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_whole(target, [b"old"])
    with whole(target) as stream:
        stream.write(b"half")
        stream.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"half"


def test_two_writers_at_once_do_not_share_a_file(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with replacing(target) as first, replacing(target) as second:
        assert first != second
        first.write_text("first")
        second.write_text("second")
    assert target.read_text() == "first", "the one that ended last"
    assert names(tmp_path) == ["a.txt"]


def test_what_a_killed_sole_writer_left_is_written_over(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    with replacing(target, alone=True) as name:
        name.write_text("once")
    name.write_text("half of a file, longer than the whole one")  # a kill cannot clean up
    write_whole(target, [b"whole"], alone=True)
    assert (target.read_text(), names(tmp_path)) == ("whole", ["a.txt"])


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_private_file_is_its_owners_and_any_other_follows_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "key", [b"secret"], private=True)
        write_whole(tmp_path / "open", [b"text"])
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("key", "open")] == [0o600, 0o644]


def test_a_long_name_has_room_for_the_work_beside_it(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 250)
    write_whole(target, [b"x"])
    assert target.read_bytes() == b"x"
