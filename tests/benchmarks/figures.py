"""Write the figures of the pages in PAGES from what was measured.

    python tests/benchmarks/figures.py            write them
    python tests/benchmarks/figures.py --check    say which are stale, and exit with 1

Every figure comes from a bundle's own bundle.json or from a file in tests/benchmarks/results/, each the --json
output of the command that its table names. A block between <!-- figures:NAME --> and <!-- /figures --> is replaced.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # as a script it knows its own folder alone
from tests.benchmarks import extractor_figures, monitor_figures, support_figures  # noqa: E402

RESULTS = Path(__file__).resolve().parent / "results"
PAGES = (
    ROOT / "README.md",
    ROOT / "tests" / "benchmarks" / "README.md",
    ROOT / "models" / "financial-news" / "corpus" / "guide.md",
)
BLOCK = re.compile(r"<!-- figures:(?P<name>[\w-]+) -->\n.*?<!-- /figures -->", re.DOTALL)
HEADLINE = ("in_scope_accuracy", "oos_recall", "accuracy", "micro_f1", "macro_f1", "span_f1", "ece")


def result(name: str) -> Any:
    """What a benchmark printed, or None where it was never run."""
    file = RESULTS / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def number(entry: dict[str, float]) -> str:
    return f"{entry['value']:.4f} ({entry['low']:.4f} to {entry['high']:.4f})"


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


def speed() -> str:
    content = result("bench")
    if content is None:
        return "Not measured yet: `make bench`.\n"
    engines = content["engines"]
    base = engines["transformers-1"]["texts_per_s"]
    rows = [
        [name, f"{e['texts_per_s']:.0f}", f"{e['texts_per_s'] / base:.1f}x", f"{e['p50_ms']:.1f}", f"{e['p99_ms']:.1f}"]
        for name, e in engines.items()
    ]
    said = f"Ceiling of fp32 matrix products on that machine: {content['ceiling_gflops']:.0f} GFLOP/s."
    if "headwater-fp32" in engines:
        share = 100 * engines["headwater-fp32"]["gflops"] / content["ceiling_gflops"]
        said += f" headwater-fp32 reaches {share:.0f} % of it, counting the operations of real tokens only."
    return table(["engine", "texts/s", "", "p50 ms", "p99 ms"], rows) + f"\n{said}\n"


def training() -> str:
    content = result("training_speed")
    if content is None:
        return "Not measured yet: `python tests/benchmarks/training_speed.py`.\n"
    rates = content["rows_per_s"]
    rows = [
        ["tutorial loop", f"{rates['tutorial']:.1f}", "1x"],
        ["headwater train", f"{rates['headwater']:.1f}", f"{content['ratio']:.1f}x"],
    ]
    return table(["training", "rows/s", ""], rows)


def int8() -> str:
    content = result("int8_schemes")
    if content is None:
        return "Not measured yet: `python tests/benchmarks/int8_schemes.py`.\n"
    rows = [
        [
            name, f"{row['megabytes']:.0f}", f"{row['accuracy']:.4f}", f"{row['agrees']:.3f}",
            f"{row['texts_per_second']:.0f}", f"{row['speed_processor']:.2f}x", f"{row['p50_ms']:.1f}",
            f"{row['alone_change']:.1g}, {row['alone_flips']}", str(row["shuffled_flips"]),
        ]
        for name, row in content["schemes"].items()
    ]  # fmt: skip
    header = ["scheme", "MB", "accuracy", "agrees with fp32", "texts/s", "speed", "p50 ms", "alone", "shuffled"]
    about = (
        f"{content['texts']:,} texts of banking77:test, {content['threads']} thread, onnxruntime {content['onnxruntime']}, on a "
        "processor with VNNI; rounds in turns, medians; speed is by processor time against plain fp32."
    )
    return table(header, rows) + f"\n{about}\n"


def times() -> str:
    content = result("times")
    if content is None:
        return "Not measured yet.\n"
    rows = [[f"`{entry['command']}`", entry["first"], entry["again"]] for entry in content["commands"]]
    return table(["command", "the first time", "again"], rows) + f"\n{content['machine']}.\n"


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


def api() -> str:
    content = result("api_load")
    if content is None:
        return "Not measured yet: `python tests/benchmarks/api_load.py`.\n"
    rows = []
    for variant in ("int8", "fp32"):
        found = content[variant]
        rows.append([f"{variant}, onnxruntime alone", f"{found['runtime_texts_per_s']:.0f}", "", "", ""])
        for together in ("1", "8", "32"):
            one = found[together]
            told = f"{variant}, {together} text{'s' if together != '1' else ''} a request"
            share = f"{100 * one['of_runtime']:.0f} %"
            rows.append([told, f"{one['texts_per_s']:.0f}", share, f"{one['p50_ms']:.0f}", f"{one['p99_ms']:.0f}"])
    over = content["overload"]
    statuses = ", ".join(f"{count:,} of {status}" for status, count in over["statuses"].items())
    said = (
        f"{content['texts']:,} texts, {content['clients']} clients on the same {content['processors']} processors. With ten times as many "
        f"clients, who come again 20 ms after a refusal, the answers were {statuses}, at {over['texts_per_s']:.0f} texts/s."
    )
    return table(["", "texts/s", "of the runtime", "p50 ms", "p99 ms"], rows) + f"\n{said}\n"


def scoring() -> str:
    """The long run of `headwater score`."""
    content = result("score_million")
    if content is None:
        return "A million headlines: not measured yet, `python tests/benchmarks/score_million.py`.\n"
    return (
        f"{content['rows']:,} different headlines through all heads of `financial-news` took {content['seconds'] / 60:.0f} minutes on two cores: "
        f"{content['rows_per_s']:,.0f} a second, {content['peak_mb']:,} MB at most{', beside other work' if content['load'] > 3 else ''}.\n"
    )


def support() -> str:
    """The support bot in a paragraph."""
    taken, learnt, asked, bounds, crowd = (
        result(name) for name in ("chat_turn", "learning", "shifted_questions", "risk_bound", "chat_load")
    )
    if None in (taken, learnt, asked, bounds, crowd):
        return "Not measured yet: see tests/benchmarks/README.md.\n"
    least, wrong = bounds["populations"]["as shipped"]["least_risk"], asked["first"]["wrong"]
    return (
        f"{support_figures.turns(taken)} {support_figures.at_once(crowd)} On {bounds['populations']['as shipped']['rows']:,} held-out questions the least share of wrong answers that can be "
        f"promised is {least:.1%}. On {asked['messages']} messages unlike those (chatty, misspelt, angry, several questions at once, attacks) the bot answered "
        f"{asked['first']['answers']} by an intent and {wrong['value']:.0%} ({wrong['low']:.0%} to {wrong['high']:.0%}) of these wrongly: no promise covers such a "
        f"shift, and the settings page warns of it. {support_figures.learning(learnt)}\n"
    )


def support_detail() -> str:
    """The support bot's tables."""
    parts = []
    for name, title, block in (
        ("risk_bound", "The dial's bound over 200 random halvings of the held-out questions", support_figures.bound),
        ("retrieval", "Finding the answer among a set's answers, 95 % bootstrap intervals", support_figures.retrieval),
        (
            "shifted_questions",
            "First replies to 300 messages unlike those the thresholds were drawn on",
            support_figures.shifted,
        ),
    ):
        content = result(name)
        parts.append(f"{title}:\n\n{table(*block(content))}" if content else f"{title}: not measured yet.\n")
    return "\n".join(parts)


