"""`headwater teach`: corrections in, a candidate bundle out that has learnt them and kept what it knew."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from headwater.cli.bundles import bundle_folder
from headwater.cli.options import Url, existing
from headwater.cli.output import notes
from headwater.cli.train import train
from headwater.errors import InputError

__all__ = ["teach"]


def teach(
    bundle: Annotated[
        str, typer.Argument(metavar="BUNDLE", help="The tagger that was corrected: its folder, or its name.")
    ],
    texts: Annotated[
        list[str] | None,
        typer.Option(
            help="Texts like those it reads (.txt, one a line; .jsonl, .csv): its own sure answers there protect it."
        ),
    ] = None,
    rows: Annotated[
        list[str] | None,
        typer.Option(
            help="Rows with its old types (a file, or a set such as conll2003:train): better, where they can be had."
        ),
    ] = None,
    marks: Annotated[
        Literal["all", "new"], typer.Option(help="What the corrections mark: all types, or the new ones alone.")
    ] = "all",
    replay: Annotated[
        int, typer.Option(min=0, help="Sentences of --texts and --rows that are replayed, of each.")
    ] = 500,
    open_replay: Annotated[
        bool,
        typer.Option(
            "--open-replay", help="New types are common in what is replayed: what is no name there may be one."
        ),
    ] = False,
    output: Annotated[Path | None, typer.Option(help="The run's folder (default: runs/NAME-taught).")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE over the recipe that is written.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away an unfinished run in the same folder.")
    ] = False,
    store: Url = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Teach a tagger what people corrected: new types from about 100 sentences, the old ones protected by replay.

    Writes OUTPUT/lesson (rows and recipe), trains from the bundle's own weights, proves the export and writes OUTPUT/bundle.
    Killed, it goes on when the same command is given again.
    """
    found = bundle_folder(bundle)
    if replay and not texts and not rows:
        raise InputError(
            "expected --texts FILE or --rows SET to protect what it knows (or --replay 0): a model that learns from "
            "corrections alone forgets the rest"
        )
    folder = output or Path("runs") / f"{found.parent.name if found.name == 'bundle' else found.name}-taught"
    recipe = folder / "lesson" / "recipe.toml"
    if restart or not recipe.is_file():
        with notes.status("reading the corrections"), existing(store) as opened:
            _lesson(found, opened, recipe.parent, texts or [], rows or [], marks, replay, open_replay)
    else:
        notes.print(
            f"going on with {recipe.parent}: --restart reads the corrections anew", markup=False, highlight=False
        )
    train(recipe, folder / "run", folder / "bundle", changes, restart=restart, as_json=as_json)


def _lesson(
    found: Path, store: Any, folder: Path, texts: list[str], rows: list[str], marks: str, most: int, open_replay: bool
) -> None:
    """Write the rows and the recipe."""
    from dataclasses import replace

    import headwater
    from headwater.serving import Tagger
    from headwater.store.corrections import mark_used, recorded
    from headwater.teaching import Marked, filled, lesson_of, write_lesson

    tagger = headwater.load(found)
    if not isinstance(tagger, Tagger):
        raise InputError(f"{found}: expected a bundle with one head that finds names, got {type(tagger).__name__}")
    name = tagger.bundle.manifest.name
    given = recorded(store, bundle=name, head=tagger.head.name)
    lesson = lesson_of(given, tagger.head)
    if marks == "new":
        lesson = replace(lesson, corrected=filled(lesson.corrected, tagger, lesson.known))
    taken = {row.text for row in (*lesson.corrected, *lesson.earlier)}
    kept: list[Marked] = _replay(tagger, texts, rows, lesson.known, most, taken)
    write_lesson(folder, tagger.bundle, tagger.head, replace(lesson, replay=kept), marks, open_replay)
    with (
        store.write() as connection
    ):  # `headwater models promote` says how many of its old cases the candidate has learnt
        mark_used(connection, given, f"a lesson from {tagger.bundle.digest[:12]}")
    notes.print(
        f"{len(lesson.corrected) + len(lesson.earlier)} corrected sentences, {len(kept)} replayed; new: "
        f"{', '.join(lesson.new) or 'no type'}", markup=False, highlight=False,
    )  # fmt: skip


def _replay(tagger: Any, texts: list[str], rows: list[str], known: tuple[str, ...], most: int, taken: set[str]) -> Any:
    """Sentences with the old types: of labelled rows, and of texts that the tagger reads itself."""
    from headwater.data.beside import read_texts
    from headwater.data.sources import read_source
    from headwater.recipe import Source
    from headwater.sentences import sentences_of
    from headwater.teaching import replayed, rows_again

    found = []
    for source in rows if most else ():
        found += rows_again(read_source(Source(source), Path())[0], source, known, most, taken)
    given = [row.text for source in texts for row in read_texts(source, Path())[0]] if most else []
    sentences = [text[start:end] for text in given for start, end in sentences_of(text)]
    return found + (replayed(sentences, tagger, most, taken | {row.text for row in found}) if sentences else [])
