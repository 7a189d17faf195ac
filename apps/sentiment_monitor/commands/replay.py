"""`sentiment-monitor replay FEED`: what the rules would have told of the past, and which thresholds fit a budget."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.cli.options import Json, Url
from headwater.cli.output import notes, plain, print_json, results
from headwater.errors import InputError

__all__ = ["replay"]

MOST = 20  # alerts that are printed


def replay(
    feed: Annotated[
        str | None, typer.Argument(help="News, dated: JSONL, CSV, Parquet, RSS or Atom; the models read it first.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help="What models said already: JSONL of at, seen, dimension, value, sentiment, story."),
    ] = None,
    from_store: Annotated[bool, typer.Option("--from-store", help="What the store holds.")] = False,
    rules: Annotated[Path | None, typer.Option(help="Rules, TOML; your own or those that ship if left out.")] = None,
    surges: Annotated[
        Path | None, typer.Option(help="Known surges: JSONL of dimension, value, start, end, and factor where known.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help='Find the chances for it, such as "1 false alarm a month per topic".')
    ] = None,
    text: Annotated[str, typer.Option(help="The column of the texts.")] = "text",
    model: Annotated[str, typer.Option(help="The bundle that reads: a folder or a name.")] = "financial-news",
    companies: Annotated[
        Path | None, typer.Option(help="A company table (CSV); HEADWATER_COMPANIES or the shipped one if left out.")
    ] = None,
    store: Url = None,
    json: Json = False,
) -> None:
    """Run the past through the code that raises alerts, by a clock of its own, and say what would have been told and when.

    What is right of no known surge counts as a false alarm. With --budget the rules take the largest chances that keep
    it, and are replayed with those; copy them into the rules.
    """
    from sentiment_monitor.alerts.rules import read_rules, standing_rules
    from sentiment_monitor.replay.budget import chances, read_budget, within
    from sentiment_monitor.replay.report import report
    from sentiment_monitor.replay.run import told, trace
    from sentiment_monitor.replay.sources import read_surges

    if [feed is not None, labels is not None, from_store].count(True) != 1:
        raise InputError("expected one of FEED, --labels FILE and --from-store")
    wanted = None if budget is None else read_budget(budget)
    held, known = read_rules(rules or standing_rules()), [] if surges is None else read_surges(surges)
    if feed is not None:
        history = _read(feed, text, model, companies)
    else:
        history = _held(labels, store)
    with notes.status("replaying"):
        traced = trace(history, held)
        found = {} if wanted is None else chances(traced, held, wanted, known)
        used = within(held, found)
        made = report(told(traced, used), used, traced.targets, traced.ticks[0], traced.ticks[-1], known)
    content = _content(made, found, bool(known))
    print_json(content) if json else _show(content)


def _held(labels: Path | None, store: str | None) -> Any:
    from headwater.store import open_store
    from sentiment_monitor.replay.sources import from_labels, from_store

    if labels is not None:
        return from_labels(labels)
    with open_store(store, create=False) as opened:
        return from_store(opened)


def _read(feed: str, text: str, model: str, companies: Path | None) -> Any:
    from sentiment_monitor.commands.opening import opened_pipeline
    from sentiment_monitor.replay.sources import from_feed

    opened = partial(opened_pipeline, model=model, companies=companies, alerts=False)
    history, left_out = from_feed(feed, opened, text)
    if left_out:
        notes.print(f"{left_out:,} items left out: unreadable, undated, or the same twice", markup=False)
    return history


def _content(made: Any, found: Mapping[str, float | None], known: bool) -> dict[str, Any]:
    """The report as JSON has it; times in ISO 8601, delays in hours."""
    hour = timedelta(hours=1)
    alerts = [asdict(alert) | {"false": known and alert in made.false} for alert in made.alerts]
    content = {
        "from": made.start, "to": made.end, "alerts": alerts,
        "false_a_month": {name: asdict(rate) for name, rate in made.false_a_month.items()},
        "precision": made.precision and asdict(made.precision), "recall": made.recall and asdict(made.recall),
        "recall_by_factor": {f"{factor:g}": asdict(one) for factor, one in made.recall_by_factor.items()},
        "delay_hours": made.delay and asdict(made.delay), "known": known, "chances": dict(found),
        "surges": [
            asdict(one.surge) | {"delay_hours": None if one.delay is None else one.delay / hour} for one in made.caught
        ],
    }  # fmt: skip
    return plain(content)


def _show(content: Mapping[str, Any]) -> None:
    from sentiment_monitor.alerts.wording import worded

    results.print(f"{content['from'][:16]} to {content['to'][:16]}, UTC, after what was learnt from")
    for alert in content["alerts"][:MOST]:
        what = f"{alert['rule']}: {alert['dimension']} {alert['value']}".rstrip()
        mark = "  [false]" if alert["false"] else ""
        line = f"{alert['opened'][:16]}  {what}: {worded(alert['reason'])}; severity {alert['severity']}{mark}"
        results.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(content["alerts"]) > MOST:
        results.print(f"... and {len(content['alerts']) - MOST} more: --json has all of them")
    _figures(content)


def _figures(content: Mapping[str, Any]) -> None:
    kind = "false alarms" if content["known"] else "alerts"
    for name, rate in content["false_a_month"].items():
        results.print(f"{name}: {_interval(rate, '.2f')} {kind} in 30 days for each target", markup=False)
    if content["known"] and content["recall"]:
        shares = [f"{name} {_interval(content[name], '.0%')}" for name in ("precision", "recall") if content[name]]
        results.print(f"{', '.join(shares)}, of {len(content['surges'])} known surges", markup=False)
        for factor, share in content["recall_by_factor"].items():
            results.print(f"  of {factor} times the usual: {_interval(share, '.0%')}", markup=False)
    if content["delay_hours"]:
        results.print(f"caught after {_interval(content['delay_hours'], '.1f')} hours (median)", markup=False)
    for name, chance in content["chances"].items():
        words = "no chance keeps the budget: the rule's own was taken" if chance is None else f"chance = {chance:.3g}"
        results.print(f"{name}: {words}", markup=False)


def _interval(found: Mapping[str, float], spec: str) -> str:
    return f"{found['value']:{spec}} ({found['low']:{spec}} to {found['high']:{spec}})"
