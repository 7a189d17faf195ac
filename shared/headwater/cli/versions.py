"""`headwater models install | versions | face | promote | rollback | remove`: which version of a model is live."""

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from headwater.cli.options import Json, Url
from headwater.cli.output import notes, print_json, results

__all__ = ["add_to"]

SHOWN = 10  # cases that go wrong, in the table; --json has them all
Model = Annotated[str, typer.Argument(metavar="NAME", help="A model's name.")]
Which = Annotated[
    str,
    typer.Argument(
        metavar="NAME[@VERSION]", help="A model's name, for its candidate; or NAME@ and a digest's beginning."
    ),
]
Given = Annotated[
    list[str] | None, typer.Option("--cases", help="Labelled cases to face too: a file, or a named set. Repeatable.")
]
Margin = Annotated[float, typer.Option(min=1e-6, max=1, help="What a labelled set may lose: 0.005 is half a point.")]
Regressions = Annotated[
    int, typer.Option(min=0, help="How many of people's corrections that the live model has right may go wrong.")
]


def add_to(verbs: typer.Typer) -> None:
    """Give `headwater models` the verbs of versions."""
    for verb in (install, list_versions, face, promote, rollback, remove):
        verbs.command({"list_versions": "versions"}.get(verb.__name__, verb.__name__))(verb)


def install(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The bundle's folder, such as runs/NAME/bundle.")],
    json: Json = False,
) -> None:
    """Take a bundle in as its model's candidate. Nothing that is live changes."""
    from headwater.versions.shelf import install as put

    made = put(bundle if (bundle / "bundle.json").is_file() else bundle / "bundle")
    _said(made, json, f"{made.name} {made.version}: {', '.join(made.aliases) or 'installed'}")


def list_versions(name: Model, json: Json = False) -> None:
    """List a model's versions: which is live, candidate and previous, and what each faced; --json has the history too."""
    from headwater.facing.record import kept_report
    from headwater.versions.aliases import read_aliases
    from headwater.versions.shelf import model_folder, versions

    rows = [_plain(one) | {"faced": _verdict(kept_report(one))} for one in versions(name)]
    if json:
        print_json({"name": name, "versions": rows, "history": read_aliases(model_folder(name)).history})
        return
    table = Table("version", "is", "old cases")
    table.add_column("folder", overflow="fold")
    for row in rows:
        table.add_row(row["version"], ", ".join(row["aliases"]) or "-", row["faced"], Text(row["folder"]))
    results.print(table)


def face(
    name: Which,
    cases: Given = None,
    keep: Annotated[bool, typer.Option("--keep", help="Let every later candidate face these cases too.")] = False,
    margin: Margin = 0.005,
    regressions: Regressions = 0,
    store: Url = None,
    json: Json = False,
) -> None:
    """Let the candidate and the live version answer the old cases. Exit 1 where the candidate may not go live.

    Old cases: every correction in the store, the files that were kept, and the test sets of the recipe that are here.
    """
    from headwater.bundle import open_bundle
    from headwater.facing.cases import keep as keep_cases
    from headwater.versions.shelf import named

    version = named(name if "@" in name else f"{name}@candidate")
    for source in cases or () if keep else ():
        keep_cases(version.name, source, open_bundle(version.folder).manifest.heads)
    found = _face(
        version, store, [] if keep else cases, margin, regressions, again=True
    )  # what is kept is faced anyway
    print_json(found) if json else _show(found)
    if not found["passed"]:
        raise typer.Exit(1)


def promote(
    name: Which,
    force: Annotated[
        str | None, typer.Option(metavar="REASON", help="Go live without facing the old cases; kept in the history.")
    ] = None,
    cases: Given = None,
    margin: Margin = 0.005,
    regressions: Regressions = 0,
    store: Url = None,
    json: Json = False,
) -> None:
    """Make the candidate live, once it has faced the old cases; refused (exit 1) where they say no.

    What was live becomes the previous version. Servers with --follow, and the dashboards, change to the new one.
    """
    from headwater.errors import InputError
    from headwater.versions.shelf import named, standing
    from headwater.versions.shelf import promote as make_live

    if force is not None and not force.strip():
        raise InputError("--force: expected the reason, which is kept in the history")
    version = named(name if "@" in name else f"{name}@candidate")
    before = standing(version.name)
    facts: dict[str, Any] = {"forced": force}
    found: dict[str, Any] | None = None
    if force is None:
        found = _face(version, store, cases, margin, regressions, again=False)
        facts = {"cases": found["cases"], "margin": margin, "regressions": regressions}
        if not found["passed"]:
            print_json({"promoted": False, "report": found}) if json else _show(found)
            notes.print(f"{version.name}: {version.version} was not promoted", style="bold red", highlight=False)
            raise typer.Exit(1)
    made = make_live(version.name, version.version, before, **facts)
    if json:
        print_json({"promoted": True, "live": _plain(made), "report": found})
        return
    if found is not None:
        _show(found)
    typer.echo(f"{made.name}: {made.version} is live; back again: headwater models rollback {made.name}")


