import json

import pytest

from entity_extractor.formats import read, write
from entity_extractor.mentions import Annotated, Mention
from headwater.errors import DataError

TEXT = "🙂 Oslo\r\nNew\nYork"  # in characters Oslo is at 2 to 6, in UTF-16 at 3 to 7
ONE = Annotated("a/b", TEXT, (Mention(2, 6, "LOC", probability=0.5, source="m"), Mention(8, 16, "LOC", source="m")))


def region(start, end, text=None, label="LOC", **more):
    value = {"start": start, "end": end, "labels": [label]} | ({"text": text} if text else {})
    return {"type": "labels", "from_name": "label", "to_name": "text", "value": value} | more


@pytest.fixture
def tasks(tmp_path):
    def tasks(*given):
        file = tmp_path / "tasks.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        return file

    return tasks


def task(*regions, text=TEXT, **more):
    return {"id": 7, "data": {"text": text}, "annotations": [{"result": list(regions)}]} | more


@pytest.mark.parametrize(("offsets", "place"), [("characters", (2, 6)), ("utf-16", (3, 7))])
def test_tasks_are_written_in_the_offsets_asked_for(tmp_path, offsets, place):
    write("label-studio", [ONE], tmp_path / "x.json", offsets=offsets)
    (row,) = json.loads((tmp_path / "x.json").read_bytes())
    (prediction,) = row["predictions"]
    first = prediction["result"][0]["value"]
    assert ((first["start"], first["end"]), first["text"]) == (place, "Oslo")
    assert (prediction["model_version"], prediction["score"], row["data"]) == ("m", 0.75, {"text": TEXT, "id": "a/b"})
    assert list(read(tmp_path / "x.json")) == [ONE]


def test_annotations_are_answers(tmp_path):
    write("label-studio", [ONE], tmp_path / "x.json", annotations=True)
    (row,) = json.loads((tmp_path / "x.json").read_bytes())
    assert "predictions" not in row
    assert len(row["annotations"][0]["result"]) == 2
    assert list(read(tmp_path / "x.json")) == [ONE]


@pytest.mark.parametrize("place", [(2, 6), (3, 7)])
def test_the_text_of_a_span_proves_what_was_counted(tasks, place):
    (one,) = read(tasks(task(region(*place, "Oslo"))))
    assert [(m.start, m.end, m.text) for m in one.mentions] == [(2, 6, "Oslo")]


def test_without_texts_characters_hold_unless_it_is_said(tasks):
    file = tasks(task(region(3, 7)))
    assert [m.text for m in next(read(file)).mentions] == ["slo\r"]
    assert [m.text for m in next(read(file, offsets="utf-16")).mentions] == ["Oslo"]


def test_line_breaks_as_the_editor_writes_them(tasks):
    (one,) = read(tasks(task(region(8, 16, "New\\nYork"))))
    assert one.mentions[0].text == "New\nYork"


def test_a_span_that_fits_nothing_is_refused_with_task_and_span(tasks):
    with pytest.raises(DataError, match=r"7: expected 'Bergen' for LOC at 2-6 in characters, got 'Oslo'"):
        list(read(tasks(task(region(2, 6, "Bergen")))))


def test_a_span_in_bytes_is_refused_with_what_would_fit(tasks):
    with pytest.raises(DataError, match="offsets='utf-8' fits"):
        list(read(tasks(task(region(5, 9, "Oslo")))))


def test_an_offset_within_an_emoji_is_refused(tasks):
    with pytest.raises(DataError, match="LOC at 1-7 in utf-16"):
        list(read(tasks(task(region(1, 7))), offsets="utf-16"))


@pytest.mark.parametrize(
    ("regions", "said"),
    [
        ([region(2, 6), region(4, 7)], "7: LOC at 2-6 and LOC at 4-7 overlap"),
        ([region(2, 99)], "LOC at 2-99"),
        ([region(6, 2)], "LOC at 6-2"),
        ([region(2, 6) | {"value": {"start": "/p[1]", "labels": ["LOC"]}}], "expected a span of plain text"),
        ([region(2, 6) | {"value": {"start": 2, "end": 6, "labels": ["LOC", "GPE"]}}], "one label"),
    ],
)
def test_other_spans_are_refused(tasks, regions, said):
    with pytest.raises(DataError, match=said):
        list(read(tasks(task(*regions))))


def test_which_answer_counts(tasks):
    def answer(label, **more):
        return {"result": [region(2, 6, label=label)]} | more

    def chosen(**given):
        (one,) = read(tasks({"id": 1, "data": {"text": TEXT}} | given))
        return [m.label for m in one.mentions]

    old, new = answer("OLD", updated_at="2024-01-01"), answer("NEW", updated_at="2025-01-01")
    assert chosen(annotations=[new, old]) == ["NEW"]
    assert chosen(annotations=[old | {"ground_truth": True}, new]) == ["OLD"]
    assert chosen(annotations=[old, new | {"was_cancelled": True}], predictions=[answer("P")]) == ["OLD"]
    assert chosen(annotations=[], predictions=[answer("P")]) == ["P"]
    assert chosen(completions=[old]) == ["OLD"]
    assert chosen() == []


def test_other_questions_are_passed_over_and_other_columns_kept(tasks):
    choice = {"type": "choices", "value": {"choices": ["good"]}}
    row = task(choice, region(2, 6)) | {"data": {"text": TEXT, "url": "https://x.example", "page": 3}}
    (one,) = read(tasks(row))
    assert (one.id, len(one.mentions), one.meta) == ("7", 1, {"url": "https://x.example", "page": 3})


def test_json_min(tasks):
    row = {"id": 3, "text": TEXT, "label": [{"start": 3, "end": 7, "text": "Oslo", "labels": ["LOC"]}], "annotator": 1}
    (one, none) = read(tasks(row, {"id": 4, "text": "nothing", "annotator": 1, "annotation_id": 2}))
    assert (one.id, one.text, one.mentions, one.meta) == ("3", TEXT, (Mention(2, 6, "LOC"),), {})
    assert none == Annotated("4", "nothing")
