"""The old cases of a model: people's corrections, labelled files that were kept, and the test sets of its recipe."""

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from headwater.bundle import Bundle, Head
from headwater.data.catalogue import DATA_VARIABLE, named_rows, split_name
from headwater.data.example import Example
from headwater.data.readers import format_of, read_file
from headwater.errors import DataError, HeadwaterError, InputError, RecipeError
from headwater.home import shipped_models
from headwater.store import Store
from headwater.store.corrections import recorded
from headwater.versions.shelf import model_folder

__all__ = ["COLUMNS", "CORRECTIONS", "Cases", "Gathered", "gather", "keep", "kept"]

COLUMNS = {"single": "label", "pair": "label", "multi": "labels", "token": "spans"}
CORRECTIONS = "corrections"
READ = ("name", "task", "encoder", "heads", "data")  # of a recipe; what it began from may be gone by now
SETS = "sets.txt"  # the named sets among the standing cases, one a line


@dataclass(frozen=True)
class Cases:
    """Cases of one head from one source; `rows[i].targets[head]` is what is right, `taught` how many of them a training
    set has taken: the candidate may have learnt those by heart.
    """

    source: str
    head: Head
    rows: tuple[Example, ...]
    taught: int = 0


@dataclass(frozen=True)
class Gathered:
    """All the cases, and `skipped`: each source that could not be had, with the reason."""

    cases: tuple[Cases, ...]
    skipped: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """sha256 of every case and what is right for it: another correction, or a row more, makes it another."""
        found = sha256()
        for part in self.cases:
            found.update(repr((part.source, part.head.name)).encode("utf-8", "surrogatepass"))
            for row in part.rows:
                right = row.targets[part.head.name]
                found.update(repr((row.text, row.second, right)).encode("utf-8", "surrogatepass"))
        return found.hexdigest()


def gather(
    bundles: Sequence[Bundle], store: Store | None, given: Iterable[str] = (), before: Sequence[Bundle] = ()
) -> Gathered:
    """The cases of the model whose versions `bundles` are, the live one first; `before` were live before, and what they were
    tested on is faced too: a version that was taught from corrections is tested on these alone.

    `given` are files or named sets beside those that were kept. Raises DataError for one of these that cannot be read;
    a test set of the recipe that is not on this machine is skipped, since nothing is fetched here.
    """
    heads = [head for head in _heads(bundles) if head.kind in COLUMNS]
    found, skipped = [], []
    if store is None:
        skipped.append((CORRECTIONS, "there is no store on this machine yet"))
    else:
        found += [part for head in heads if (part := _corrected(store, bundles[0].manifest.name, head)) is not None]
    named = list(dict.fromkeys([*kept(bundles[0].manifest.name), *given]))
    for source in named:
        found += _labelled(source, heads)
    tested, untested = _of_recipes(bundles, before, heads)
    return Gathered((*found, *tested), (*skipped, *untested))


def kept(name: str) -> list[str]:
    """The standing cases of a model: files in its folder `cases`, and named sets that are listed there."""
    folder = model_folder(name) / "cases"
    if not folder.is_dir():
        return []
    files = sorted(str(file) for file in folder.iterdir() if file.name != SETS and format_of(file) is not None)
    listed = (folder / SETS).read_text(encoding="utf-8").splitlines() if (folder / SETS).is_file() else []
    return [*files, *(line.strip() for line in listed if line.strip())]


def keep(name: str, source: str, heads: Sequence[Head]) -> None:
    """Let every later candidate face a file (it is copied) or a named set. Raises DataError, InputError."""
    _labelled(
        source, [head for head in heads if head.kind in COLUMNS]
    )  # what cannot be faced would stop every later candidate
    folder = model_folder(name) / "cases"
    folder.mkdir(parents=True, exist_ok=True)
    if not _is_file(source):
        listed = (folder / SETS).read_text(encoding="utf-8").splitlines() if (folder / SETS).is_file() else []
        (folder / SETS).write_text("\n".join(dict.fromkeys([*listed, source])) + "\n", encoding="utf-8")
        return
    target = folder / Path(source).name
    if target.exists() and target.read_bytes() != Path(source).read_bytes():
        raise InputError(
            f"{target}: another file of this name is kept already: give yours another name, or remove that one"
        )
    work = target.with_name(f".{target.name}.part")
    shutil.copyfile(source, work)
    work.replace(target)


def _heads(bundles: Sequence[Bundle]) -> list[Head]:
    """Every head of any version once, as the first that has it says."""
    return list({head.name: head for bundle in reversed(bundles) for head in bundle.manifest.heads}.values())


