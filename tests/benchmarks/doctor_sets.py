"""The doctor on public sets, beside the faults that their README lists.

    python tests/benchmarks/doctor_sets.py [--json] [--set NAME]      (needs HEADWATER_DATA with its README.md)

The README of the data folder lists, for each set, rows that stand twice, rows of one split that stand in another ("Leak
test/train: 7 rows (0)", in brackets those under another label), texts under different labels and spans at wrong offsets.
"""

import argparse
import gzip
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headwater.data.doctor import Finding, diagnose
from headwater.data.example import Example
from headwater.data.readers import example_of, read_file
from headwater.errors import DataError

__all__ = ["compared", "listed"]

SPLIT = "(all|train|validation|test)"


def listed(readme: str, name: str) -> dict[str, int]:
    """The faults that the README lists of a set: "leaks test/train" -> rows.

    >>> listed("- **a**: Dups: test 1, train 4. Leak test/train: 7 rows (0). Note: none.", "a")
    {'duplicates test': 1, 'duplicates train': 4, 'leaks test/train': 7}
    """
    line = next((line for line in readme.splitlines() if line.startswith(f"- **{name}**:")), "")
    found: dict[str, int] = {}
    for check, words in (("duplicates", "Dups"), ("conflicts", "Texts with conflicting labels")):
        said = re.search(rf"{words}: ((?:{SPLIT} \d+(?:, )?)+)", line)
        for split, count in re.findall(rf"{SPLIT} (\d+)", said[1] if said else ""):
            found[f"{check} {split}"] = int(count)
    for one, other, count in re.findall(rf"{SPLIT}/{SPLIT}: (\d+) rows", line):
        found[f"leaks {one}/{other}"] = int(count)
    if said := re.search(r"(\d+) of [\d,]+ spans whose offsets", line):
        found["spans all"] = int(said[1])
    return found


def readable(file: Path) -> list[Example]:
    """Rows of a file; of a set that is no labelled text (questions, ratings) its first two texts, as a pair."""
    try:
        return read_file(file)
    except DataError:
        with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        if "question" not in rows[0]:
            return []
        return [
            example_of({"text_a": row["question"], "text_b": row["answer"]}, f"{file}:{line}")
            for line, row in enumerate(rows, 1)
        ]


def splits_of(folder: Path) -> dict[str, list[Example]]:
    """The splits of a set, training rows first."""
    order = ("train", "all", "validation", "test")
    files = sorted(folder.glob("*.jsonl*"), key=lambda file: order.index(file.name.partition(".")[0]))
    return {file.name.partition(".")[0]: rows for file in files if (rows := readable(file))}


def counted(found: list[Finding], wanted: str) -> int:
    """What the doctor says to a fault by its name in the README."""
    check, _, split = wanted.partition(" ")
    for entry in found:
        if entry.check != check:
            continue
        if check == "leaks":
            if {entry.split, entry.said.split()[2]} == set(split.split("/")):
                return entry.rows
        elif entry.split == split:
            number = re.search(r"\d+", entry.said) if check in ("conflicts", "spans") else None
            return int(number[0]) if number else entry.rows
    return 0


def compared(folder: Path, readme: str, checks: list[str]) -> dict[str, Any]:
    """Rows by split, all findings, and what is listed beside what was found."""
    splits = splits_of(folder)
    found = diagnose(splits, checks) if splits else []
    return {
        "rows": {name: len(rows) for name, rows in splits.items()},
        "listed": {name: [count, counted(found, name)] for name, count in listed(readme, folder.name).items()},
        "findings": [{"check": f.check, "split": f.split, "rows": f.rows, "said": f.said} for f in found],
    }


def folders(names: list[str] | None) -> Iterator[Path]:
    root = Path(os.environ["HEADWATER_DATA"])
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        if not names or folder.name in names:
            yield folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--set", action="append", help="only this set; can be given again")
    parser.add_argument("--check", action="append", help="only this check; can be given again")
    given = parser.parse_args()
    content = {}
    for folder in folders(given.set):
        readme = (folder.parent / "README.md").read_text(encoding="utf-8")
        content[folder.name] = compared(folder, readme, given.check or [])
        sys.stderr.write(f"{folder.name}: {content[folder.name]['listed']}\n")
    sys.stdout.write(json.dumps(content, indent=1, ensure_ascii=False) + "\n" if given.json else "")


if __name__ == "__main__":
    main()
