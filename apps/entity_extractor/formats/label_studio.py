"""Label Studio: tasks with predictions or annotations, and the short form that it calls JSON-MIN.

What `start` and `end` count: characters (code points) since the end of 2021 (label-studio-frontend, pull request 308);
before, it counted what JavaScript does, UTF-16 code units, in which an emoji is two. A span's text proves which: where it
fits the characters they hold, else UTF-16, and a span that fits neither is refused. `offsets` overrides that; without
texts to judge by, characters hold. `Writing.offsets = "utf-16"` writes tasks for the old versions.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any, BinaryIO

import orjson

from entity_extractor.formats.json_rows import json_items
from entity_extractor.formats.options import Reading, Writing
from entity_extractor.formats.places import from_characters, settled
from entity_extractor.formats.soundness import meta_json, sound
from entity_extractor.mentions import Annotated, Mention
from headwater.errors import DataError

__all__ = ["read_label_studio", "read_label_studio_min", "write_label_studio"]

KEPT = ("source", "value", "link")
OF_THE_TASK = ("id", "annotation_id", "annotator", "created_at", "updated_at", "lead_time")


def write_label_studio(stream: BinaryIO, annotated: Iterable[Annotated], options: Writing) -> None:
    """Write tasks for <Labels name="label" toName="text"> and <Text name="text" value="$text"/>.

    Each has one prediction, its score the mean probability of its spans, or one annotation; the id is in `data.id`.
    """
    between = b"[\n"
    for one in annotated:
        data = {"text": one.text, "id": one.id}
        answer: dict[str, Any] = {"result": _results(one, options.offsets)}
        if not options.annotations:
            sources = {m.source for m in one.mentions if m.source}
            answer["model_version"] = sources.pop() if len(sources) == 1 else "headwater"
            answer["score"] = fmean(m.probability for m in one.mentions) if one.mentions else 0.0
        key = "annotations" if options.annotations else "predictions"
        stream.write(between + orjson.dumps({"data": data, key: [answer], "meta": orjson.Fragment(meta_json(one))}))
        between = b",\n"
    stream.write(b"[]\n" if between == b"[\n" else b"\n]\n")


def _results(one: Annotated, unit: str) -> list[dict[str, Any]]:
    offsets = from_characters(one.text, [at for m in one.mentions for at in (m.start, m.end)], unit)
    return [
        {
            "id": f"m{number}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {"start": start, "end": end, "text": m.text, "labels": [m.label]},
            "score": m.probability,
            "meta": {key: getattr(m, key) for key in KEPT if getattr(m, key)},
        }
        for number, (m, start, end) in enumerate(zip(one.mentions, offsets[::2], offsets[1::2], strict=True), 1)
    ]


def read_label_studio(file: Path, options: Reading) -> Iterator[Annotated]:
    """Read an export as JSON. Raises DataError with file and item.

    Of several annotations the one marked as ground truth counts, else the one that was changed last; of a task without any, the
    last prediction. Cancelled ones and other questions (choices, relations) are passed over.
    """
    for where, task in json_items(file):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            raise DataError(f"{where}: expected a task with data, got {str(task)[:60]}")
        text, rest = _text(task["data"], where)
        name = str(rest.pop("id", task.get("id", Path(where).name)))
        place = f"{where}: {name}"
        try:
            found = [_mention(one, place) for one in _answer(task).get("result") or () if _is_span(one)]
        except (AttributeError, TypeError) as fault:
            raise DataError(f"{place}: expected annotations with a result, got {str(task)[:60]}") from fault
        rest |= _table(task.get("meta"))
        yield sound(settled(Annotated(name, text, tuple(found), rest), options.offsets, prove=True))


def read_label_studio_min(file: Path, options: Reading) -> Iterator[Annotated]:
    """Read JSON-MIN: a flat object an annotation, its spans under the name of the question. Raises DataError."""
    for where, row in json_items(file):
        if not isinstance(row, dict):
            raise DataError(f"{where}: expected an object, got {str(row)[:60]}")
        answers = {key: value for key, value in row.items() if isinstance(value, list) and value and _labels(value[0])}
        rest = {key: value for key, value in row.items() if key not in answers and key not in OF_THE_TASK}
        text, meta = _text(rest, where)
        name = str(row.get("id", Path(where).name))
        found = [_mention({"value": value}, f"{where}: {name}") for each in answers.values() for value in each]
        yield sound(settled(Annotated(name, text, tuple(found), meta), options.offsets, prove=True))


def _text(data: Mapping[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    """The text of a task, under `text` or in its only column of text; and the other columns."""
    texts = [key for key, value in data.items() if isinstance(value, str)]
    key = "text" if "text" in texts else next(iter(texts), "") if len(texts) == 1 else ""
    if not key:
        raise DataError(
            f"{where}: expected a text under 'text', got {', '.join(map(str, data)) or 'nothing'}: rename its column"
        )
    return data[key], {other: value for other, value in data.items() if other != key}


def _answer(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """The annotation that counts, else the prediction; `completions` is what annotations were called before 1.0."""
    given = [one for one in task.get("annotations") or task.get("completions") or () if not one.get("was_cancelled")]
    if given:
        return max(given, key=lambda one: (bool(one.get("ground_truth")), str(one.get("updated_at") or "")))
    predictions = task.get("predictions") or ()
    return predictions[-1] if predictions else {}


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _labels(value: Any) -> bool:
    return isinstance(value, dict) and "start" in value and "labels" in value


def _is_span(result: Mapping[str, Any]) -> bool:
    return result.get("type") in ("labels", "hypertextlabels")


def _mention(result: Mapping[str, Any], where: str) -> Mention:
    """A region as it stands in the file. Raises DataError where it is in HTML or has not exactly one label."""
    value = result.get("value") or {}
    meta = _table(result.get("meta"))
    match value:
        case {"start": int(start), "end": int(end), "labels": [str(label)]}:
            score = result.get("score")
            words = {key: str(meta.get(key) or "") for key in KEPT}
            probability = float(score) if isinstance(score, int | float) else 1.0
            return Mention(start, end, label, str(value.get("text") or ""), probability, **words)
    raise DataError(f"{where}: expected a span of plain text with start, end and one label, got {str(value)[:100]}")
