"""Reports and comparisons as files: JSON whole, Markdown and HTML as tables that people read."""

import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from entity_extractor.mentions import Mention
from entity_extractor.reports.compare import Comparison, Difference
from entity_extractor.reports.report import INVENTED, MISSED, Report
from entity_extractor.reports.scores import MEASURES, Score
from headwater.intervals import Interval

__all__ = ["to_html", "to_json", "to_markdown"]

SHOWN = 50  # differences in a table; JSON has all
Table = tuple[str, Sequence[str], list[list[str]]]  # its caption, its columns, its rows


def to_json(content: Report | Comparison) -> str:
    """Everything, numbers unrounded."""
    return json.dumps(asdict(content), ensure_ascii=False, indent=2) + "\n"


def to_markdown(content: Report | Comparison) -> str:
    """Tables with a caption each; intervals are of 95 %."""
    parts = []
    for caption, columns, rows in _tables(content):
        lines = [columns, ["---"] + ["---:"] * (len(columns) - 1), *([_escaped(cell) for cell in row] for row in rows)]
        parts.append(f"{caption}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts) + "\n"


def to_html(content: Report | Comparison) -> str:
    """The same tables as HTML without a style; every cell is escaped."""
    parts = []
    for caption, columns, rows in _tables(content):
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in columns)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
        parts.append(
            f"<table>\n<caption>{html.escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}</tbody>\n</table>\n"
        )
    return "".join(parts)


def _tables(content: Report | Comparison) -> list[Table]:
    return list(_of_comparison(content) if isinstance(content, Comparison) else _of_report(content))


def _of_report(content: Report) -> Iterable[Table]:
    columns = ("precision", "recall", "F1", "right", "missed", "invented")
    said = f"{content.documents:,} documents, {content.gold:,} gold mentions, {content.found:,} found"
    yield said, ("scheme", *columns), [_row(name, score) for name, score in content.overall.items()]
    strict = [_row(label, schemes["strict"]) for label, schemes in content.types.items()]
    yield "Strict, by type", ("type", *columns), strict
    yield "Strict, by length", ("words", *columns), [_row(name, score) for name, score in content.lengths.items()]
    if content.seen:
        rows = [_row(name, score) for name, score in content.seen.items()]
        yield "Strict, names that training has seen or not", ("name", *columns), rows
    found = [*sorted({one.found for one in content.confusions} - {MISSED}), MISSED]
    gold = [*sorted({one.gold for one in content.confusions} - {INVENTED}), INVENTED]
    cells = {(one.gold, one.found): one.count for one in content.confusions}
    matrix = [[one, *(str(cells.get((one, other), 0)) for other in found)] for one in gold]
    yield "What a mention (row) was found as (column), where they overlap", ("gold", *found), matrix


def _of_comparison(content: Comparison) -> Iterable[Table]:
    columns = [name if name != "f1" else "F1" for name in MEASURES]
    for caption, first, table in (
        (f"Second less first, in points of 100, {content.documents:,} documents", "scheme", content.overall),
        ("Strict, by type", "type", content.types),
    ):
        yield caption, (first, *columns), [[name, *(_points(row[m]) for m in MEASURES)] for name, row in table.items()]
    shown = content.differences[:SHOWN]
    caption = f"Where they differ, the second's worst first: {len(shown):,} of {len(content.differences):,}"
    yield caption, ("document", "text", "gold", "first", "second", "second errs more by"), [_said(one) for one in shown]


def _row(name: str, score: Score) -> list[str]:
    wrong = score.incorrect + score.partial
    numbers = (score.correct, score.missed + wrong, score.spurious + wrong)
    return [name, *(_share(getattr(score, m)) for m in MEASURES), *(f"{number:,}" for number in numbers)]


def _said(one: Difference) -> list[str]:
    text = " ".join(f"{one.before}[{one.text}]{one.after}".split())
    return [one.document, text, *(_names(side, one) for side in (one.gold, one.first, one.second)), f"{one.worse:+g}"]


def _names(mentions: Sequence[Mention], one: Difference) -> str:
    return "; ".join(f"{m.label} {one.text[m.start - one.start : m.end - one.start]}" for m in mentions) or "none"


def _share(value: Interval) -> str:
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})"


def _points(value: Interval) -> str:
    return f"{100 * value.value:+.1f} ({100 * value.low:+.1f} to {100 * value.high:+.1f})"


def _escaped(cell: str) -> str:
    """A cell that no bar, line or tag of a text breaks out of."""
    return html.escape(" ".join(cell.split()), quote=False).replace("|", "\\|")
