"""`support-chatbot calibrate`: a bundle and labelled questions in, risk.json out.

The rows must be held out: not those that the bundle learnt from. Without any named, the bundle's own test questions:
Banking77's, and the requests of CLINC150 that no assistant was made for, which are out of scope.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.table import Table

from headwater.cli.bundles import bundle_folder
from headwater.cli.output import notes, print_json, results
from headwater.data.maps import Renames, map_target, read_maps
from headwater.errors import DataError, InputError
from headwater.serving import Classifier, load
from support_chatbot.risk.curve import FindScores, Measured, RiskCurve, write_risk
from support_chatbot.risk.measure import find_scores, measure
from support_chatbot.risk.standing import area, standing
from support_chatbot.risk.thresholds import (
    DELTA,
    FIND_SHARE,
    NEVER,
    answer_threshold,
    find_threshold,
    provable,
    provable_ask,
    zones_for,
)

__all__ = ["calibrate", "help_centre_scores", "labelled_questions", "summary"]

DEFAULT_SETS = ("banking77:test", "clinc150:test")
DEFAULT_MAPS: dict[str, Renames] = {"clinc150": {"oos": "oos", "*": False}}
RISKS = (0.01, 0.02, 0.025, 0.03, 0.05, 0.10)
MOST_UNCOVERED = 1000  # questions sent through the search
FOLDER = Path(__file__).parents[1] / "northmere"
ABOUT = (
    "How sure the bundle was on held-out questions, and whether it was right: numbers of rows, no texts. The share of "
    "out-of-scope rows is that of the sets named here, not of any bank's customers."
)


def calibrate(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="[DATA]...", help="Held-out labelled rows: files or named sets.")
    ] = None,
    label_map: Annotated[
        Path | None,
        typer.Option("--map", help="TOML: old label = new label, a table a set; without one, of clinc150 oos alone."),
    ] = None,
    bundle: Annotated[str, typer.Option(help="The bundle, by folder or name.")] = "support-intent",
    head: Annotated[str | None, typer.Option(help="Its head of intents.")] = None,
    variant: Annotated[str | None, typer.Option(help="int8 or fp32 on a CPU, fp16 or fp32 on a GPU.")] = None,
    help_centre: Annotated[
        Path | None, typer.Option(help="The bot's folder: measures its help centre for the threshold of quotes.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write (default: risk.json in the bot's folder, HEADWATER_SUPPORT).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure the bundle on held-out questions, so that the risk dial can keep what it promises."""
    opened = load(bundle_folder(bundle), head, variant=variant)
    if not isinstance(opened, Classifier):
        raise InputError(f"{bundle}: expected a bundle with a head of intents; name it with --head")
    maps = read_maps(label_map) if label_map else DEFAULT_MAPS
    texts, labels, sets = labelled_questions(sources or DEFAULT_SETS, maps, opened.head.out_of_scope)
    find = None
    if help_centre is not None:
        uncovered = [text for text, label in zip(texts, labels, strict=True) if label == opened.head.out_of_scope]
        find = help_centre_scores(help_centre, uncovered[:MOST_UNCOVERED])
    curve = measure(opened, texts, labels, sets, find=find, about=ABOUT)
    file = out or Path(os.environ.get("HEADWATER_SUPPORT") or FOLDER) / "risk.json"
    write_risk(curve, file)
    content = {"file": os.fspath(file), **summary(curve)}
    print_json(content) if as_json else _show(content, curve)


def labelled_questions(
    sources: Sequence[str], maps: dict[str, Renames], out_of_scope: str | None
) -> tuple[list[str], list[str], list[Measured]]:
    """Texts and labels of all sources after the map, and an account of each. Raises DataError."""
    # Late: it reaches `datasets` where a set has to be fetched, which what serves never does.
    from headwater.data.catalogue import SETS, named_rows, split_name
    from headwater.data.readers import read_file

    texts: list[str] = []
    labels: list[str] = []
    sets: list[Measured] = []
    for source in sources:
        is_file = Path(source).is_file() or (bool(Path(source).suffix) and ":" not in source)
        rows = read_file(source) if is_file else named_rows(source)[0]
        name = Path(source).name.partition(".")[0] if is_file else split_name(source)[0]
        kept = [(row.text, label) for row in rows if (label := _label(row, maps.get(name, {}))) is not None]
        if not kept:
            raise DataError(f"{source}: expected labelled questions, and the map left none of {len(rows)}")
        texts += [text for text, _ in kept]
        labels += [label for _, label in kept]
        outside = sum(label == out_of_scope for _, label in kept)
        known = None if is_file else SETS.get(name)
        facts = (known.title, known.licence) if known else (Path(source).name, "the user's own")
        sets.append(Measured(source if known else Path(source).name, len(kept), outside, *facts))
    return texts, labels, sets