def monitor() -> str:
    """The sentiment monitor in a paragraph."""
    pairs, linked, caught, asked, posted = (
        result(name) for name in ("story_pairs", "company_linking", "surge_replay", "monitor_views", "events_load")
    )
    if None in (pairs, linked, caught, asked, posted):
        return "Not measured yet: see tests/benchmarks/README.md.\n"
    ours, hashed, model = pairs["ours f1"], pairs["hashing alone f1"], linked["ways"]["by the model"]
    return (
        f"On {pairs['held out']} hard pairs of texts that nothing was tuned on, one story or two is told with F1 {monitor_figures.share(ours)} (hashing alone "
        f"{hashed['value']:.2f}). Companies are linked with precision {monitor_figures.share(model['precision'])} and recall {monitor_figures.share(model['recall'])} on "
        f"{linked['sentences']} sentences written for it. {monitor_figures.surges_told(caught)} {monitor_figures.views(asked)} "
        f"{monitor_figures.events(posted)}\n"
    )


def monitor_detail() -> str:
    """The monitor's tables."""
    parts = []
    for name, title, block in (
        ("story_pairs", "One story or two, 95 % bootstrap intervals", monitor_figures.stories),
        ("company_linking", "Linking names to the company table, half of the sentences held out", monitor_figures.companies),
        (
            "surge_replay",
            "Surges in two made histories of 180 days, at thresholds that tell one false alarm a month and topic in a third: a calm one, or one with surges",
            monitor_figures.surges,
        ),
        ("surge_replay", "On the dates of Reuters-21578, thresholds from the calm history", monitor_figures.reuters),
    ):  # fmt: skip
        content = result(name)
        parts.append(f"{title}:\n\n{table(*block(content))}" if content else f"{title}: not measured yet.\n")
    return "\n".join(parts)


