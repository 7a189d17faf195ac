"""The runner of benchmarks reads its table, and a result is replaced only by a run that ended well."""

from pathlib import Path

import pytest

from tests.benchmarks.run import PAGE, ROOT, benchmarks, command_line, main

TABLE = """# Benchmarks

| result | command |
| --- | --- |
| `results/good.json` | `python {good}` (a second) |
| `results/bad.json` | `python {bad}` |
| `results/told.json` | the two commands of the README, by the clock |
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "results").mkdir()
    for name in ("good", "bad"):
        (tmp_path / "results" / f"{name}.json").write_text('"old"')
    (tmp_path / "good.py").write_text("print('{\"a\": 1}')")
    (tmp_path / "bad.py").write_text(
        "print('no figures'); import os; raise SystemExit(int(os.environ.get('CODE', '0')))"
    )
    text = TABLE.format(good=tmp_path / "good.py", bad=tmp_path / "bad.py")
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    return tmp_path / "README.md"


def results(page: Path) -> list[str]:
    return [(page.parent / "results" / f"{name}.json").read_text().strip() for name in ("good", "bad")]


@pytest.mark.parametrize("code", ["0", "3"])
def test_what_fails_or_prints_no_json_leaves_the_old_result_and_stops_nothing(page, monkeypatch, capsys, code) -> None:
    monkeypatch.setenv("CODE", code)
    assert main(["bad", "good"], page) == 1
    assert results(page) == ['{"a": 1}', '"old"']
    said = capsys.readouterr().err
    assert ("bad: it ended with 3" if code == "3" else "bad: expected JSON, got b'no figures") in said
    assert "good: done" in said


def test_all_that_can_be_run_are_where_none_is_named(page, monkeypatch) -> None:
    monkeypatch.setenv("CODE", "1")
    assert main([], page) == 1
    assert results(page) == ['{"a": 1}', '"old"']


@pytest.mark.parametrize(
    ("name", "said"), [("told", "is run by hand: the two commands"), ("nothing", "is none of good, bad")]
)
def test_a_name_that_cannot_be_run_is_told_before_anything_runs(page, capsys, name, said) -> None:
    with pytest.raises(SystemExit):
        main(["good", name], page)
    assert said in capsys.readouterr().err
    assert results(page)[0] == '"old"'


def test_the_table_of_this_repository_names_scripts_that_are_there() -> None:
    known = benchmarks()
    assert {"bench", "new_types", "new_head", "ablation_conll2003"} <= {n for n, one in known.items() if one.command}
    assert {name for name, one in known.items() if not one.command} == {"reuters_topics", "times"}
    scripts = [command_line(one.command)[1] for one in known.values() if one.command and "tests/" in one.command]
    assert len(scripts) > 20
    assert all((ROOT / script).is_file() for script in scripts)
    measured = {file.stem for file in (PAGE.parent / "results").glob("*.json")}
    assert measured <= set(known), "every result that stands has its command in the table"