def _label(row: Any, renames: Renames) -> str | None:
    target = row.targets.get("label")
    if not isinstance(target, str):
        raise DataError(f"{row.where}: expected a column 'label', got {', '.join(row.targets) or 'none'}")
    mapped = map_target(target, renames)
    return mapped if isinstance(mapped, str) else None


def help_centre_scores(folder: Path, uncovered: Sequence[str]) -> FindScores:
    """The best quotes that the help centre of a bot's folder gives: for its articles' own questions, and for others.

    It is indexed afresh in a folder of its own, so that only the articles speak, and not what a running bot has added.
    """
    from support_chatbot.content import open_folder
    from support_chatbot.retrieval import open_index, quotes_for

    covered = [question for article in open_folder(folder).articles for question in article.questions]
    embedder = load(bundle_folder("sentences"))
    with TemporaryDirectory(prefix="headwater-calibrate-") as place:
        index = open_index(Path(place), embedder)
        index.update([folder / "help"])

        def best(question: str) -> float:
            quotes = quotes_for(question, index.search(question), embedder)
            return max((quote.score for quote in quotes), default=0.0)

        return find_scores(best, uncovered, covered, folder.name)


def summary(curve: RiskCurve) -> dict[str, Any]:
    """What was measured and what it proves, as JSON values."""
    dial = []
    for risk in RISKS:
        threshold = answer_threshold(curve, risk)
        if threshold is None:
            dial.append({"risk": risk, "proved": False})
            continue
        zones = zones_for(curve, risk)
        found = standing(curve, zones)
        dial.append(
            {
                "risk": risk,
                "proved": True,
                "answer": zones.answer,
                "ask": zones.ask if zones.ask < NEVER else None,
                "find": zones.find if zones.find < NEVER else None,
                "answered": found.answered,
                "in_scope_answered": found.in_scope_answered,
                "asked": found.asked,
                "wrong": found.wrong and asdict(found.wrong),
                "asked_in_vain": found.asked_in_vain and asdict(found.asked_in_vain),
                "least_ask_risk": provable_ask(curve, threshold),
            }
        )
    return {
        "bundle": f"{curve.bundle} {curve.version}",
        "variant": curve.variant,
        "sets": [asdict(entry) for entry in curve.sets],
        "rows": len(curve),
        "delta": DELTA,
        "least_risk": provable(curve),
        "area": area(curve),
        "dial": dial,
    }


def _show(content: dict[str, Any], curve: RiskCurve) -> None:
    title = f"{content['bundle']} ({curve.variant}) on {len(curve):,} questions, {curve.outside.sum():,} out of scope"
    table = Table(title=title)
    for name in ("at most wrong", "answer from", "answered", "of those in scope", "wrong here", "ask from"):
        table.add_column(name, justify="right")
    for entry in content["dial"]:
        if not entry["proved"]:
            table.add_row(f"{entry['risk']:.1%}", "not proved", "", "", "", "")
            continue
        shares = (f"{entry[name]:.1%}" for name in ("answered", "in_scope_answered"))
        ask = "never" if entry["ask"] is None else f"{entry['ask']:.4f}"
        wrong = f"{entry['wrong']['value']:.1%}" if entry["wrong"] else ""
        table.add_row(f"{entry['risk']:.1%}", f"{entry['answer']:.4f}", *shares, wrong, ask)
    results.print(table)
    least = content["least_risk"]
    if curve.find is not None:
        share = find_threshold(curve.find)
        found = "none" if share is None else f"{share:.2f}"
        results.print(f"Quotes from cosine {found}: at most {FIND_SHARE:.0%} of uncovered questions get one")
    results.print(f"The least risk that these rows prove: {'none' if least is None else f'{least:.1%}'}")
    notes.print(f"written: {content['file']}", soft_wrap=True)
