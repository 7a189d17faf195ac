"""`entity-extractor report GOLD FOUND [SECOND]`: what was found against what is there; two models side by side."""

from pathlib import Path
from typing import Annotated

import typer

from headwater.cli.options import Json
from headwater.cli.output import results
from headwater.errors import InputError

__all__ = ["report"]


def report(
    gold: Annotated[Path, typer.Argument(help="What is right: any format that `convert` reads.")],
    found: Annotated[Path, typer.Argument(help="What a model found in the same documents: what `run` wrote.")],
    second: Annotated[Path | None, typer.Argument(help="What another model found in them.")] = None,
    seen: Annotated[
        Path | None, typer.Option(help="The training set: scores apart for names that it has and has not.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Also write it, as .json, .md or .html.")
    ] = None,
    json: Json = False,
) -> None:
    """Strict, exact, partial and type-only scores, per type and length, with confusions; of two models, what changed.

    Intervals are of 95 %, a bootstrap over documents.
    """
    from entity_extractor.formats import read
    from entity_extractor.formats.whole_file import writing
    from entity_extractor.reports import compare, to_html, to_json, to_markdown
    from entity_extractor.reports import report as report_on

    writers = {".json": to_json, ".md": to_markdown, ".html": to_html}
    if output is not None and output.suffix.lower() not in writers:
        raise InputError(f"--output: expected one of {', '.join(writers)}, got {output.suffix or 'no ending'}")
    right, first = list(read(gold)), list(read(found))
    if second is not None and seen is not None:
        raise InputError("--seen: goes with one model, not with two")
    names = None if seen is None else {mention.text for one in read(seen) for mention in one.mentions}
    content = report_on(right, first, names) if second is None else compare(right, first, list(read(second)))
    if output is not None:
        with writing(output) as stream:
            stream.write(writers[output.suffix.lower()](content).encode())
    results.print(
        to_json(content) if json else to_markdown(content), markup=False, highlight=False, soft_wrap=True, end=""
    )
