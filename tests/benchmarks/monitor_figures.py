"""The figures of the sentiment monitor, for the pages that figures.py writes."""

from typing import Any

from tests.benchmarks.measured import result, table

__all__ = ["companies", "events", "reuters", "stories", "surges", "surges_told", "tables", "told", "views"]


def share(entry: dict[str, float], digits: int = 2) -> str:
    """A share with its interval."""
    return f"{entry['value']:.{digits}f} ({entry['low']:.{digits}f} to {entry['high']:.{digits}f})"


def stories(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Pair F1 of each way, held out."""
    ways = ("word overlap", "hashing alone", "embeddings alone", "ours")
    rows = [
        [way, *(share(content[f"{way} {metric}"]) for metric in ("f1", "precision", "recall")), f"{content['tuning half, f1'][way]:.2f}"]
        for way in ways
    ]  # fmt: skip
    return ["way", "F1, held out", "precision", "recall", "F1, tuning half"], rows


def companies(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Precision and recall of linking, by what the names are found by."""
    rows = [
        [way, *(share(found[metric]) for metric in ("precision", "recall", "f1"))]
        for way, found in content["ways"].items()
    ]
    return ["names found by", "precision", "recall", "F1"], rows


def surges(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """What each detector caught of known surges in made histories, and how often it was wrong, under either choice of thresholds."""
    rows = []
    for chosen, title in (("made", "calm"), ("matched", "with surges")):
        for name, found in content[chosen].items():
            each = [f"{found[factor]['recall']['value']:.2f}" for factor in ("1.5x", "2.0x", "3.0x", "5.0x")]
            delay = found["all"]["delay"]
            told, caught = share(found["false_a_month"]), share(found["all"]["recall"])
            rows.append([f"{name}, {title}", told, caught, *each, f"{delay['value']:.1f}" if delay else ""])
    return [
        "detector, thresholds from a history",
        "false alarms",
        "recall",
        "1.5x",
        "2x",
        "3x",
        "5x",
        "delay, hours",
    ], rows


def reuters(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """The same detectors on the dates of Reuters-21578, plain and with surges laid in."""
    plain, laid = content["reuters"]["plain"], content["reuters"]["surges"]
    rows = [
        [name, share(plain[name]["false_a_month"]), share(found["false_a_month"]), share(found["all"]["recall"])]
        for name, found in laid.items()
    ]
    return ["detector", "alarms a month on the plain dates", "false alarms, surges laid in", "recall"], rows


def surges_told(content: dict[str, Any]) -> str:
    """Who catches more, said plainly."""
    ours = content["matched"]["monitor"]
    calm, dates = (_better(found) for found in (content["made"], content["reuters"]["surges"]))
    return (
        f"In 180 made days of twelve topics the alerts caught {share(ours['5.0x']['recall'])} of fivefold surges and {share(ours['2.0x']['recall'])} of twofold ones at "
        f"{share(ours['false_a_month'])} false alarms a month and topic, thresholds from another such history; with thresholds from a calm history {calm} "
        f"caught more, and on the dates of Reuters-21578 {dates}."
    )


def _better(found: dict[str, Any]) -> str:
    """The detectors that clearly caught more of the same surges than the monitor did."""
    names = [name for name, one in found.items() if "against" in one and one["against"]["recall"]["high"] < 0]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else (names or ["none"])[0]


def views(content: dict[str, Any]) -> str:
    """The slowest question of the pages on both databases."""
    slowest = {
        name: max(one["p95"] for one in content[name]["milliseconds"].values()) for name in ("sqlite", "postgresql")
    }
    over = {
        name: sum(one["p95"] >= 1000 for one in content[name]["milliseconds"].values())
        for name in ("sqlite", "postgresql")
    }
    asked = len(content["sqlite"]["milliseconds"])
    note = " The machine had other work." if content.get("note") else ""
    return (
        f"With {content['items']:,} items stored, {asked - over['sqlite']} of the {asked} questions that pages ask stay below 1 s at p95 on SQLite (slowest "
        f"{slowest['sqlite']:,.0f} ms) and {asked - over['postgresql']} on PostgreSQL (slowest {slowest['postgresql']:,.0f} ms), {content['machine']}.{note}"
    )


def events(content: dict[str, Any]) -> str:
    """What `POST /v1/events` takes."""
    taken, refused = content["taken"], content["refused"]
    return (
        f"{taken['items_per_s']:,.0f} items a second posted for {taken['seconds']:.0f} s are all stored ({taken['stored']:,}; p99 {taken['p99_ms']:.0f} ms a post); "
        f"behind a bound of {refused['backlog']:,} that wait, {refused['stored']:,} are and {refused['posts']['429']:,} posts get 429."
    )


def told() -> str:
    """The sentiment monitor in a paragraph."""
    pairs, linked, caught, asked, posted = (
        result(name) for name in ("story_pairs", "company_linking", "surge_replay", "monitor_views", "events_load")
    )
    if None in (pairs, linked, caught, asked, posted):
        return "Not measured yet: see tests/benchmarks/README.md.\n"
    ours, hashed, model = pairs["ours f1"], pairs["hashing alone f1"], linked["ways"]["by the model"]
    return (
        f"On {pairs['held out']} hard pairs of texts that nothing was tuned on, one story or two is told with F1 {share(ours)} (hashing alone "
        f"{hashed['value']:.2f}). Companies are linked with precision {share(model['precision'])} and recall {share(model['recall'])} on "
        f"{linked['sentences']} sentences written for it. {surges_told(caught)} {views(asked)} "
        f"{events(posted)}\n"
    )


def tables() -> str:
    """The monitor's tables."""
    parts = []
    for name, title, block in (
        ("story_pairs", "One story or two, 95 % bootstrap intervals", stories),
        ("company_linking", "Linking names to the company table, half of the sentences held out", companies),
        (
            "surge_replay",
            "Surges in two made histories of 180 days, at thresholds that tell one false alarm a month and topic in a third: a calm one, or one with surges",
            surges,
        ),
        ("surge_replay", "On the dates of Reuters-21578, thresholds from the calm history", reuters),
    ):  # fmt: skip
        content = result(name)
        parts.append(f"{title}:\n\n{table(*block(content))}" if content else f"{title}: not measured yet.\n")
    return "\n".join(parts)
