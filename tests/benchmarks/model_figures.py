"""How good the models are: the shipped bundles, the data behind them, and what each strategy of training pays."""

import json
from typing import Any

from tests.benchmarks.measured import ROOT, number, result, table

__all__ = ["HEADLINE", "ablation", "companies", "corpus", "doctor", "models", "reuters", "vectors"]

HEADLINE = ("in_scope_accuracy", "oos_recall", "accuracy", "micro_f1", "macro_f1", "span_f1", "ece")


def models() -> str:
    """Every shipped bundle on its test set and on the sets beside it."""
    rows = []
    for folder in sorted(ROOT.glob("models/*/bundle")):
        content = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        first = f"[`{content['name']}`](models/{content['name']}/bundle/card.md), {size:.0f} MB"
        tests = " + ".join(f"`{entry['source']}`" for entry in content["data"] if entry["split"] == "test")
        several = len(content["heads"]) > 1
        measured = content["gate"]["torch"]
        for head in [entry["name"] for entry in content["heads"] if entry["name"] in measured]:
            reference = measured[head]
            proved = [content["variants"].get(name, {}).get(head, {}).get("quality") for name in ("int8", "fp32")]
            for metric in (name for name in HEADLINE if name in reference):
                cells = [number(quality[metric]) if quality else "not proved" for quality in (*proved, reference)]
                rows.append([first, tests, f"{head}: {metric}" if several else metric, *cells])
                first = tests = ""
        rows += vectors(content, first) if not content["gate"]["torch"] else []
        for source, found in content["gate"]["also"].items():
            some = next(iter(found.values()))
            for head in some:
                for metric in [name for name in HEADLINE if name in some[head] and name != "ece"][:1]:
                    rows.append(
                        [
                            "",
                            f"`{source}`",
                            f"{head}: {metric}" if several else metric,
                            *(number(found[v][head][metric]) if v in found else "" for v in ("int8", "fp32")),
                            "",
                        ]
                    )
    return table(["model", "measured on", "metric", "int8", "fp32", "torch, as trained"], rows)


def vectors(content: dict[str, Any], first: str) -> list[list[str]]:
    """What the gate found of vectors, which no labelled row can measure: likeness to torch's."""
    found: dict[str, dict[str, str]] = {}
    for check in content["gate"]["checks"]:
        variant, _, what = check["name"].partition(": ")
        if "cosine" in what or "nearest" in what:
            found.setdefault(what.partition(", ")[2], {})[variant] = check["got"]
    texts = " + ".join(f"texts of `{entry['source']}`" for entry in content["data"])
    rows = [["", "", what, got.get("int8", ""), got.get("fp32", ""), "1"] for what, got in found.items()]
    return [[first, texts, *rows[0][2:]], *rows[1:]] if rows else []


def corpus() -> str:
    content = result("news_corpus")
    if content is None:
        return "Not measured yet: `python tests/benchmarks/news_corpus.py`.\n"
    distinct = content["distinct_4"]
    rows = [[f"agreement, {name}", f"{value:.3f}"] for name, value in content["agreement"].items()]
    rows += [[f"distinct runs of 4 words, {name}", f"{value:.3f}"] for name, value in distinct.items()]
    rows += [[f"runs of 8 words shared with `{name}`", str(count)] for name, count in content["shared_8"].items()]
    said = (
        f"{content['sentences']:,} sentences, {content['words']:,} words. Agreement is Cohen's kappa unless it says F1."
    )
    return table(["", ""], rows) + f"\n{said}\n"


def doctor() -> str:
    content = result("doctor_sets")
    if content is None:
        return "Not measured yet: `python tests/benchmarks/doctor_sets.py`.\n"
    faults = [(name, fault, *counts) for name, found in content.items() for fault, counts in found["listed"].items()]
    other = [[f"`{name}`", fault, f"{wanted:,}", f"{got:,}"] for name, fault, wanted, got in faults if wanted != got]
    rows = sum(sum(found["rows"].values()) for found in content.values())
    said = f"{len(content)} sets, {rows:,} rows: of {len(faults)} listed faults {len(faults) - len(other)} were counted alike."
    found = [entry for sets in content.values() for entry in sets["findings"]]
    checks = {entry["check"] for entry in found}
    counts = [
        [
            name,
            str(sum(any(entry["check"] == name for entry in sets["findings"]) for sets in content.values())),
            "" if name == "drift" else f"{sum(entry['rows'] for entry in found if entry['check'] == name):,}",
        ]
        for name in sorted(checks)
    ]
    return (
        f"{said}\n\n"
        + (table(["set", "fault", "listed", "found"], other) + "\n" if other else "")
        + table(["check", "sets where it found something", "rows"], counts)
    )


def reuters() -> str:
    content = result("reuters_topics")
    if content is None:
        return "Topics on Reuters' stories: not measured yet, `headwater evaluate financial-news --head topics --data reuters_r52:test`.\n"
    known = {name: entry["f1"] for name, entry in content["per_label"].items() if entry["support"]}
    each = ", ".join(f"{name} {value:.2f}" for name, value in sorted(known.items(), key=lambda item: -item[1]))
    mean = sum(known.values()) / len(known)
    return (
        f"Topics of `financial-news` on {content['rows']:,} Reuters stories of 1987, whose labels are mapped to six of ours (labels.toml): F1 {each}; "
        f"mean of the six {mean:.3f}.\n"
    )


def companies() -> str:
    content = result("company_folds")
    if content is None:
        return "Companies in five folds of FinEntity: not measured yet, `python tests/benchmarks/company_folds.py`.\n"
    found = content["metrics"]
    return (
        f"Companies with their polarity in agency news, five folds of FinEntity, {content['rows']:,} texts, {content['spans']:,} spans, each fold by a "
        f"model of the other four and the corpus: strict span F1 {number(found['span_f1'])}, precision {found['span_precision']['value']:.4f}, "
        f"recall {found['span_recall']['value']:.4f}.\n"
    )


def ablation() -> str:
    """What each strategy pays, on the sets on which it was measured."""
    parts = []
    for name in ("banking77", "conll2003"):
        content = result(f"ablation_{name}")
        if content is None:
            parts.append(f"`{name}`: not measured yet, `python tests/benchmarks/ablation.py {name}`.\n")
            continue
        rows = [
            [
                change, f"{row['value']:.4f}", f"{100 * row['gain']:+.2f} ± {100 * row['half_width']:.2f}" if change != "plain" else "",
                str(row["seeds"]),
            ]
            for change, row in sorted(content["strategies"].items(), key=lambda item: -item[1]["value"])
        ]  # fmt: skip
        told = f"`{name}`, {content['rows']} training rows, {content['metric']} on its test set:\n\n"
        parts.append(told + table(["strategy", "mean", "gain in points, 95 %", "seeds"], rows))
    return "\n".join(parts)