def extractor() -> str:
    """The entity extractor in a paragraph."""
    read, spans, leaks = (result(name) for name in ("long_document", "span_decoding", "redaction_leak"))
    if None in (read, spans, leaks):
        return "Not measured yet: see tests/benchmarks/README.md.\n"
    told = [extractor_figures.long_document(read), extractor_figures.calibrated(spans), extractor_figures.leak(leaks)]
    told += [extractor_figures.new_types(types)] if (types := result("new_types")) else []
    related = result("relations")
    return " ".join([*told, extractor_figures.relations(related)] if related else told) + "\n"


def extractor_detail() -> str:
    """The extractor's tables."""
    content = result("span_decoding")
    if content is None:
        return "Decoders: not measured yet.\n"
    return f"Which labels are read from a tagger's scores, paired bootstrap:\n\n{table(*extractor_figures.decoders(content))}"


BLOCKS: dict[str, Callable[[], str]] = {
    "ablation": ablation,
    "api": api,
    "companies": companies,
    "doctor": doctor,
    "corpus": corpus,
    "extractor": extractor,
    "extractor_detail": extractor_detail,
    "int8": int8,
    "models": models,
    "monitor": monitor,
    "monitor_detail": monitor_detail,
    "reuters": reuters,
    "scoring": scoring,
    "speed": speed,
    "support": support,
    "support_detail": support_detail,
    "times": times,
    "training": training,
}


def written(page: Path) -> str:
    """The page with every block made anew."""
    return BLOCK.sub(
        lambda found: f"<!-- figures:{found['name']} -->\n{BLOCKS[found['name']]()}<!-- /figures -->",
        page.read_text(encoding="utf-8"),
    )


def stale() -> list[str]:
    """Pages whose figures are not what was measured, and measurements of bundles that have changed since."""
    faults = [
        f"{page.relative_to(ROOT)}: run python tests/benchmarks/figures.py"
        for page in PAGES
        if written(page) != page.read_text(encoding="utf-8")
    ]
    bench = result("bench")
    if bench:
        manifest = ROOT / "models" / bench["bundle"] / "bundle" / "bundle.json"
        content = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else None
        if content is None or content["files"]["model.onnx"] != bench["model"]:
            faults.append(f"results/bench.json was measured on another {bench['bundle']}: run make bench")
    for folder in ROOT.glob("models/*/bundle"):
        if (folder.parent / "card.md").read_text(encoding="utf-8") != (folder / "card.md").read_text(encoding="utf-8"):
            faults.append(f"models/{folder.parent.name}/card.md is not the bundle's: copy it")
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        faults = stale()
        print("\n".join(faults) or "all figures are what was measured")
        sys.exit(bool(faults))
    for page in PAGES:
        page.write_text(written(page), encoding="utf-8")
    for folder in ROOT.glob("models/*/bundle"):
        (folder.parent / "card.md").write_bytes((folder / "card.md").read_bytes())


if __name__ == "__main__":
    main()
