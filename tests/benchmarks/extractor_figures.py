"""The figures of the entity extractor, for the pages that figures.py writes."""

from collections.abc import Sequence
from typing import Any

from tests.benchmarks.measured import result, table
from tests.benchmarks.monitor_figures import share

__all__ = [
    "calibrated",
    "correcting",
    "decoders",
    "leak",
    "long_document",
    "new_head",
    "new_types",
    "relations",
    "tables",
    "told",
]


def long_document(content: dict[str, Any]) -> str:
    """A report of many pages by one command."""
    return (
        f"A PDF of {content['pages']:,} pages ({content['characters']:,} characters, {content['counts']['mentions']:,} mentions) takes "
        f"{content['seconds']:.0f} s and {content['peak_mb']:,} MB by `entity-extractor run`."
    )


def calibrated(content: dict[str, Any]) -> str:
    """How far a span's probability is from its share of right ones."""
    sets = content["probabilities"]["sets"]
    here = sets["conll2003:test"]["ece"]
    return (
        f"A span's probability is off by {here['now']:.3f} on average on `conll2003:test` (expected calibration error in 15 bins; "
        f"{here['before']:.3f} when it was its least sure word's), and by {sets['wnut17:test']['ece']['now']:.2f} on the tweets of `wnut17:test`: do not trust it far from news."
    )


def leak(content: dict[str, Any]) -> str:
    """What redaction left standing, in documents written after its rules."""
    after = content["after"]["redact"]
    left, taken = after["all"]["whole or in part"], after["harmless words taken"]["share"]
    return (
        f"In {content['after']['documents']} documents written after its rules stood, redaction left {left['value']:.1%} ({left['low']:.1%} to {left['high']:.1%}) of "
        f"{after['all']['pieces']} personal pieces and took {taken['value']:.1%} of harmless words: read what it gives before you pass it on."
    )


def new_types(content: dict[str, Any]) -> str:
    """How often a suggestion from a few examples is right, and for which types."""
    few, more = (content["prototypes"][count] for count in ("5", "20"))
    best, worst = (
        pick((name for name in more if name != "all"), key=lambda name: more[name]["precision"]["value"])
        for pick in (max, min)
    )
    return (
        f"Of the first 20 suggestions for a new type of `wnut17` {few['all']['precision']['value']:.0%} are right with 5 examples and {more['all']['precision']['value']:.0%} with 20, "
        f"from {more[best]['precision']['value']:.0%} ({best}) to {more[worst]['precision']['value']:.0%} ({worst})."
    )


def new_head(content: dict[str, Any]) -> str:
    """What a hundred corrected sentences teach of a new type, and what of the old ones is lost with and without replay."""
    ways = content["ways"]
    own, alone, near = (ways[name]["new"]["value"] for name in ("own", "alone", "prototypes"))
    lost = [f"{100 * ways[name]['change']['value']:+.1f}" for name in ("own", "rows", "alone")]
    return (
        f"From {content['shots']} sentences of tweets that mark a new type alone, `headwater teach` finds it with F1 {own:.2f} on others (prototypes "
        f"{near:.2f}, without replay {alone:.2f}; three types of `wnut17`, {content['draws']} draw{'s' if content['draws'] > 1 else ''} each); the old types' {content['before']['value']:.3f} on `conll2003:test` changes by "
        f"{lost[0]} points where the model's own answers on other tweets are replayed, {lost[1]} with old rows, {lost[2]} without replay."
    )


def correcting(curves: Sequence[dict[str, Any]]) -> str:
    """What the queue's order gains over random order, at the last point of each curve."""
    parts = []
    for content in curves:
        draw = content["draws"][0]
        last, gain = draw["gains"][-1], draw["gains"][-1]["difference"]
        before = draw["f1"]["queue"][0]["value"]
        parts.append(
            f"`{draw['set']}` from {before:.2f} to {draw['f1']['queue'][-1]['value']:.2f} with {last['corrected']} of them, against {draw['f1']['random'][-1]['value']:.2f} in "
            f"random order ({100 * gain['value']:+.1f} points, {100 * gain['low']:+.1f} to {100 * gain['high']:+.1f})"
        )
    return f"Sentences corrected in the order of *Corrections*, simulated, one draw, bring F1 on {'; on '.join(parts)}."


def relations(content: dict[str, Any]) -> str:
    """Strict F1 of relations, beside what was published."""
    named, found = (content["conll04"][way]["f1"] for way in ("given names", "found names"))
    return (
        f"Relations, with the 22M encoder: CoNLL-04 micro F1 {share(found)} with names that a model found (SpERT, BERT-base: 0.715), {share(named)} with "
        f"given ones; SemEval-2010 task 8 macro F1 {share(content['semeval2010_task8']['macro_f1'])} (R-BERT: 0.893)."
    )


def decoders(content: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Strict F1 of each decoder, and how many sentences get a sequence that cannot be."""
    rows = [
        [f"`{name}`, {way}", share(found["span_f1"], 4), f"{100 * found['gain']['value']:+.2f} ({100 * found['gain']['low']:+.2f} to {100 * found['gain']['high']:+.2f})", str(found["invalid_sequences"])]
        for name, ways in content["decoders"].items()
        for way, found in ways.items()
    ]  # fmt: skip
    return ["set, decoder", "strict F1", "points over Viterbi", "impossible sequences"], rows


def curve(content: dict[str, Any]) -> list[list[str]]:
    """F1 after each corrected hundred, in the queue's order and at random."""
    draw = content["draws"][0]
    f1, gains = draw["f1"], {gain["corrected"]: gain["difference"] for gain in draw["gains"]}
    rows = []
    for queue, drawn in zip(f1["queue"], f1["random"], strict=True):
        apart = gains.get(queue["corrected"])
        told = f"{100 * apart['value']:+.1f} ({100 * apart['low']:+.1f} to {100 * apart['high']:+.1f})" if apart else ""
        rows.append([f"`{draw['set']}`, {queue['corrected']}", share(queue, 3), share(drawn, 3), told])
    return rows


def told() -> str:
    """The entity extractor in a paragraph."""
    read, spans, leaks = (result(name) for name in ("long_document", "span_decoding", "redaction_leak"))
    if None in (read, spans, leaks):
        return "Not measured yet: see tests/benchmarks/README.md.\n"
    said = [long_document(read), calibrated(spans), leak(leaks)]
    for name, line in (("new_types", new_types), ("new_head", new_head), ("relations", relations)):
        content = result(name)
        said += [line(content)] if content else []
    said += [correcting(curves)] if (curves := _curves()) else []
    return " ".join(said) + "\n"


def tables() -> str:
    """The extractor's tables."""
    content = result("span_decoding")
    if content is None:
        return "Decoders: not measured yet.\n"
    header = ["set, sentences corrected", "F1, queue", "F1, random", "points apart"]
    return (
        f"Which labels are read from a tagger's scores, paired bootstrap:\n\n{table(*decoders(content))}\n"
        "What corrected sentences bring to a tagger of 200, in the order of the queue and at random (simulated by the sets' own labels, one draw, strict F1 "
        f"on 1,000 sentences of the test split):\n\n{table(header, [row for one in _curves() for row in curve(one)])}"
    )


def _curves() -> list[dict[str, Any]]:
    return [content for name in ("wnut17", "conll2003") if (content := result(f"correcting_{name}"))]