def _corrected(store: Store, name: str, head: Head) -> Cases | None:
    """What people said is right; of several corrections of one text the last counts."""
    rows = [row for row in recorded(store, head=head.name, bundle=name) if row.kind == head.kind]
    last = {(row.text, row.second): row for row in rows}.values()
    if not last:
        return None
    examples = [Example(row.text, row.second, {head.name: row.right}, where=f"correction {row.id}") for row in last]
    return Cases(CORRECTIONS, head, tuple(examples), sum(row.used_in is not None for row in last))


def _is_file(source: str) -> bool:
    return bool(Path(source).suffix) and ":" not in Path(source).name  # as `headwater evaluate` tells them apart


def _read(source: str) -> list[Example]:
    return read_file(source) if _is_file(source) else named_rows(source)[0]


def _labelled(source: str, heads: Sequence[Head]) -> list[Cases]:
    parts = list(_of_heads(_title(source), _read(source), heads))
    if not parts:
        raise DataError(f"{source}: expected a label for one of {', '.join(head.name for head in heads)}, found none")
    return parts


def _title(source: str) -> str:
    return Path(source).name if _is_file(source) else source


def _of_heads(title: str, rows: Sequence[Example], heads: Sequence[Head]) -> Iterator[Cases]:
    """The cases of each head that some rows are labelled for: in a column of its name, or in the usual one of its kind."""
    for head in heads:
        usual = [other for other in heads if COLUMNS[other.kind] == COLUMNS[head.kind]]
        own = COLUMNS[head.kind] if len(usual) == 1 else head.name  # of two such heads none may take the column "label"
        found = []
        for row in rows:
            right = row.targets.get(head.name, row.targets.get(own))
            if right is None or not _fits(head, right):
                continue
            right = (right,) if head.kind == "multi" and isinstance(right, str) else right
            found.append(replace(row, targets={head.name: right}))
        if found:
            yield Cases(title, head, tuple(found))


def _fits(head: Head, right: object) -> bool:
    return isinstance(right, str) == (head.kind in ("single", "pair")) or (
        head.kind == "multi" and isinstance(right, str)
    )


def _of_recipes(
    bundles: Sequence[Bundle], before: Sequence[Bundle], heads: Sequence[Head]
) -> tuple[list[Cases], list[tuple[str, str]]]:
    """The test sets of the first recipe that a version was made by, and of those that were live before."""
    made = [bundle.manifest.recipe for bundle in bundles if "data" in bundle.manifest.recipe][:1]
    made += [bundle.manifest.recipe for bundle in before if "data" in bundle.manifest.recipe]
    if not made:
        return [], [("test", "no version says by which recipe it was made")]
    found: list[Cases] = []
    skipped: dict[str, str] = {}
    for content in made:
        cases, missing = _of_recipe(content, bundles[0].manifest.name, heads)
        known = {(part.source, part.head.name) for part in found}
        found += [part for part in cases if (part.source, part.head.name) not in known]
        skipped = dict(missing) | skipped
    return found, list(skipped.items())


def _of_recipe(
    content: Mapping[str, Any], name: str, heads: Sequence[Head]
) -> tuple[list[Cases], list[tuple[str, str]]]:
    """The test sets of a recipe, mapped as it says; what is not here is skipped."""
    from headwater.data.corpus import source_rows
    from headwater.recipe import parse_recipe

    folder = shipped_models() / name  # where maps and files beside a recipe would be
    try:
        recipe = parse_recipe({key: content[key] for key in READ if key in content}, "the recipe in the bundle", folder)
    except RecipeError as fault:
        return [], [("test", str(fault).replace("\n", " "))]
    found: list[Cases] = []
    skipped: list[tuple[str, str]] = []
    for entry in recipe.data.test if isinstance(recipe.data.test, list) else []:
        source = entry if isinstance(entry, str) else entry.source
        try:
            if not (folder / source).is_file() and not _here(source):
                raise DataError(
                    f"it lies beside its recipe: `headwater models face {name} --cases FILE --keep` keeps it for every candidate"
                    if _is_file(source)
                    else f"it is not on this machine: {DATA_VARIABLE} names the folder of public sets"
                )
            found += _of_heads(source, source_rows(recipe, entry), heads)
        except (HeadwaterError, OSError, UnicodeDecodeError) as fault:
            skipped.append((source, str(fault)))
    return found, skipped


def _here(source: str) -> bool:
    """Whether a named set lies in the data folder."""
    name, split = split_name(source)
    folder = os.environ.get(DATA_VARIABLE)
    return bool(folder) and any(
        (Path(folder or "") / name / f"{split}{end}").is_file() for end in (".jsonl", ".jsonl.gz")
    )
