"""How fast things are: engines, training, schemes of int8, the API, a long run, and the commands of the README."""

from tests.benchmarks.measured import result, table

__all__ = ["api", "int8", "load", "ray", "scoring", "speed", "times", "training"]


def speed() -> str:
    content = result("bench")
    if content is None:
        return "Not measured yet: `make bench ONLY=bench`.\n"
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


def load() -> str:
    """Ten minutes at 80 % of capacity, and LitServe beside it."""
    content = result("serve_load")
    if content is None:
        return "Ten minutes at 80 % of capacity: not measured yet, `python tests/benchmarks/serve_load.py`.\n"
    rows = []
    for told, name, part in (("Headwater", "headwater", "steady"), ("LitServe", "litserve", "steady"), ("LitServe at Headwater's rate", "litserve", "at_our_rate")):  # fmt: skip
        one = content[name][part]
        wrong = sum(count for status, count in one["answers"].items() if status != "200")
        rows.append([
            f"{told}, {one['seconds'] / 60:.0f} min", f"{content[name]['capacity']['answered_per_s']:.0f}", f"{one['asked_per_s']:.0f}", f"{one['p50_ms']:.0f}",
            f"{one['p95_ms']:.0f}", f"{one['p99_ms']:.0f}", f"{wrong:,}", f"{one['most_mb']:.0f}", f"{one['mb_per_minute']:+.2f}" if one["seconds"] > 120 else "",
        ])  # fmt: skip
    header = ["", "requests/s it can", "asked", "p50 ms", "p95 ms", "p99 ms", "errors", "MB at most", "MB a minute"]
    about = (
        f"`{content['bundle']}`, int8, one text a request, {content['processors']} processors that the clients share; requests come by a Poisson process "
        "and time counts from when each was due."
    )
    return table(header, rows) + f"\n{about}\n"


def ray() -> str:
    """What a cluster costs on one machine."""
    content = result("ray_scoring")
    if content is None:
        return "What Ray costs on one machine: not measured yet, `python tests/benchmarks/ray_scoring.py`.\n"
    local, spread = content["local"], content["ray"]
    return (
        f"On one machine, {content['rows']:,} headlines: {local['rows_per_s']:.0f} a second by the local engine, {spread['rows_per_s']:.0f} by {content['actors']} actors of "
        f"Ray, which took {spread['opening_s']:.0f} s to start; the same bytes.\n"
    )


def scoring() -> str:
    """The long run of `headwater score`."""
    content = result("score_million")
    if content is None:
        return "A million headlines: not measured yet, `python tests/benchmarks/score_million.py`.\n"
    return (
        f"{content['rows']:,} different headlines through all heads of `financial-news` took {content['seconds'] / 60:.0f} minutes on two cores: "
        f"{content['rows_per_s']:,.0f} a second, {content['peak_mb']:,} MB at most{', beside other work' if content['load'] > 3 else ''}.\n"
    )
