import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from headwater.errors import InputError
from sentiment_monitor.alerts.rule import Rule
from sentiment_monitor.alerts.rules import DEFAULT, put_in_place, read_rules, rules_from, write_rules
from sentiment_monitor.alerts.tuning import Mark, stricter, tuned

TARGET = ("topic", "topic", "legal")


def test_the_shipped_rules_can_be_read() -> None:
    assert [(rule.dimension, rule.values) for rule in read_rules()] == [("topic", None), ("company", None)]


def test_what_is_left_out_has_a_default() -> None:
    assert rules_from('[[rule]]\nname = "a"\ndimension = "source"') == [Rule("a", "source")]
    few = rules_from('[[rule]]\nname = "a"\ndimension = "topic"\nvalues = ["legal", "macro"]\nchance = 1e-9')
    assert few == [Rule("a", "topic", ("legal", "macro"), chance=1e-9)]


def test_every_fault_at_once_with_its_line() -> None:
    text = """extra = 1
[[rule]]
name = "a/b"
windows = [6, 2]
chanse = 1

[[rule]]
name = "q"
dimension = "topics"
least = true
chance = 0
severities = [0.1, 0.2]
[[rule]]
name = "q"
dimension = "topic"
values = []
"""
    with pytest.raises(InputError) as refused:
        rules_from(text, "my.toml")
    lines = str(refused.value).splitlines()
    assert lines[0] == "my.toml: 11 faults in the rules:"
    for said in (
        "extra: no such key: everything stands in a [[rule]]",
        "line 5: chanse: no such key; there are name, dimension",
        "line 2: dimension: is missing",
        "line 3: name: expected 1 to 64 characters without a slash, got 'a/b'",
        "line 4: windows: expected 1 to 6 whole numbers of hours, rising, up to 168, got [6, 2]",
        "line 9: dimension: expected one of all, topic, company, source, got 'topics'",
        "line 10: least: expected a whole number of stories from 1, got True",
        "line 11: chance: expected a chance above 0 and up to 0.1, got 0",
        "line 12: severities: expected two numbers",
        "line 14: name: expected one rule of each name, got a second 'q'",
        'line 16: values: expected "*" or a list of names, got []',
    ):
        assert any(line.startswith(f"  - {said}") for line in lines), said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected at least one"),
        ("rule = 3", "expected at least one"),
        ("[[rule]]\nname = a\n", r"expected TOML: .*line 2"),
        ("rule = [{name = 'a'}]", "line 1: dimension: is missing"),
        ("[[rule]]\nname = 3\ndimension = []\nwindows = 'x'\nvalues = {a = 1}\nchannels = [1]", "5 faults"),
    ],
)
def test_what_holds_no_rules(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        rules_from(text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file of rules"):
        read_rules(tmp_path / "none.toml")


def test_rules_are_written_with_their_comments(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(DEFAULT.read_text(encoding="utf-8"), encoding="utf-8")
    topic, company = read_rules(path)
    write_rules(path, [topic, company])
    assert path.read_text(encoding="utf-8") == DEFAULT.read_text(encoding="utf-8")  # not a letter moves for nothing
    changed = [replace(topic, chance=3e-7, values=("legal",), channels=("desk",)), company, Rule("all of it", "all")]
    write_rules(path, changed)
    assert read_rules(path) == changed
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# What the sentiment monitor tells of.") and "# hours; the one that chance" in text
    write_rules(path, changed[1:])
    assert read_rules(path) == changed[1:]
    assert [file.name for file in tmp_path.iterdir()] == ["rules.toml"]


def test_who_reads_while_many_save_reads_whole_rules(tmp_path: Path) -> None:
    path, shipped = tmp_path / "rules.toml", read_rules(DEFAULT)
    write_rules(path, shipped)
    texts = [path.read_text(encoding="utf-8") + f"# {'x' * size}\n" for size in (10, 200_000)]
    with ThreadPoolExecutor(3) as threads:
        saving = [threads.submit(put_in_place, path, texts[number % 2]) for number in range(60)]
        while not all(one.done() for one in saving):
            assert read_rules(path) == shipped
            assert path.read_text(encoding="utf-8") in [*texts, texts[0][:-13]]
    assert [one.exception() for one in saving] == [None] * 60
    assert [file.name for file in tmp_path.iterdir()] == ["rules.toml"]


def test_what_a_killed_process_was_writing_is_tidied_away(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rules.toml"
    put_in_place(path, "one")
    path.chmod(0o600)
    old, young = (path.with_name(f".rules.toml.{name}.part") for name in ("old", "young"))
    for left in (old, young):
        left.write_text("[[ru")
    os.utime(old, (time.time() - 3600,) * 2)
    put_in_place(path, "two")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("two", 0o600)
    assert sorted(file.name for file in path.parent.iterdir()) == [young.name, "rules.toml"]


def test_rules_that_could_not_be_read_again_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    with pytest.raises(InputError, match="a slash"):
        write_rules(path, [Rule("a/b", "topic")])
    assert list(tmp_path.iterdir()) == []
    write_rules(path, [Rule("a", "topic")])
    assert read_rules(path) == [Rule("a", "topic")]


def test_marks_move_a_threshold_only_as_far_as_they_show() -> None:
    one, other = Mark(TARGET, True, 4e-6), Mark(TARGET, True, 1e-6)
    assert stricter(1e-5, [one]) == 1e-5  # one may be bad luck
    assert stricter(1e-5, [one, other]) == pytest.approx(5e-7)
    # An acknowledged one between them is worth two: only the weaker false one is kept out.
    assert stricter(1e-5, [one, other, Mark(TARGET, False, 5e-7 * 1.5)]) == pytest.approx(2e-6)
    # Acknowledged ones weaker than every false one: nothing is gained.
    assert stricter(1e-5, [one, other, *[Mark(TARGET, False, 8e-6)] * 2]) == 1e-5
    assert stricter(1e-5, [Mark(TARGET, True, 1e-40)] * 3) == 1e-5  # as strict as may be would not have kept them out
    assert stricter(1e-5, [Mark(TARGET, True, 1e-3)] * 3) == 1e-5  # of looser days


def test_only_targets_of_known_rules_that_become_stricter_are_named() -> None:
    marks = [Mark(TARGET, True, 1e-6), Mark(TARGET, True, 2e-6), Mark(("gone", "topic", "legal"), True, 1e-6)]
    assert tuned([Rule("topic", "topic")], marks) == {TARGET: pytest.approx(5e-7)}
    assert tuned([Rule("topic", "topic")], marks[:1]) == {}
