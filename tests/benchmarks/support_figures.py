"""The figures of the support bot, for the pages that figures.py writes."""

from typing import Any

from tests.benchmarks.measured import result, table

__all__ = ["at_once", "bound", "learning", "retrieval", "shifted", "tables", "told", "turns"]


def bound(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """What the dial promised over random halvings, and what came."""
    rows = []
    for risk, entry in content["populations"]["as shipped"]["risks"].items():
        found, exceeded = entry["halved"], entry["halved"]["exceeded"]
        coverage = "" if found["median_coverage"] is None else f"{found['median_coverage']:.0%}"
        proved = f"{found['proved']} of {found['times']}"
        rows.append([f"{float(risk):.1%}", proved, str(exceeded["population"]), str(exceeded["other_half"]), coverage])
    return ["at most wrong", "proved in", "exceeded", "exceeded on the other half alone", "answered, median"], rows


def retrieval(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """MRR@10 and recall@5 of the three rankings on both sets."""
    rows = []
    for name, found in content["sets"].items():
        for metric in ("mrr@10", "recall@5"):
            each = [found[f"{mode} {metric}"] for mode in ("bm25", "dense", "hybrid")]
            figures = [f"{one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})" for one in each]
            rows.append([f"`{name}`, {found['questions']:,} questions", metric, *figures])
    return ["set", "metric", "BM25", "dense", "hybrid"], rows


def shifted(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """What the bot made of the shifted messages, by kind."""
    kinds = content["first"]["kinds"]
    verdicts = list(next(iter(kinds.values())))
    rows = [
        [kind.replace("_", " "), *(str(counts[verdict] or "") for verdict in verdicts)]
        for kind, counts in kinds.items()
    ]
    return ["kind", *verdicts], rows


def learning(content: dict[str, Any]) -> str:
    """How well unknown intents are found, and best answers."""
    nmi = {name: content["clusters"][name]["average_linkage"]["nmi"]["mean"] for name in ("clinc150", "banking77")}
    pairs = content["pairs"]
    return (
        f"Ten unknown intents among out-of-scope questions are found with NMI {nmi['clinc150']:.2f} (CLINC150) and {nmi['banking77']:.2f} (Banking77); "
        f"in simulated conversations with 30 % wrong replies the best answer was the right intent's in {pairs['banking77']['groups_right']:.0%} and, for a "
        f"foreign domain, {pairs['bitext_support']['groups_right']:.0%} of the groups; {content['time']['turns']:,} turns take "
        f"{content['time']['reading'] + content['time']['studying']:.0f} s."
    )


def turns(content: dict[str, Any]) -> str:
    """How long a turn takes."""
    every, searching = content["all"], content["searching"]
    return (
        f"A whole turn takes {every['p50']:.0f} ms at the median and {every['p95']:.0f} ms at the 95th percentile ({searching['p95']:.0f} ms where it searches "
        f"{content['articles']} articles), one customer, {content['machine']}, load average {content['load']}."
    )


def at_once(content: dict[str, Any]) -> str:
    """Many customers at the same time."""
    return (
        f"{content['sessions']} customers at once, over HTTP, are answered as each alone ({content['sessions answered otherwise']} differ), their transcripts whole; "
        f"a turn then takes {content['at once']['p50'] / 1000:.1f} s at the median."
    )


def told() -> str:
    """The support bot in a paragraph."""
    taken, learnt, asked, bounds, crowd = (
        result(name) for name in ("chat_turn", "learning", "shifted_questions", "risk_bound", "chat_load")
    )
    if None in (taken, learnt, asked, bounds, crowd):
        return "Not measured yet: see tests/benchmarks/README.md.\n"
    least, wrong = bounds["populations"]["as shipped"]["least_risk"], asked["first"]["wrong"]
    return (
        f"{turns(taken)} {at_once(crowd)} On {bounds['populations']['as shipped']['rows']:,} held-out questions the least share of wrong answers that can be "
        f"promised is {least:.1%}. On {asked['messages']} messages unlike those (chatty, misspelt, angry, several questions at once, attacks) the bot answered "
        f"{asked['first']['answers']} by an intent and {wrong['value']:.0%} ({wrong['low']:.0%} to {wrong['high']:.0%}) of these wrongly: no promise covers such a "
        f"shift, and the settings page warns of it. {learning(learnt)}\n"
    )


def tables() -> str:
    """The support bot's tables."""
    parts = []
    for name, title, block in (
        ("risk_bound", "The dial's bound over 200 random halvings of the held-out questions", bound),
        ("retrieval", "Finding the answer among a set's answers, 95 % bootstrap intervals", retrieval),
        (
            "shifted_questions",
            "First replies to 300 messages unlike those the thresholds were drawn on",
            shifted,
        ),
    ):
        content = result(name)
        parts.append(f"{title}:\n\n{table(*block(content))}" if content else f"{title}: not measured yet.\n")
    return "\n".join(parts)