def rollback(name: Model, json: Json = False) -> None:
    """Make the previous version live again; once more, and it is the one before that."""
    from headwater.versions.shelf import rollback as go_back

    made = go_back(name)
    _said(made, json, f"{name}: {made.version} is live again")


def remove(
    name: Annotated[str, typer.Argument(metavar="NAME@VERSION", help="Which one, by the beginning of its digest.")],
    json: Json = False,
) -> None:
    """Delete a version; the live and the previous one stay."""
    from headwater.errors import InputError
    from headwater.versions.shelf import remove as delete

    model, sign, which = name.partition("@")
    if not sign or not which:
        raise InputError(f"expected NAME@VERSION, got {name!r}: `headwater models versions NAME` lists them")
    folder = delete(model, which)
    print_json({"removed": str(folder)}) if json else typer.echo(f"{folder} is gone")


def _face(
    version: Any, store: str | None, cases: list[str] | None, margin: float, regressions: int, again: bool
) -> dict[str, Any]:
    from headwater.facing.record import existing_store, face_cases

    opened = existing_store(store)
    with opened or nullcontext(), notes.status(f"{version.name}: facing the old cases"):
        return face_cases(version, opened, cases or [], margin, regressions, again)


def _plain(version: Any) -> dict[str, Any]:
    content = asdict(version)
    return content | {"folder": str(content["folder"]), "aliases": list(content["aliases"])}


def _said(version: Any, json: bool, sentence: str) -> None:
    print_json(_plain(version)) if json else typer.echo(sentence)


def _verdict(report: dict[str, Any] | None) -> str:
    if report is None:
        return "not faced"
    return "passed" if report.get("passed") else f"refused: {len(report.get('reasons', ()))} reasons"


def _show(found: dict[str, Any]) -> None:
    """The table of a report, what went wrong, what could not be had, and the verdict."""
    against = (found["live"] or "nothing")[:12]
    table = Table(
        title=f"{found['name']}: {found['candidate'][:12]} beside {against} on the old cases (90 % intervals)"
    )
    table.add_column("cases", overflow="fold")
    for title in ("live", "candidate", "difference", "newly right", "wrong"):
        table.add_column(title, justify="right", no_wrap=title != "newly right")
    for part in found["faced"]:
        known = part["taught"] and f", {part['taught']:,} of them in training sets"
        table.add_row(
            Text(f"{part['rows']:,} of {part['source']}{known or ''}: {part['head']}, {part['metric']}"),
            "-" if part["live"] is None else f"{part['live']:.4f}", f"{part['candidate']:.4f}",
            f"{part['difference']:+.4f}\n({part['low']:+.4f}\nto {part['high']:+.4f})", f"{part['newly_right']}", f"{len(part['newly_wrong'])}",
        )  # fmt: skip
    results.print(table)
    for part in found["faced"]:
        for change in part["newly_wrong"][:SHOWN]:
            said = f"newly wrong: {change['where']}: {str(change.get('text', ''))[:120]!r} is {change['right']}, now {change['candidate']}"
            results.print(Text(said), soft_wrap=True)
        if len(part["newly_wrong"]) > SHOWN:
            results.print(Text(f"... and {len(part['newly_wrong']) - SHOWN} more of {part['source']}: --json has all"))
    for source, why in found["skipped"]:
        results.print(Text(f"skipped: {source}: {why}"), soft_wrap=True)
    for reason in found["reasons"]:
        results.print(Text.assemble(("refused: ", "bold red"), reason), soft_wrap=True)
    if not found["reasons"]:
        results.print(Text("passed", style="green"))
