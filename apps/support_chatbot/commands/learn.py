"""`support-chatbot learn`: transcripts or the store in, proposals to review out; accepted ones become training data."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from headwater.cli.output import notes, print_json, results
from headwater.errors import InputError

__all__ = ["learn"]

INTENTS, SENTENCES = "support-intent", "sentences"
SHOWN = 10


def learn(
    transcripts: Annotated[
        Path | None, typer.Argument(help="CSV or JSONL: conversation, turn, speaker, text, resolution.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to review; decisions and edits in it are kept.")] = Path(
        "proposals.yaml"
    ),
    from_store: Annotated[bool, typer.Option("--from-store", help="Learn from live conversations, too.")] = False,
    days: Annotated[int, typer.Option(min=1, help="With --from-store: how far back.")] = 30,
    apply: Annotated[bool, typer.Option("--apply", help="Write what is accepted: training data, drafts.")] = False,
    smallest: Annotated[int, typer.Option(min=2, help="How many different questions make a new intent.")] = 5,
    column: Annotated[list[str] | None, typer.Option(help="As text=message: your name of a column.")] = None,
    speaker: Annotated[list[str] | None, typer.Option(help="As guest=customer: your word for a speaker.")] = None,
    resolution: Annotated[list[str] | None, typer.Option(help="As won=resolved: your word for an end.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="The bot's folder; else HEADWATER_SUPPORT, else the one that ships.")
    ] = None,
    bundle: Annotated[str, typer.Option(help="The bundle of intents, by folder or name.")] = INTENTS,
    store: Annotated[str | None, typer.Option(help="A file or URL; else HEADWATER_STORE, else the usual one.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Propose examples, answers and new intents from what agents answered and what the bot could not."""
    if transcripts is None and not from_store and not apply:
        raise InputError("expected TRANSCRIPTS, --from-store or --apply, got none of them")
    said: dict[str, Any] = {"file": str(out)}
    if transcripts is not None or from_store:
        form = (_pairs("--column", column, True), _pairs("--speaker", speaker), _pairs("--resolution", resolution))
        said |= _learn(transcripts, out, days if from_store else None, form, folder, bundle, store, smallest)
    if apply:
        said["applied"] = _apply(out, folder)
    if json:
        print_json(said)
    else:
        _show(said)


def _learn(
    transcripts: Path | None,
    out: Path,
    days: int | None,
    form: Any,
    folder: Path | None,
    bundle: str,
    store: str | None,
    smallest: int,
) -> dict[str, Any]:
    # Late: `support-chatbot --help` need not wait for onnxruntime.
    from headwater.cli.bundles import bundle_folder
    from headwater.serving import load
    from support_chatbot.bot import RISK, zones_at
    from support_chatbot.choices import chosen_risk
    from support_chatbot.content import open_folder
    from support_chatbot.learning.gathering import add_to
    from support_chatbot.learning.live import read_live
    from support_chatbot.learning.transcripts import Form, read_transcripts

    opened_folder = open_folder(folder)
    read = read_transcripts(transcripts, Form(*form)) if transcripts is not None else None
    classifier: Any = load(bundle_folder(bundle))
    embedder = load(bundle_folder(SENTENCES))
    live, risk = None, RISK
    if days is not None:
        from headwater.store import open_store

        with open_store(store, create=False) as opened:
            risk = chosen_risk(opened)
            live = read_live(opened, days, classifier.head.out_of_scope, head=classifier.head.name)
    talks = [*(read.conversations if read else ()), *(live.conversations if live else ())]
    unanswered = live.unanswered if live else ()
    zone = zones_at(opened_folder, classifier, risk)[0].zone
    models = {"classifier": classifier, "embedder": embedder, "zone": zone}
    found = add_to(out, talks, unanswered, folder=opened_folder, smallest=smallest, **models).findings
    return {
        "rows": read.rows if read else 0,
        "faults": [asdict(fault) for fault in read.faults] if read else [],
        "unanswered": len(unanswered),
        "corrected": live.corrected if live else 0,
        **found.counts,
        "examples": len(found.examples),
        "answers": len(found.answers),
        "clusters": [
            {"name": one.name, "size": one.size, "cohesion": round(one.cohesion, 3), "typical": one.typical[0]}
            for one in found.clusters
        ],
    }


def _apply(file: Path, folder: Path | None) -> dict[str, Any]:
    from support_chatbot.content import open_folder
    from support_chatbot.learning.applying import apply

    done = apply(file, open_folder(folder).path)
    return {
        "rows": done.rows,
        "training": str(done.training) if done.training else None,
        "drafts": [str(path) for path in done.drafts],
        "kept": [str(path) for path in done.kept],
    }


def _pairs(option: str, given: Sequence[str] | None, column: bool = False) -> dict[str, str]:
    found = {}
    for pair in given or ():
        left, sign, right = pair.partition("=")
        if not (sign and left.strip() and right.strip()):
            example = "text=message" if column else "guest=customer" if option == "--speaker" else "won=resolved"
            raise InputError(f"{option}: expected two words as {example}, got {pair!r}")
        found[left.strip()] = right.strip()
    return found


def _show(said: dict[str, Any]) -> None:
    if "questions" in said:
        results.print(
            f"{said['conversations']:,} conversations, {said['questions']:,} questions, {said['exchanges']:,} with a reply; "
            f"{said['uncovered']:,} that no intent covers",
            highlight=False,
        )
        for cluster in said["clusters"][:SHOWN]:
            line = f"  {cluster['size']:>5,}  {cluster['name']}: {cluster['typical']}"
            results.print(Text(line), soft_wrap=True)  # as Text: what customers write is not markup
        words = f"{said['examples']:,} examples, {said['answers']:,} answers, {len(said['clusters']):,} new intents"
        results.print(Text(f"proposed: {words}; review {said['file']}"), soft_wrap=True)
        for fault in said["faults"][:SHOWN]:
            notes.print(Text(f"line {fault['line']}: {fault['reason']}"), soft_wrap=True)
        if said["faults"]:
            notes.print(f"{len(said['faults']):,} of {said['rows']:,} rows were left out")
    if applied := said.get("applied"):
        where = f" in {applied['training']}" if applied["training"] else ""
        results.print(Text(f"{applied['rows']:,} rows of training data{where}"), soft_wrap=True)
        for word, paths in (("written", applied["drafts"]), ("kept, as it says something else", applied["kept"])):
            for path in paths:
                results.print(Text(f"{word}: {path}"), soft_wrap=True)
